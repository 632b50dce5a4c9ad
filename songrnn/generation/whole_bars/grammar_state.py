"""Places in a tune: what has to be remembered of a text so that it is known how it may go on.

Time and brackets are the streaming reader's, the lengths of bars `form`'s; here both are told of
each character and reduced to what matters. Which characters are allowed is `rules`' business: any
text can be followed.
"""

from fractions import Fraction
from functools import lru_cache

import numpy as np

from songrnn.generation.whole_bars.bar_lengths import (
    WORDS,
    Form,
    begin_ending,
    close,
    closing_words,
    open_section,
    pardon,
)
from songrnn.generation.whole_bars.durations import Filling, Gap, ticks
from songrnn.notation.pulse import ZERO, Pulse
from songrnn.notation.reading import Meter
from songrnn.notation.stream import StreamingReader
from songrnn.notation.tables import DECORATION_LETTERS, GRID

NOTES = frozenset("ABCDEFGabcdefg")
ACCIDENTALS = frozenset("^_=")
# Remembered places; beyond, all are forgotten, so that memory does not grow with the songs.
_MOST_NODES = 60_000
_LARGEST_TUPLET = 9


class Node:
    """A place in a tune, all that matters for what may follow.

    reader: the streaming reader, its unfinished token reduced to what matters. form: of the bars
    before an unfinished barline. seen: the header's fields so far. bound: more than 0 where a
    decoration, an opened slur or grace notes wait for their note; it counts the
    notes in brackets. tie: the note that has to come, such as "C,".
    """

    __slots__ = (
        "bound", "choices", "costs", "final", "form", "in_bar", "mask", "next", "reader", "seen",
        "tie", "way",
    )  # fmt: skip

    def __init__(
        self, reader: StreamingReader, form: Form, seen: str, bound: int, tie: str
    ) -> None:
        self.reader, self.form, self.seen = reader, form, seen
        self.bound, self.tie = bound, tie
        self.choices: frozenset[str] | None = None
        self.mask: np.ndarray | None = None
        self.next: dict[str, Node] = {}
        self.way: int | None = None  # characters to the end, END not counted
        self.costs: np.ndarray | None = None
        # In a barline that ends a bar. And whether the tune's end is among the choices.
        self.in_bar = reader.mode == "token" and reader.time.notes > 0 and is_bar(reader.pending)
        self.final = False


