"""A song led along the form of a training tune, beside the rules of whole bars.

The song begins as it likes. Once its first bar is written, a form is chosen that begins like it:
of a tune of the same meter and, where there is one, rhythm, with as long a first bar. From there
on a bar that says an earlier one again in the form does so in the song, as far as in the form; what
stands between the bars, and where a section's last note stands and whether it is the tonic, are
the form's as well. All other notes are the network's, but for one thing: what is new in the
form does not begin as an earlier bar of the song does.

It allows characters and forbids others, as the rules of whole bars do, and draws nothing itself.
Where rules and form leave nothing, the form is left and the song goes on by itself.
"""

import zlib
from copy import copy
from fractions import Fraction

import numpy as np

from songrnn.corpus.vocabulary import Vocabulary
from songrnn.generation.forms.bar_notes import going_on, notes_of, stretch
from songrnn.generation.forms.form import PARTS, Form, Forms, PlannedBar
from songrnn.generation.forms.masks import masks_of
from songrnn.generation.forms.reading import LIKE, rhythm_of
from songrnn.generation.forms.written_bars import WrittenBars
from songrnn.generation.whole_bars.grammar import WholeBars
from songrnn.notation.stream import StreamingReader

_LETTERS = "ABCDEFGabcdefg"
_LENGTHS = "23456789/<>"
_MARKS = "HLMOPSTuv~."  # decorations
_NOT_ONE_NOTE = 'zx([{"'
# What leads on: without any of these left a song could only decorate a note that never comes.
_LEADS_ON = _LETTERS + "z|:)>" + "23456789/"


