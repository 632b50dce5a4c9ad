"""Whole bars: which characters may come next so that the tune can still be a proper one.

The streaming reader says where in the music the text is, `form` how long a bar may be there and
`filling` whether the rest of it can be written. A character is allowed when a proper tune goes on
with it: bars of the right length as `notation.bars` judges them, brackets and repeats that are
closed, a header before, an end at the end. What cannot be shown to lead there is not allowed, so
some rare but right things are not: changes of meter, decorations in words, second layers.

A place in a tune is a `_Node`. Nodes that go on alike are one, and know their successors and masks
once they have been found: after a few songs nearly every step is two look-ups.
"""

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Final

import numpy as np

from songrnn.corpus.vocabulary import END, Vocabulary
from songrnn.errors import SamplingError
from songrnn.generation.filling import Filling
from songrnn.generation.form import WORDS, Form, begin_ending, close, open_section, pardon
from songrnn.notation.stream import StreamingReader
from songrnn.notation.tables import BODY_FIELDS, DECORATION_LETTERS

_NOTES = frozenset("ABCDEFGabcdefg")
_ACCIDENTALS = frozenset("^_=")
_DIGITS = frozenset("0123456789")
_LENGTH = _DIGITS | {"/"}
_TEXT_FIELDS = "TRCOABDFGHNSZ"
_METERS = ("C", "C|", "2/4", "3/4", "4/4", "5/4", "6/4", "3/2", "2/2", "3/8", "6/8", "9/8", "12/8")
_UNITS = ("1/8", "1/16", "1/4", "1/2", "1/32")
_FIFTHS = {"": 0, "m": -3, "mix": -1, "dor": -2, "phr": -4, "lyd": 1}
_TONICS = {name: fifths for fifths, name in enumerate("Fb Cb Gb Db Ab Eb Bb F C G D A E B F# C# G# D# A#".split(), -8)}
_MODES = {
    "": ("", "maj", "Maj", "major", "Major", " major", " Major"),
    "m": ("m", "min", "Min", "minor", "Minor", " minor", " Minor", "aeo", "Aeo"),
    "mix": ("mix", "Mix", " mixolydian", " Mixolydian", " mix"),
    "dor": ("dor", "Dor", " dorian", " Dorian", " dor"),
    "phr": ("phr", "Phr", " phrygian", " Phrygian"),
    "lyd": ("lyd", "Lyd", " lydian", " Lydian"),
}
_KEYS = (
    *(
        tonic + spelled
        for mode, shift in _FIFTHS.items()
        for tonic, fifths in _TONICS.items()
        if abs(fifths + shift) <= 7
        for spelled in _MODES[mode]
    ),
    "HP",
    "Hp",
)
_VALUES: Final = {"M": _METERS, "L": _UNITS, "K": _KEYS}
_STOP = "\0"  # stands for END among characters
# Remembered places; beyond, all are forgotten, so that memory does not grow with the songs.
_MOST_NODES = 60_000
# How near the limit, in characters to spare, the way to the end is looked at.
_SLACK = 40
_LONGEST_WAY = 400
_ONE = Fraction(1)


class _Node:
    """A place in a tune, all that matters for what may follow.

    reader: the streaming reader, its unfinished token reduced to what matters. form: of the bars
    before an unfinished barline. seen: the header's fields so far. bound: a decoration, an opened
    slur or grace notes wait for their note. tie: the note that has to come, such as "C,".
    """

    __slots__ = (
        "bound", "choices", "costs", "form", "mask", "next", "reader", "seen", "tie", "way",
    )  # fmt: skip

    def __init__(
        self, reader: StreamingReader, form: Form, seen: str, bound: bool, tie: str
    ) -> None:
        self.reader, self.form, self.seen = reader, form, seen
        self.bound, self.tie = bound, tie
        self.choices: frozenset[str] | None = None
        self.mask: np.ndarray | None = None
        self.next: dict[str, _Node] = {}
        self.way: int | None = None  # characters to the end, END not counted
        self.costs: np.ndarray | None = None