class Places:
    """All places found so far, and how they follow one another."""

    def __init__(self, characters: frozenset[str]) -> None:
        self._characters = characters
        self._filling = Filling(characters)
        self._words = tuple(word for word in WORDS if characters.issuperset(word))
        self._marks = frozenset(DECORATION_LETTERS) & characters
        self._alike = {
            **dict.fromkeys(NOTES, "C"),
            **dict.fromkeys(self._marks, "."),
            "^": "=",
            "_": "=",
            "x": "z",
        }
        self._fillable: dict[tuple[int, int], bool] = {}
        self._nodes: dict[object, Node] = {}

    def begin(self) -> Node:
        """The place before the first character."""
        return self._intern(Node(StreamingReader(), Form(), "", 0, ""))

    # Going on -----------------------------------------------------------------------------------

    def follow(self, node: Node, character: str, note: str = "") -> Node:
        """The place after one more character, allowed or not; `note` is the last note's text."""
        edge = character + note if character == "-" else character
        found = node.next.get(edge)
        if found is None:
            # Notes are alike but for their octave marks, and so are accidentals and decorations.
            like = character
            if node.reader.mode == "token" and not node.reader.line_start:
                like = self._alike.get(character, character)
            elif node.reader.mode == "token" and character in NOTES:
                like = self._alike[character]
            if like != character and not node.tie:
                found = node.next[edge] = self.follow(node, like, note)
                return found
            found = node.next[edge] = self._follow(node, character, note)
        return found

    def _intern(self, node: Node) -> Node:
        """The one node that goes on like this one."""
        if len(self._nodes) >= _MOST_NODES:
            self._nodes.clear()
        reader = node.reader
        reader.time.ending = False  # the form knows
        if reader.mode != "header field" and reader.mode != "header":
            node.seen = ""
            pulse = reader.pulse
            pulse.meter = _bare(pulse.meter)
            if not pulse.tuplet_left:
                pulse.tuplet = None
            if reader.pending[:1] in tuple("|:[({=^_Czx]") or node.bound:
                pulse.last = ZERO  # nothing asks for it any more
        return self._nodes.setdefault(_key(node), node)

    def _follow(self, node: Node, character: str, note: str) -> Node:
        reader, pending, mode = node.reader, node.reader.pending, node.reader.mode
        form, seen, bound, tie = node.form, node.seen, node.bound, node.tie
        if mode == "ended":
            return node
        if mode in ("header", "header field"):
            if mode == "header" and character == ":" and len(pending) == 1:
                seen = "".join(sorted(set(seen + pending)))
            if (
                mode == "header field"
                and len(pending) > 2
                and character not in "\r\n"
                and (pending[0] not in "XMLKV%")
            ):
                return node  # what a title says makes no difference
            reader = reader.copy()
            reader.feed(character)
            return self._intern(Node(reader, form, seen, 0, ""))
        if mode in ("quote", "comment") and len(pending) > 1 and character not in '"\r\n':
            return node
        before = reader
        reader = reader.copy()
        if mode == "token" and pending == character and character in " `":
            return node  # WholeBars counts them
        in_music = mode == "token" and pending[:1] not in ("!", "+")
        if in_music and character in NOTES:
            character, letter = "C", character
            if tie:
                tie = tie[1:] if tie[0] == letter else ""
                tie = "=" + tie  # now the octave has to be the same
            if pending[:1] in ACCIDENTALS:
                reader.pending = ""
        elif tie[:1] == "=":
            tie = tie[:1] + tie[2:] if tie[1:2] == character else ""
        form = self._barred(node, character)
        reader.feed(character)
        bound = self._bound(node, character) if mode in ("token", "quote") else 0
        if character == "-" and in_music and not before.pulse.grace and before.pulse.chord is None:
            tie = note
        return self._intern(Node(reader, form, seen, bound, tie))

    def _bound(self, node: Node, character: str) -> int:
        """What `bound` is after one more character of the tune."""
        bound, pulse = node.bound, node.reader.pulse
        if character in "\r\n|":
            return 0
        if node.reader.mode == "quote" or character in '{"(' or character in self._marks:
            return 1
        if node.reader.pending == "{" or (pulse.grace and node.reader.pending != "}"):
            return bound + (character in NOTES)
        if character == "}":
            return 1
        if pulse.chord is not None and character != "]":
            return bound + (character in NOTES)
        return (
            int(node.reader.pending == "[")
            if character in NOTES
            else bound * (character not in "zx[]")
        )

    def _barred(self, node: Node, character: str) -> Form:
        """The form when a barline's token is over with this character, or a number follows."""
        reader, form = node.reader, node.form
        pending = reader.pending
        if reader.mode != "token" or not pending:
            return form
        if character in "12" and (is_bar(pending) or pending[0] in "[ \r\n"):
            form = self._after_bar(node)
            return begin_ending(form, character) or form
        if is_bar(pending) and not is_bar(pending + character):
            return self._after_bar(node)
        return form

    def _after_bar(self, node: Node) -> Form:
        """The form once the pending token is over."""
        word = node.reader.pending
        if node.reader.mode != "token" or not is_bar(word) or word == ":":
            return node.form
        return self._closed(node, word) or self._pardoned(node, word)

    def _closed(self, node: Node, word: str, settled: StreamingReader | None = None) -> Form | None:
        """The form after the barline `word` here; None when it would be wrong.

        settled: the reader with the token before the barline complete; by default the node's own,
        whose unfinished token is the barline.
        """
        reader, form = settled or node.reader, node.form
        pulse = reader.pulse
        if not reader.time.notes:
            if word == "|" or (word == "||" and form.fresh and not form.repeat):
                return None if form.wanted or (word != "|" and form.first is None) else form
            return open_section(form) if word in ("|:", "||:") else None
        if pulse.tuplet_left or pulse.factor != 1 or pulse.chord is not None or pulse.grace:
            return None
        if word != "|" and (reader.time.slurs or node.tie):
            return None
        return close(form, grid(pulse.position), self._whole(pulse), word)

    def _closing(self, node: Node, settled: StreamingReader) -> tuple[str, ...]:
        """The barlines that may follow the token that is complete in `settled`."""
        pulse = settled.pulse
        if not settled.time.notes:
            return tuple([w for w in self._words if self._closed(node, w, settled) is not None])
        if pulse.tuplet_left or pulse.factor != 1 or pulse.chord is not None or pulse.grace:
            return ()
        words = self._words if not settled.time.slurs and not node.tie else ("|",)
        return closing_words(node.form, grid(pulse.position), self._whole(pulse), words)

    def _pardoned(self, node: Node, word: str) -> Form:
        pulse = node.reader.pulse
        if not node.reader.time.notes:
            return node.form
        return pardon(node.form, grid(pulse.position), self._whole(pulse), word)

    def _settled(self, node: Node) -> StreamingReader:
        """The reader as if its unfinished token were complete."""
        reader = node.reader.copy()
        reader.settle()
        return reader

    def _whole(self, pulse: Pulse) -> int | None:
        """How long a bar is, None when it is not measured or nobody could fill it."""
        if pulse.meter.length is None:
            return None
        length, unit = grid(pulse.meter.length), grid(pulse.unit)
        fillable = self._fillable.get((length, unit))
        if fillable is None:
            room = ticks(length, unit)
            fillable = room is not None and self._filling.can_go_on(Gap((room,)))
            self._fillable[length, unit] = fillable
        return length if fillable else None

    def _gap(self, pulse: Pulse, form: Form) -> Gap:
        """What is left of the bar."""
        whole = self._whole(pulse)
        rooms = None
        if whole is not None:
            rooms = self._rooms(pulse, form.targets(whole))
        factor = int(8 * pulse.factor)
        if pulse.tuplet_left and pulse.tuplet is not None and pulse.tuplet[0] <= _LARGEST_TUPLET:
            return Gap(rooms, factor, pulse.tuplet, pulse.tuplet_left)
        return Gap(rooms, factor)

    def _rooms(self, pulse: Pulse, targets: tuple[int, ...]) -> tuple[int, ...]:
        position, unit = grid(pulse.position), grid(pulse.unit)
        rooms = [ticks(target - position, unit) for target in targets]
        return tuple([room for room in rooms if room is not None])