class FormedSong:
    """A `Constraint`: the rules of one song in whole bars that takes a form.

    form: the one it follows; None before it has one and once it has none. left: it had to leave a
    form, or found none. ends_section: what was allowed last is the last note of a section.
    """

    def __init__(self, rules: WholeBars, forms: Forms, vocabulary: Vocabulary) -> None:
        self._rules, self._forms, self._masks = rules, forms, masks_of(vocabulary)
        self.form: Form | None = None
        self.left = self.ends_section = False
        self._ways: tuple[tuple[str, ...], ...] = ()
        self._header = ""
        self._rhythm = self._tonic = ""
        self._bars: WrittenBars | None = None  # None in the header
        self._opened = False
        self._written: tuple[tuple[Fraction, str], ...] = ()  # length, border of each bar so far
        self._alike = True  # this bar says what its form has it say, so far
        self._forced = ""  # what follows for sure: of a stretch that is said again
        self._stretch = 0  # the next one of this bar
        self._drawn = 0  # decides which form

    def __copy__(self) -> "FormedSong":
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._rules = copy(self._rules)
        other._bars = None if self._bars is None else self._bars.copy()
        return other

    @property
    def limited(self) -> bool:
        """Whether a limit, of characters or bars, led the song to its end."""
        return self._rules.limited

    def advance(self, character: str) -> None:
        """The song continues with this character."""
        before = self._rules.state.reader.pulse.position
        self._rules.advance(character)
        bars = self._bars
        if bars is None:
            self._feed_header(character)
            return
        self._drawn = zlib.crc32(character.encode(), self._drawn)
        outside = bars.in_border
        if bars.feed(character):
            length = self._rules.state.reader.pulse.position or before
            self._written = (*self._written, (length, character))
            self._alike, self._forced, self._stretch = True, "", 0
            number = len(self._written) - 1
            if self.form is not None and (
                number >= len(self.form.bars) or length != self.form.bars[number].length
            ):
                self.form, self.left = None, True
        elif bars.in_border and self._written:
            self._written = (*self._written[:-1], (self._written[-1][0], bars.border))
        elif outside and not self._written:
            self._opened = ":" in bars.border
        if self._forced and not bars.in_border:
            self._forced = self._forced[1:] if character == self._forced[0] else ""
        if bars.lost:
            self.form, self.left = None, True

    def _feed_header(self, character: str) -> None:
        self._header += character
        self._drawn = zlib.crc32(character.encode(), self._drawn)
        if character != "\n":
            return
        line = self._header[self._header[:-1].rfind("\n") + 1 :]
        if line.startswith("K:"):
            self._bars = WrittenBars()
            self._rhythm, self._tonic = rhythm_of(self._header), line[2:].strip()[:1].upper()

    def allowed(self) -> np.ndarray:
        """bool (V,): what whole bars allow, as far as the form allows it too."""
        mask = self._rules.allowed()
        self.ends_section = False
        if self.left or not self._written:
            return mask
        assert self._bars is not None
        if self.form is None:
            self._choose()
        if self.form is None:
            return mask
        bars = self._bars
        found = self._in_border(mask) if bars.in_border else self._in_bar(mask, self.form)
        if found is None or not found.any():
            self.form, self.left = None, True
            return mask
        if bars.last in (" ", "`"):
            # Beside what a form leaves, a space would be likely again and again.
            spaceless: np.ndarray = found & ~self._masks.of(" `")
            return spaceless if spaceless.any() else found
        return found

    def _choose(self) -> None:
        """Take a form that begins as the song does."""
        meter = self._rules.state.reader.pulse.meter.length
        written = self._written
        found = self._forms.choose(meter, self._rhythm, self._opened, written, self._drawn)
        if found is None:
            self.left = True
        else:
            self.form, self._ways = found

    def _in_border(self, mask: np.ndarray) -> np.ndarray | None:
        """What the form lets stand between two bars, then what the next bar begins with."""
        bars, form, masks = self._bars, self.form, self._masks
        assert bars is not None
        assert form is not None
        if bars.bracketed:
            wanted = self._ways[len(bars.contents) - 1]
            numbers = "".join(way[-1] for way in wanted if way[-1] in "12")
            return mask & (masks.of(numbers) if numbers else ~masks.of("123456"))
        number = len(bars.contents)
        if number > len(form.bars):
            return None
        ways = self._ways[number - 1]
        rest = [way[len(bars.border) :] for way in ways if way.startswith(bars.border)]
        if not rest:
            return None
        following = "".join(sorted({way[0] for way in rest if way}))
        if "" not in rest:
            word = bars.border in (":|", "||") and "|" in following
            if word and bars.last not in " \n":  # two words: on a line each
                return mask & masks.of(following.replace("|", "") + "\n")
            return mask & masks.of(following)
        if number == len(form.bars):
            return mask & masks.of(" \n" + following, end=True)
        kept = "".join(c for c in "|:]123" if c not in following)
        found: np.ndarray = mask & ~masks.of(kept, end=True)
        bar = form.bars[number]
        if bar.cadence == 0:
            self.ends_section = True
            return self._less(found, self._not_last(bar) + _NOT_ONE_NOTE)
        if bar.same:
            self._begin_stretch(bar, Fraction(0))
            first = self._forced[:1]
        else:
            first = "" if bar.like is None else bars.contents[bar.like][:1]
        if first and masks.allows(mask, first):
            return mask & masks.of(" \n" + first)
        self._forced = ""
        return found

    def _in_bar(self, mask: np.ndarray, form: Form) -> np.ndarray | None:
        """What the form lets stand in a bar."""
        bars = self._bars
        assert bars is not None
        number = len(bars.contents)
        if number >= len(form.bars):
            return None
        bar = form.bars[number]
        if bar.like is not None and self._alike and not bar.same and not self._misses_cadence(bar):
            again = self._said_again(mask, bars.contents[bar.like], bar, number)
            if again is not None:
                return again
        if self._forced and not self._misses_cadence(bar):
            if self._masks.allows(mask, self._forced[0]):
                return mask & self._masks.of(self._forced[0])
            self._forced = ""
        mask = self._less(mask, "K")  # of a field in the body
        state = self._rules.state
        if bars.quoted or state.reader.mode != "token" or state.reader.pending == "(":
            return mask
        settled, pulse = state.settled(), state.reader.pulse
        now = settled.pulse
        if pulse.grace or pulse.chord is not None or now.grace or now.chord is not None:
            return mask
        if now.position == bar.length and not now.tuplet_left:
            return self._closing(mask, number, settled)
        mask = self._less(mask, "|:")
        if now.tuplet_left:
            return mask
        if bar.same and self._begin_stretch(bar, now.position) and not self._misses_cadence(bar):
            if self._masks.allows(mask, self._forced[0]):
                return mask & self._masks.of(self._forced[0])
            self._forced = ""
        if bar.cadence is not None and now.position >= bar.cadence:
            return self._at_cadence(mask, bar, settled)
        if now.position > bar.length:
            return None
        short = pulse.meter.length is None or bar.length < pulse.meter.length
        stop = bar.cadence
        if self._stretch < len(bar.same):
            start = bar.same[self._stretch][0]
            stop = start if stop is None else min(stop, start)
        if stop is not None or short:
            mask = self._up_to(mask, bar.length if stop is None else stop)
        return self._less(mask, going_on(bars.contents, bars.content, LIKE))

    def _misses_cadence(self, bar: PlannedBar) -> bool:
        """Whether the bar to be said again has the wrong last note here for the end of a section:
        what it says up to there is said, and no more."""
        bars = self._bars
        assert bars is not None
        assert bar.like is not None
        following = self._forced[:1] or bars.contents[bar.like][len(bars.content) :][:1]
        wrong = self._not_last(bar) + _NOT_ONE_NOTE
        if bar.cadence is None or not following or following not in wrong:
            return False
        if self._rules.state.settled().pulse.position != bar.cadence:
            return False
        self._alike, self._forced = False, ""
        return True

    def _begin_stretch(self, bar: PlannedBar, now: Fraction) -> bool:
        """Whether a stretch of the earlier bar begins here, which is then what follows."""
        bars = self._bars
        assert bars is not None
        assert bar.like is not None
        while self._stretch < len(bar.same) and bar.same[self._stretch][0] < now:
            self._stretch += 1
        if self._stretch == len(bar.same) or bar.same[self._stretch][0] != now:
            return False
        said = stretch(self._header, bars.contents[bar.like], bar.same[self._stretch])
        if not said or not bars.in_border:  # asked there as often as there are spaces
            self._stretch += 1
        self._forced = said
        return bool(said)

    def _said_again(
        self, mask: np.ndarray, source: str, bar: PlannedBar, number: int
    ) -> np.ndarray | None:
        """The next character of the bar that is said again; None where this bar goes on by itself."""
        bars = self._bars
        assert bars is not None
        goal, here = len(source), len(bars.content)
        if bar.share < 1:
            notes = notes_of(source)
            goal = len("".join(notes[: max(round(bar.share * len(notes)), 1)]))
        if here < goal:
            if source.startswith(bars.content) and self._masks.allows(mask, source[here]):
                return mask & self._masks.of(source[here])
            self._alike = False
        elif bar.share == 1 and bars.content.rstrip(" `") == source:
            return self._closing(mask, number, self._rules.state.settled(), exactly=True)
        return None

    def _closing(
        self, mask: np.ndarray, number: int, settled: StreamingReader, *, exactly: bool = False
    ) -> np.ndarray:
        """The bar is as long as in the form: its barline, or what still belongs to its last note,
        unless it says another bar exactly."""
        bars, rules = self._bars, self._rules
        assert bars is not None
        ways = self._ways[number]
        checker = rules.grammar.checker
        first = {
            way[0]
            for way in ways
            if checker.closed(rules.state, PARTS[way][0], settled) is not None
        }
        # Octave marks only where the bar would end here anyway: elsewhere they would come too often.
        meter = rules.state.reader.pulse.meter.length
        also = (
            (")" if settled.time.slurs else "")
            if exactly
            else ")" + ("-',)" if "|" in ways and settled.pulse.position == meter else "")
        )
        if bars.content[-1:] != " " and not settled.time.slurs:
            also += " "
        return mask & self._masks.of("".join(sorted(first)) + also)

    def _at_cadence(
        self, mask: np.ndarray, bar: PlannedBar, settled: StreamingReader
    ) -> np.ndarray:
        """The last note of a section: which it is, then how long."""
        bars = self._bars
        assert bars is not None
        if settled.pulse.position == bar.cadence:
            self.ends_section = True
            others = self._not_last(bar) + _LENGTHS + _NOT_ONE_NOTE
            return self._less(mask, others + (_MARKS if bars.content[-1:] in _MARKS else ""))
        mask = self._less(
            mask, _LETTERS + 'zx([{^_=<>"' + _MARKS + (" " if settled.time.slurs else "")
        )
        return self._up_to(mask, bar.length, "23456789/")

    def _not_last(self, bar: PlannedBar) -> str:
        """The letters and accidentals that a section's last note does not have."""
        home = self._tonic + self._tonic.lower()
        letters = "".join(c for c in _LETTERS if (c in home) != bar.on_tonic)
        return letters + ("^_=" if bar.on_tonic else "")

    def _up_to(
        self, mask: np.ndarray, stop: Fraction, characters: str = _LETTERS + "zx" + _LENGTHS
    ) -> np.ndarray:
        """Without the characters that would lead beyond a place in the bar, in quarter notes."""
        pulse = self._rules.state.settled().pulse
        if stop - pulse.position < 2 * pulse.unit:  # a broken rhythm would end beyond
            mask = self._less(mask, '<>"')
        beyond = "".join(
            c for c in characters if self._masks.allows(mask, c) and self._leads_beyond(c, stop)
        )
        if len(beyond) > len(_LETTERS):  # not a note fits any more
            beyond += "("
        return self._less(mask, beyond)

    def _leads_beyond(self, character: str, stop: Fraction) -> bool:
        rules = self._rules
        after = rules.grammar.graph.follow(rules.state, character, rules.note)
        if after.reader.pulse.grace or after.reader.pulse.chord is not None:
            return False
        return after.settled().pulse.position > stop

    def _less(self, mask: np.ndarray, characters: str) -> np.ndarray:
        """Without END and these characters, as long as something is left that leads on."""
        masks = self._masks
        less: np.ndarray = mask & ~masks.of(characters, end=True)
        leads_on = masks.of(_LEADS_ON)
        if (less & leads_on).any() or (less.any() and not (mask & leads_on).any()):
            return less
        without_end: np.ndarray = mask & ~masks.of("", end=True)
        return without_end