class Grammar:
    """The rules for one vocabulary, shared by all its songs."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._symbols = {
            vocabulary.decode([symbol]): symbol for symbol in range(END + 1, vocabulary.size)
        }
        characters = frozenset(self._symbols)
        missing = [c for c in "XMK:1|\nC" if c not in characters]
        if missing:
            raise SamplingError(
                "Whole bars cannot be kept with this run: its vocabulary lacks "
                + ", ".join(map(repr, missing))
                + "."
            )
        self._characters = characters
        self._printable = frozenset(c for c in characters if c.isprintable())
        self._filling = Filling(characters)
        self._words = tuple(word for word in WORDS if characters.issuperset(word))
        self._values = {
            name: tuple(value for value in values if characters.issuperset(value))
            for name, values in _VALUES.items()
        }
        self._marks = frozenset(DECORATION_LETTERS) & characters
        self._nodes: dict[object, _Node] = {}
        self._masks: dict[frozenset[str], np.ndarray] = {}
        self.begin()

    def begin(self) -> _Node:
        """The place before the first character."""
        return self._intern(_Node(StreamingReader(), Form(), "", False, ""))

    def song(self, limit: int) -> "WholeBars":
        """The rules of one song of at most `limit` characters."""
        return WholeBars(self, limit)

    # Going on -----------------------------------------------------------------------------------

    def follow(self, node: _Node, character: str, note: str = "") -> _Node:
        """The place after one more character, allowed or not; `note` is the last note's text."""
        edge = character + note if character == "-" else character
        found = node.next.get(edge)
        if found is None:
            found = node.next[edge] = self._follow(node, character, note)
        return found

    def _intern(self, node: _Node) -> _Node:
        if len(self._nodes) >= _MOST_NODES:
            self._nodes.clear()
            self._masks.clear()
        key = (node.reader.key(), node.form, node.seen, node.bound, node.tie)
        return self._nodes.setdefault(key, node)

    def _follow(self, node: _Node, character: str, note: str) -> _Node:
        reader, pending, mode = node.reader, node.reader.pending, node.reader.mode
        form, seen, bound, tie = node.form, node.seen, node.bound, node.tie
        if mode == "ended":
            return node
        if mode in ("header", "header field"):
            if mode == "header" and character == ":" and len(pending) == 1:
                seen = "".join(sorted(set(seen + pending)))
            if mode == "header field" and len(pending) > 2 and character not in "\r\n" and (
                pending[0] not in "XMLKV%"
            ):
                return node  # what a title says makes no difference
            reader = reader.copy()
            reader.feed(character)
            return self._intern(_Node(reader, form, seen, False, ""))
        if mode in ("quote", "comment") and len(pending) > 1 and character not in '"\r\n':
            return node
        if mode == "token" and pending[-1:] == character and character in " `":
            return node
        before = reader
        reader = reader.copy()
        in_music = mode == "token" and pending[:1] not in ("!", "+")
        if in_music and character in _NOTES:
            character, letter = ("C" if character.isupper() else "c"), character
            if tie:
                tie = tie[1:] if tie[0] == letter else ""
                tie = "=" + tie  # now the octave has to be the same
            if pending[:1] in _ACCIDENTALS:
                reader.pending = ""
        elif tie[:1] == "=":
            tie = tie[:1] + tie[2:] if tie[1:2] == character else ""
        if bound and in_music and (character in _NOTES or character in "zx[") and not (
            before.pulse.grace
        ):
            bound = False
        form = self._barred(node, character)
        reader.feed(character)
        if in_music and (character in self._marks or character in '{"'):
            bound = True
        if mode == "token" and character == "(":
            bound = True
        if character in "\r\n|":
            bound = False
        if character == "-" and in_music and not before.pulse.grace and before.pulse.chord is None:
            tie = note
        return self._intern(_Node(reader, form, seen, bound, tie))

    def _barred(self, node: _Node, character: str) -> Form:
        """The form when a barline's token is over with this character, or a number follows."""
        reader, form = node.reader, node.form
        pending = reader.pending
        if reader.mode != "token" or not pending:
            return form
        if character in "12" and (_is_bar(pending) or pending[0] in "[ \r\n"):
            form = self._after_bar(node)
            return begin_ending(form, character) or form
        if _is_bar(pending) and not _is_bar(pending + character):
            return self._after_bar(node)
        return form

    def _after_bar(self, node: _Node) -> Form:
        """The form once the pending token is over."""
        word = node.reader.pending
        if node.reader.mode != "token" or not _is_bar(word) or word == ":":
            return node.form
        return self._closed(node, word) or self._pardoned(node, word)

    def _closed(self, node: _Node, word: str) -> Form | None:
        """The form after the barline `word` here; None when it would be wrong."""
        reader, form = node.reader, node.form
        pulse = reader.pulse
        if _is_bar(reader.pending):
            notes = reader.notes
        else:
            reader = self._settled(node)
            pulse, notes = reader.pulse, reader.notes
        if not notes:
            if word == "|" or (word in ("||", "|]") and form.fresh and not form.repeat):
                return None if form.wanted or (word != "|" and form.first is None) else form
            return open_section(form) if word in ("|:", "||:") else None
        if pulse.tuplet_left or pulse.factor != 1 or pulse.chord is not None or pulse.grace:
            return None
        if reader.slurs and word != "|":
            return None
        after = close(form, pulse.position, self._whole(reader), word)
        if node.tie and (word != "|" or after is None):
            return None
        return after

    def _pardoned(self, node: _Node, word: str) -> Form:
        pulse = node.reader.pulse
        if not node.reader.notes:
            return node.form
        return pardon(node.form, pulse.position, self._whole(node.reader), word)

    def _settled(self, node: _Node) -> StreamingReader:
        """The reader as if its unfinished token were complete."""
        reader = node.reader.copy()
        reader.settle()
        return reader

    def _whole(self, reader: StreamingReader) -> Fraction | None:
        """How long a bar is, None when it is not measured or nobody could fill it."""
        whole, unit = reader.pulse.meter.length, reader.pulse.unit
        if whole is None or self._filling.plan(whole / unit, _ONE, _ONE, 0) is None:
            return None
        return whole

    # What may follow ----------------------------------------------------------------------------

    def choices(self, node: _Node) -> frozenset[str]:
        """The characters that may follow, _STOP among them when the tune may end here."""
        if node.choices is None:
            chosen = self._choices(node) & (self._characters | {_STOP})
            node.choices = frozenset(chosen) if chosen else self._way_out(node)
        return node.choices

    def mask(self, node: _Node) -> np.ndarray:
        """bool (V,): the choices as symbols. Shared: not to be changed."""
        if node.mask is None:
            choices = self.choices(node)
            mask = self._masks.get(choices)
            if mask is None:
                mask = np.zeros(self.vocabulary.size, bool)
                for character in choices:
                    mask[END if character == _STOP else self._symbols[character]] = True
                self._masks[choices] = mask
            node.mask = mask
        return node.mask

    def _choices(self, node: _Node) -> set[str]:
        reader = node.reader
        mode, pending, pulse = reader.mode, reader.pending, reader.pulse
        if mode == "ended":
            return {_STOP}
        if mode in ("header", "header field"):
            return self._in_header(node)
        if mode == "field":
            return self._in_value(pending) if pending[0] == "K" else set()
        if mode == "quote":
            return set(self._printable if len(pending) > 1 else self._printable - {'"'})
        if mode != "token" or pulse.muted or pulse.overlay or pending[:1] in ("!", "+"):
            return set()
        if pending == "K":
            return {":"}
        if pending == "[":
            numbers = "2" if node.form.wanted else "1"
            if node.form.numbered and not node.bound and reader.after_bar:
                return {numbers} | (set() if node.form.wanted else self._chord_begins(node))
            return self._chord_begins(node)
        if pending[:1] in _ACCIDENTALS and not pending[1:]:
            return set(_NOTES)
        if (pulse.grace and pending != "}") or pending == "{":
            return self._in_grace(node)
        if pulse.chord is not None and pending[:1] != "]":
            return self._in_chord(node)
        if _is_bar(pending):
            return self._in_bar(node)
        if pending[:1] in _NOTES or pending[:1] in ("z", "x", "]"):
            return self._in_note(node)
        settled = self._settled(node)
        if pending == "(":
            found = {d for d in "23456789" if self._tuplet_fits(settled, node.form, d)}
            return found | (self._note_begins(node, settled, bound=True))
        return self._between(node, settled)

    def _in_header(self, node: _Node) -> set[str]:
        reader, seen = node.reader, node.seen
        pending = reader.pending
        if reader.mode == "header field":
            if pending[0] == "X":
                digits = len(pending) - 2
                found = {"\n"} if digits else set()
                if digits < 5:
                    found |= _DIGITS - (set() if digits else {"0"})
                return found
            if pending[0] in _VALUES:
                return self._in_value(pending)
            if len(pending) > 2:
                return set(self._printable - {"%"}) | {"\n"}
            return set(self._printable - {"%", " "})
        if pending:
            return {":"} if pending not in seen else set()
        if not seen and reader.line_start and node is self.begin():
            return {"X"}
        if "M" not in seen:
            return {"M"} | {name for name in _TEXT_FIELDS if name not in seen}
        return {"K"} | ({"L"} if "L" not in seen else set())

    def _in_value(self, pending: str) -> set[str]:
        """Goes on with one of the values that the field may have."""
        name, value = pending[0], pending[2:]
        found = {
            word[len(value)]
            for word in self._values[name]
            if len(word) > len(value) and word.startswith(value)
        }
        return found | {"\n"} if value in self._values[name] else found

    def _in_grace(self, node: _Node) -> set[str]:
        pending = node.reader.pending
        found = set(_NOTES) | _ACCIDENTALS
        if pending[:1] in _NOTES:
            found |= self._octaves(pending, "") | {"}"}
            if len(pending) < 4:
                found |= {"/", "2", "3", "4"} if pending[-1] not in _DIGITS else set()
        return found

    def _in_chord(self, node: _Node) -> set[str]:
        reader = node.reader
        pending, pulse = reader.pending, reader.pulse
        if pending[:1] not in _NOTES:
            return set(_NOTES) | _ACCIDENTALS
        found = self._octaves(pending, "")
        first = not pulse.chord
        if first:
            found |= {c for c in _LENGTH if self._length_fits(node, pending, c)}
        elif len(pending) < 4 and pending[-1] not in _DIGITS:
            found |= {"/", "2", "3", "4", "6", "8"}
        settled = self._settled(node)
        inner = settled.copy()
        inner._close_chord(_ONE)
        if self._room(inner, node.form):
            found |= _NOTES | _ACCIDENTALS | {"]"}
        return found

    def _chord_begins(self, node: _Node) -> set[str]:
        return set(_NOTES | _ACCIDENTALS)

    def _octaves(self, pending: str, tie: str) -> set[str]:
        """The octave marks that may follow: at most two, up after small letters."""
        if tie[:1] == "=":
            return {tie[1]} if len(tie) > 1 else set()
        mark = "'" if pending[0].islower() else ","
        return {mark} if pending[1:] in ("", mark) else set()

    def _in_note(self, node: _Node) -> set[str]:
        reader = node.reader
        pending = reader.pending
        if len(node.tie) > 1 and node.tie[0] == "=":
            return {node.tie[1]}
        found: set[str] = set()
        if pending[0] in _NOTES:
            found |= self._octaves(pending, node.tie)
        found |= {c for c in _LENGTH if self._length_fits(node, pending, c)}
        settled = self._settled(node)
        if self._room(settled, node.form):
            found |= self._between(node, settled)
            note = pending[0] in _NOTES
            if note and settled.pulse.factor == 1:
                found.add("-")
            if self._goes_on(settled, node.form):
                found |= {mark for mark in "<>" if self._broken_fits(settled, node.form, mark)}
            if settled.slurs:
                found.add(")")
        return found

    def _in_bar(self, node: _Node) -> set[str]:
        """A barline that may go on, and what may follow it."""
        word = node.reader.pending
        found = {
            longer[len(word)]
            for longer in self._words
            if len(longer) > len(word)
            and longer.startswith(word)
            and self._closed(node, longer) is not None
        }
        if word in self._words:
            after = self._closed(node, word)
            if after is not None:
                settled = self._settled(node)
                found |= self._after_barline(node, settled, after)
        return found

    def _after_barline(self, node: _Node, settled: StreamingReader, form: Form) -> set[str]:
        found = {" ", "\n"}
        if form.numbered and not node.tie:
            found |= {"2" if form.wanted else "1", "["}
        if not form.wanted:
            found |= self._note_begins(node, settled, form=form)
        return found

    def _between(self, node: _Node, settled: StreamingReader) -> set[str]:
        """Between two tokens: a space, a new line, a note, a barline, the end."""
        reader, form, pulse = node.reader, node.form, settled.pulse
        last = reader.pending[-1:]
        bound = node.bound
        if bound:
            return self._note_begins(node, settled, bound=True)
        found: set[str] = set()
        if last == ")" and settled.slurs:
            found.add(")")
        if last in ("<", ">") and settled.slurs:
            found.add(")")
        if last in (" ", ")", "`") and settled.pulse.last and pulse.factor == 1 and not node.tie:
            if self._goes_on(settled, form):
                found |= {mark for mark in "<>" if self._broken_fits(settled, form, mark)}
        idle = not settled.notes and form.first is not None and last not in _DIGITS
        found.add(" ")
        if last not in ("\n", " ") and not idle:
            found.add("`")
        whole_tokens = not pulse.tuplet_left and pulse.factor == 1
        if not settled.line_empty and whole_tokens and last not in "-":
            found.add("\n")
        if idle and settled.after_bar and form.numbered and not node.tie:
            found |= {"2" if form.wanted else "1", "["}
        if not form.wanted:
            found |= self._note_begins(node, settled)
        if last == "\n" and idle:
            opening = [w for w in ("|", "|:", "||") if w in self._words and self._closed(node, w)]
        elif settled.notes or form.first is None:
            opening = [w for w in self._words if self._closed(node, w) is not None]
        else:
            opening = []
        found |= {word[0] for word in opening}
        if last == "\n":
            if self._may_end(node, settled):
                found.add(_STOP)
            if idle and "K" in self._characters and not node.tie and not form.wanted:
                found.add("K")
        return found

    def _may_end(self, node: _Node, settled: StreamingReader) -> bool:
        form = node.form
        if settled.slurs or node.tie or form.first is None and not settled.notes:
            return False
        if not settled.notes:
            return form.closes and not form.repeat and not form.wanted and form.ending != 1
        after = self._closed(node, "")
        return after is not None and after.closes

    def _note_begins(
        self,
        node: _Node,
        settled: StreamingReader,
        *,
        bound: bool = False,
        form: Form | None = None,
    ) -> set[str]:
        """What a note may begin with, when there is room for one."""
        form = node.form if form is None else form
        pulse = settled.pulse
        if form.wanted or not self._goes_on(settled, form):
            return set()
        if node.tie:
            return {node.tie[0]} | ({"("} if not bound else set())
        found = set(_NOTES | _ACCIDENTALS | {"z", "x", "{", '"', "["}) | self._marks
        pending = node.reader.pending
        if pending[-1:] == "(" and settled.slurs > 1:
            # The third would only be a tuplet's, which the number decides.
            found |= {"("} if self._tuplets_fit(settled, form) else set()
        else:
            found |= {"("} if settled.slurs < 2 or self._tuplets_fit(settled, form) else set()
        if pulse.tuplet_left and settled.slurs >= 2:
            found.discard("(")
        if pending == "{":
            found -= {"z", "x", "{", '"', "[", "("}
        return found

    # Time ---------------------------------------------------------------------------------------

    def _plan(self, reader: StreamingReader, target: Fraction) -> tuple[int, str] | None:
        """The shortest way to fill the bar up to `target`, from a settled reader."""
        pulse = reader.pulse
        left, squeeze = 0, _ONE
        if pulse.tuplet_left and pulse.tuplet is not None:
            left, squeeze = pulse.tuplet_left, Fraction(pulse.tuplet[1], pulse.tuplet[0])
        room = (target - pulse.position) / pulse.unit
        return self._filling.plan(room, pulse.factor, squeeze, left)

    def _room(self, reader: StreamingReader, form: Form) -> bool:
        """Whether the bar can still get a right length, or has one."""
        whole = self._whole(reader)
        if whole is None:
            return True
        return any(self._plan(reader, target) is not None for target in form.targets(whole))

    def _goes_on(self, reader: StreamingReader, form: Form) -> bool:
        """Whether another note has room in this bar."""
        whole = self._whole(reader)
        if whole is None:
            return True
        plans = [self._plan(reader, target) for target in form.targets(whole)]
        return any(plan is not None and plan[0] > 0 for plan in plans)

    def _length_fits(self, node: _Node, pending: str, character: str) -> bool:
        """Whether the note's length may go on with this character."""
        if character == "0" and pending[-1] not in _DIGITS:
            return False
        for ending in self._filling.endings:
            if ending[:1].isdigit() and pending[-1:] == "/" and character in _DIGITS:
                continue
            reader = node.reader.copy()
            reader.pending = pending + character
            for more in ending:
                reader.feed(more)
            if reader.pending != pending + character + ending:
                continue
            if self._whole(reader) is None:
                return len(pending) < 5
            reader.settle()
            if reader.pulse.chord is not None:
                reader._close_chord(_ONE)
            if self._room(reader, node.form):
                return True
        return False

    def _broken_fits(self, settled: StreamingReader, form: Form, mark: str) -> bool:
        reader = settled.copy()
        if reader.pulse.broken(mark) is None:
            return False
        return self._goes_on(reader, form)

    def _tuplet_fits(self, settled: StreamingReader, form: Form, digit: str) -> bool:
        if settled.pulse.tuplet_left or settled.pulse.factor != 1:
            return False
        reader = settled.copy()
        if reader.pulse.start_tuplet("(" + digit) is None:
            return False
        return self._goes_on(reader, form)

    def _tuplets_fit(self, settled: StreamingReader, form: Form) -> bool:
        return any(self._tuplet_fits(settled, form, digit) for digit in "3245679")

    # Out of what somebody else wrote --------------------------------------------------------------

    def _way_out(self, node: _Node) -> frozenset[str]:
        """Where no rule leads on, because the text so far breaks them: back to where they do."""
        reader = node.reader
        if reader.mode != "token" or reader.pulse.muted or reader.pulse.overlay:
            return (self._printable | {"\n"}) & self._characters
        for closing in ("]" if reader.pulse.chord is not None else "", "}" if reader.pulse.grace else ""):
            if closing and closing in self._characters:
                return frozenset(closing)
        return frozenset("|") if not _is_bar(reader.pending) else frozenset("\n")

    # The way to the end ---------------------------------------------------------------------------

    def way(self, node: _Node) -> int:
        """How many characters a proper end takes from here, by a way that is short."""
        path: list[_Node] = []
        at, note = node, "C"
        while at.way is None:
            if len(path) >= _LONGEST_WAY:
                return _LONGEST_WAY
            choice = self._homeward(at)
            if choice == _STOP:
                at.way = 0
                break
            path.append(at)
            at = self.follow(at, choice, note)
        for steps, passed in enumerate(reversed(path), start=1):
            passed.way = at.way + steps
        return node.way if node.way is not None else _LONGEST_WAY

    def costs(self, node: _Node, note: str) -> np.ndarray:
        """(V,): characters to the end by way of each choice, END itself 0."""
        if node.costs is None:
            costs = np.full(self.vocabulary.size, _LONGEST_WAY, np.int32)
            for character in self.choices(node):
                if character == _STOP:
                    costs[END] = 0
                else:
                    after = self.follow(node, character, note)
                    costs[self._symbols[character]] = 1 + self.way(after)
            node.costs = costs
        return node.costs

    def _homeward(self, node: _Node) -> str:
        """The next character of a short way to the end."""
        choices = self.choices(node)
        reader, form = node.reader, node.form
        pending, pulse = reader.pending, reader.pulse
        if _STOP in choices:
            return _STOP
        if len(choices) == 1:
            return next(iter(choices))
        if reader.mode in ("header", "header field"):
            return _first(("\n", ":", "X", "M", "K", "C", "1", "4", "8", "/", "2"), choices)
        if reader.mode == "quote":
            return _first(('"', "C"), choices)
        if reader.mode != "token":
            return _first(("\n", "C"), choices)
        if pulse.grace or pulse.chord is not None:
            return _first(("}", "]", "C", "c"), choices)
        if _is_bar(pending):
            word = self._homeward_word(node)
            if word is not None and word != pending:
                return word[len(pending)]
            after = self._after_bar(node)
            if after.wanted:
                return _first(("2", "["), choices)
            if after.closes or not self._note_letters(choices):
                return _first(("\n", "|", " "), choices)
            return _first(self._note_letters(choices), choices)
        if pending[:1] in _NOTES or pending[:1] in ("z", "x", "]"):
            wished = self._homeward_length(node)
            if wished and wished in choices:
                return wished
        settled = self._settled(node)
        if settled.slurs and ")" in choices:
            return ")"
        if settled.notes and ("|" in choices or ":" in choices):
            word = self._homeward_word(node)
            at_target = self._homeward_target(settled, form)
            if word is not None and (at_target is None or settled.pulse.position == at_target):
                return word[0]
        if form.wanted or (settled.after_bar and form.closes and not settled.notes):
            return _first(("2", "\n", "[", *self._note_letters(choices)), choices)
        return _first((*self._note_letters(choices), "|", ":", "\n", " "), choices)

    def _note_letters(self, choices: frozenset[str]) -> tuple[str, ...]:
        return tuple(c for c in ("C", "c", *sorted(_NOTES)) if c in choices)

    def _homeward_target(self, reader: StreamingReader, form: Form) -> Fraction | None:
        """How long the bar should best be for an early end."""
        whole = self._whole(reader)
        if whole is None:
            return None
        position = reader.pulse.position
        if form.must:
            return form.due
        start = form.start
        if not form.fresh and start is not None and start < whole and form.ending != 2:
            if (form.repeat or form.ending == 1) and position <= whole - start:
                if self._plan(reader, whole - start) is not None:
                    return whole - start
        return whole

    def _homeward_word(self, node: _Node) -> str | None:
        pending = node.reader.pending if _is_bar(node.reader.pending) else ""
        found = None
        for word in self._words:
            if not word.startswith(pending):
                continue
            after = self._closed(node, word)
            if after is None:
                continue
            if after.closes and not after.repeat and not after.wanted and after.ending != 1 and word != "|":
                return word
            if found is None or (after.wanted and not found[1].wanted):
                found = word, after
            elif word == "|" and not found[1].wanted:
                found = word, after
        return found[0] if found else None

    def _homeward_length(self, node: _Node) -> str:
        """The next character of the length that the note on paper should have, "" for none."""
        before = node.reader
        length = before.pending.lstrip("ABCDEFGabcdefgzx]',")
        settled = self._settled(node)
        target = self._homeward_target(before, node.form)
        if target is None:
            return ""
        if before.pending[0] != "]":
            plan = self._plan(before, target)
            if plan is not None and plan[1].startswith(length) and plan[1] != length:
                return plan[1][len(length)]
        if self._room(settled, node.form):
            return ""
        for ending in self._filling.endings:
            if ending and self._length_fits(node, before.pending, ending[0]):
                return ending[0]
        return ""