def _key(node: Node) -> tuple[object, ...]:
    """Equal for nodes that go on alike: `StreamingReader.key()` in numbers that hash quickly."""
    reader = node.reader
    pulse = reader.pulse
    return (
        reader.mode,
        reader.pending,
        reader.line_start,
        reader.time.line_empty,
        reader.time.tune_begun,
        reader.time.after_bar,
        reader.time.slurs,
        reader.time.notes > 0,
        reader.time.repeat,
        node.form,
        node.seen,
        node.bound,
        node.tie,
        grid(pulse.position),
        grid(pulse.last),
        grid(pulse.unit),
        None if pulse.chord is None else (pulse.chord.numerator, pulse.chord.denominator),
        int(8 * pulse.factor),
        pulse.tuplet,
        pulse.tuplet_left,
        pulse.grace,
        pulse.unit_given,
        pulse.meter,
        pulse.muted,
        pulse.overlay,
        pulse.voice,
    )


def grid(quarters: Fraction) -> int:
    """A time as a whole number: every duration that is read is a multiple of 1/GRID quarters."""
    return quarters.numerator * (GRID // quarters.denominator)


@lru_cache(maxsize=64)
def _bare(meter: Meter) -> Meter:
    """What of a meter concerns time: C and 4/4 are the same."""
    if meter.compound:
        return Meter("", meter.numerator, meter.denominator, meter.length)
    return Meter("", 0, 0, meter.length)


def is_bar(text: str) -> bool:
    """Whether this is a barline or the beginning of one, "[|" aside."""
    return text[:1] in ("|", ":") and all(c in "|:]" for c in text)