class WholeBars:
    """A `Constraint`: the rules of one song, and where in it the text is."""

    def __init__(self, grammar: Grammar, limit: int) -> None:
        self._grammar = grammar
        self._node = grammar.begin()
        self._note = ""
        self._room = limit - 1  # before END has to be drawn

    def allowed(self) -> np.ndarray:
        """bool (V,): the symbols that may come next; near the limit only those that leave room
        for a proper end."""
        node, room = self._node, self._room
        mask = node.mask
        if mask is None:
            mask = self._grammar.mask(node)
        if room < _LONGEST_WAY:
            way = self._grammar.way(node)
            if way <= room < way + _SLACK:
                near = mask & (self._grammar.costs(node, self._note) <= room)
                if near.any():
                    return near
        return mask

    def advance(self, character: str) -> None:
        """The song goes on with this character."""
        if character in _NOTES:
            self._note = character
        elif character in "',":
            self._note += character
        self._room -= 1
        self._node = (
            self._node.next.get(character) if character != "-" else None
        ) or self._grammar.follow(self._node, character, self._note)


@lru_cache(maxsize=8)
def grammar_of(vocabulary: Vocabulary) -> Grammar:
    """The rules for a vocabulary, with all they remember."""
    return Grammar(vocabulary)


def _is_bar(text: str) -> bool:
    """Whether this is a barline or the beginning of one, "[|" aside."""
    return text[:1] in ("|", ":") and all(c in "|:]" for c in text)


def _first(wishes: Iterable[str], choices: frozenset[str]) -> str:
    for wish in wishes:
        if wish in choices:
            return wish
    return min(choices)
