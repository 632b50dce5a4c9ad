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
from songrnn.generation.filling import Filling, Gap, ticks
from songrnn.generation.form import (
    WORDS,
    Form,
    begin_ending,
    close,
    closing_words,
    open_section,
    pardon,
)
from songrnn.notation.pulse import ZERO, Pulse, tuplet_of
from songrnn.notation.reading import Meter
from songrnn.notation.stream import StreamingReader
from songrnn.notation.tables import DECORATION_LETTERS, GRID

_NOTES = frozenset("ABCDEFGabcdefg")
_ACCIDENTALS = frozenset("^_=")
_DIGITS = frozenset("0123456789")
_LENGTH = _DIGITS | {"/"}
_TEXT_FIELDS = "TRCOABDFGHNSZ"
_METERS = ("C", "C|", "2/4", "3/4", "4/4", "5/4", "6/4", "3/2", "2/2", "3/8", "6/8", "9/8", "12/8")
_UNITS = ("1/8", "1/16", "1/4", "1/2", "1/32")
_FIFTHS = {"": 0, "m": -3, "mix": -1, "dor": -2, "phr": -4, "lyd": 1}
_TONICS = {
    name: fifths
    for fifths, name in enumerate(
        [
            "Fb",
            "Cb",
            "Gb",
            "Db",
            "Ab",
            "Eb",
            "Bb",
            "F",
            "C",
            "G",
            "D",
            "A",
            "E",
            "B",
            "F#",
            "C#",
            "G#",
            "D#",
            "A#",
        ],
        -8,
    )
}
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
# Bars of the shortest song that ends by itself.
SHORTEST = 8
# Bars after which the end is looked for as if the limit were near.
LONGEST = 48
LONGEST_REPEAT = 24  # and of a section that |: began
# Remembered places; beyond, all are forgotten, so that memory does not grow with the songs.
_MOST_NODES = 60_000
_LONGEST_SPACE = 12
_MOST_GRACES = 6
_MOST_IN_CHORD = 6
_DEEPEST_SLUR = 2
_LARGEST_TUPLET = 9
_NOTE_BEGINNINGS = _NOTES | _ACCIDENTALS | {"z", "x", "{", '"', "["}
# How near the limit, in characters to spare, the way to the end is looked at.
_SLACK = 40
_LONGEST_WAY = 400
_ONE = Fraction(1)


class _Node:
    """A place in a tune, all that matters for what may follow.

    reader: the streaming reader, its unfinished token reduced to what matters. form: of the bars
    before an unfinished barline. seen: the header's fields so far. bound: more than 0 where a
    decoration, an opened slur or grace notes wait for their note; it counts the notes in brackets. tie: the note that has to come, such as "C,".
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
        self.next: dict[str, _Node] = {}
        self.way: int | None = None  # characters to the end, END not counted
        self.costs: np.ndarray | None = None
        # In a barline that ends a bar. And whether the tune's end is among the choices.
        self.in_bar = reader.mode == "token" and reader.notes > 0 and _is_bar(reader.pending)
        self.final = False


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
        self._alike = {
            **dict.fromkeys(_NOTES, "C"),
            **dict.fromkeys(self._marks, "."),
            "^": "=",
            "_": "=",
            "x": "z",
        }
        self._fillable: dict[tuple[int, int], bool] = {}
        self._nodes: dict[object, _Node] = {}
        self._masks: dict[frozenset[str], np.ndarray] = {}
        self.begin()

    def begin(self) -> _Node:
        """The place before the first character."""
        return self._intern(_Node(StreamingReader(), Form(), "", 0, ""))

    def song(self, limit: int) -> "WholeBars":
        """The rules of one song of at most `limit` characters."""
        return WholeBars(self, limit)

    # Going on -----------------------------------------------------------------------------------

    def follow(self, node: _Node, character: str, note: str = "") -> _Node:
        """The place after one more character, allowed or not; `note` is the last note's text."""
        edge = character + note if character == "-" else character
        found = node.next.get(edge)
        if found is None:
            # Notes are alike but for their octave marks, and so are accidentals and decorations.
            like = character
            if node.reader.mode == "token" and not node.reader.line_start:
                like = self._alike.get(character, character)
            elif node.reader.mode == "token" and character in _NOTES:
                like = self._alike[character]
            if like != character and not node.tie:
                found = node.next[edge] = self.follow(node, like, note)
                return found
            found = node.next[edge] = self._follow(node, character, note)
        return found

    def _intern(self, node: _Node) -> _Node:
        """The one node that goes on like this one."""
        if len(self._nodes) >= _MOST_NODES:
            self._nodes.clear()
            self._masks.clear()
        reader = node.reader
        reader.ending = False  # the form knows
        if reader.mode != "header field" and reader.mode != "header":
            node.seen = ""
            pulse = reader.pulse
            pulse.meter = _bare(pulse.meter)
            if not pulse.tuplet_left:
                pulse.tuplet = None
            if reader.pending[:1] in tuple("|:[({=^_Czx]") or node.bound:
                pulse.last = ZERO  # nothing asks for it any more
        return self._nodes.setdefault(_key(node), node)

    def _follow(self, node: _Node, character: str, note: str) -> _Node:
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
            return self._intern(_Node(reader, form, seen, 0, ""))
        if mode in ("quote", "comment") and len(pending) > 1 and character not in '"\r\n':
            return node
        before = reader
        reader = reader.copy()
        if mode == "token" and pending == character and character in " `":
            return node  # WholeBars counts them
        in_music = mode == "token" and pending[:1] not in ("!", "+")
        if in_music and character in _NOTES:
            character, letter = "C", character
            if tie:
                tie = tie[1:] if tie[0] == letter else ""
                tie = "=" + tie  # now the octave has to be the same
            if pending[:1] in _ACCIDENTALS:
                reader.pending = ""
        elif tie[:1] == "=":
            tie = tie[:1] + tie[2:] if tie[1:2] == character else ""
        form = self._barred(node, character)
        reader.feed(character)
        bound = self._bound(node, character) if mode in ("token", "quote") else 0
        if character == "-" and in_music and not before.pulse.grace and before.pulse.chord is None:
            tie = note
        return self._intern(_Node(reader, form, seen, bound, tie))

    def _bound(self, node: _Node, character: str) -> int:
        """What `bound` is after one more character of the tune."""
        bound, pulse = node.bound, node.reader.pulse
        if character in "\r\n|":
            return 0
        if node.reader.mode == "quote" or character in '{"(' or character in self._marks:
            return 1
        if node.reader.pending == "{" or (pulse.grace and node.reader.pending != "}"):
            return bound + (character in _NOTES)
        if character == "}":
            return 1
        if pulse.chord is not None and character != "]":
            return bound + (character in _NOTES)
        return (
            int(node.reader.pending == "[")
            if character in _NOTES
            else bound * (character not in "zx[]")
        )

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

    def _closed(
        self, node: _Node, word: str, settled: StreamingReader | None = None
    ) -> Form | None:
        """The form after the barline `word` here; None when it would be wrong.

        settled: the reader with the token before the barline complete; by default the node's own,
        whose unfinished token is the barline.
        """
        reader, form = settled or node.reader, node.form
        pulse = reader.pulse
        if not reader.notes:
            if word == "|" or (word == "||" and form.fresh and not form.repeat):
                return None if form.wanted or (word != "|" and form.first is None) else form
            return open_section(form) if word in ("|:", "||:") else None
        if pulse.tuplet_left or pulse.factor != 1 or pulse.chord is not None or pulse.grace:
            return None
        if word != "|" and (reader.slurs or node.tie):
            return None
        return close(form, _grid(pulse.position), self._whole(pulse), word)

    def _closing(self, node: _Node, settled: StreamingReader) -> tuple[str, ...]:
        """The barlines that may follow the token that is complete in `settled`."""
        pulse = settled.pulse
        if not settled.notes:
            return tuple([w for w in self._words if self._closed(node, w, settled) is not None])
        if pulse.tuplet_left or pulse.factor != 1 or pulse.chord is not None or pulse.grace:
            return ()
        words = self._words if not settled.slurs and not node.tie else ("|",)
        return closing_words(node.form, _grid(pulse.position), self._whole(pulse), words)

    def _pardoned(self, node: _Node, word: str) -> Form:
        pulse = node.reader.pulse
        if not node.reader.notes:
            return node.form
        return pardon(node.form, _grid(pulse.position), self._whole(pulse), word)

    def _settled(self, node: _Node) -> StreamingReader:
        """The reader as if its unfinished token were complete."""
        reader = node.reader.copy()
        reader.settle()
        return reader

    def _whole(self, pulse: Pulse) -> int | None:
        """How long a bar is, None when it is not measured or nobody could fill it."""
        if pulse.meter.length is None:
            return None
        length, unit = _grid(pulse.meter.length), _grid(pulse.unit)
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
        position, unit = _grid(pulse.position), _grid(pulse.unit)
        rooms = [ticks(target - position, unit) for target in targets]
        return tuple([room for room in rooms if room is not None])

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
            node.final = bool(self._early(node))
            node.mask = self._mask_of(choices)
        return node.mask

    def early_mask(self, node: _Node) -> np.ndarray:
        """The same without the choices that end the tune, as long as others are left."""
        return self._mask_of(self._early(node) or self.choices(node))

    def unspaced_mask(self, node: _Node) -> np.ndarray:
        """The same without more of the spaces before it."""
        choices = self.choices(node)
        return self._mask_of(choices - {" ", "`"} or choices)

    def _early(self, node: _Node) -> frozenset[str]:
        """What is left of the choices without those that end the tune; empty when all are."""
        choices = self.choices(node)
        if _STOP in choices:
            return choices - {_STOP}
        return choices - {"]"} if node.in_bar and "]" in choices else frozenset()

    def _mask_of(self, choices: frozenset[str]) -> np.ndarray:
        mask = self._masks.get(choices)
        if mask is None:
            mask = np.zeros(self.vocabulary.size, bool)
            for character in choices:
                mask[END if character == _STOP else self._symbols[character]] = True
            self._masks[choices] = mask
        return mask

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
            before = node.reader.copy()
            before.pending = ""
            found = self._tuplets(before, node.form)
            return (
                found | self._note_begins(node, settled)
                if settled.slurs <= _DEEPEST_SLUR
                else found
            )
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
        found = set(_NOTES | _ACCIDENTALS if node.bound <= _MOST_GRACES else "")
        if pending[:1] in _NOTES:
            found |= self._octaves(pending, "") | {"}"}
            if len(pending) < 4:
                found |= {"/", "2", "3", "4"} if pending[-1] not in _DIGITS else set()
        return found

    def _in_chord(self, node: _Node) -> set[str]:
        """The first note decides how long the chord is; what others' lengths say is not counted."""
        pending, pulse = node.reader.pending, node.reader.pulse
        if pending[:1] not in _NOTES:
            return set(_NOTES | _ACCIDENTALS)
        found = self._octaves(pending, "")
        length = pending.lstrip("C',")
        times = pulse.chord
        if not times:
            fits, longer = self._filling.lengths(self._gap(pulse, node.form), length)
            found |= longer
            if not fits:
                return found
        elif length == "":
            found |= {"/", "2", "3", "4", "6", "8"}
        return found | {"]"} | (_NOTES | _ACCIDENTALS if node.bound < _MOST_IN_CHORD else set())

    def _chord_begins(self, node: _Node) -> set[str]:
        if not self._filling.can_go_on(self._gap(node.reader.pulse, node.form)):
            return set()
        return set(_NOTES | _ACCIDENTALS)

    def _octaves(self, pending: str, tie: str) -> set[str]:
        """The octave marks that may follow: at most two."""
        if tie[:1] == "=":
            return {tie[1]} if len(tie) > 1 else set()
        if len(pending) == 1:
            return {",", "'"}
        return {pending[1]} if pending[1:] in (",", "'") else set()

    def _in_note(self, node: _Node) -> set[str]:
        pending, pulse, form = node.reader.pending, node.reader.pulse, node.form
        if len(node.tie) > 1 and node.tie[0] == "=":
            return {node.tie[1]}
        found = self._octaves(pending, node.tie) if pending[0] in _NOTES else set()
        length = pending.lstrip("C',zx]")
        times = (pulse.chord if pending[0] == "]" else None) or _ONE
        fits, longer = self._filling.lengths(self._gap(pulse, form), length, times)
        found |= longer
        if not fits:
            return found
        settled = self._settled(node)
        found |= self._between(node, settled)
        if pending[0] in _NOTES and settled.pulse.factor == 1:
            found.add("-")
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
            found |= self._note_begins(node, settled, form)
        return found

    def _between(self, node: _Node, settled: StreamingReader) -> set[str]:
        """Between two tokens: a space, a new line, a note, a barline, the end."""
        pending, form, pulse = node.reader.pending, node.form, settled.pulse
        last = pending[-1:]
        if node.bound:
            return self._note_begins(node, settled)
        found = {" "}
        idle = not settled.notes and form.first is not None and last not in _DIGITS
        if settled.slurs and last in ("<", ">", ")"):
            found.add(")")
        if last != "-" and not node.tie and pulse.last and pulse.factor == 1:
            gap, length = self._gap(pulse, form), ticks(_grid(pulse.last), _grid(pulse.unit))
            if length is not None and length % 8 == 0 and self._filling.can_go_on(gap):
                found |= {m for m in "<>" if self._filling.can_go_on(gap.broken(m, length))}
        if last not in ("\n", " ") and not idle:
            found.add("`")
        if not settled.line_empty and not pulse.tuplet_left and pulse.factor == 1 and last != "-":
            found.add("\n")
        if idle and settled.after_bar and form.numbered and not node.tie:
            found |= {"2" if form.wanted else "1", "["}
        found |= self._note_begins(node, settled)
        if not idle:
            found |= {word[0] for word in self._closing(node, settled)}
        elif last == "\n":  # a line often begins with the barline that ended the one before
            found |= {
                word[0]
                for word in ("|", "|:", "||")
                if word in self._words and self._closed(node, word, settled) is not None
            }
        if last == "\n":
            if self._may_end(node, settled):
                found.add(_STOP)
            if idle and not node.tie and not form.wanted:
                found.add("K")
        return found

    def _may_end(self, node: _Node, settled: StreamingReader) -> bool:
        form = node.form
        if settled.slurs or node.tie or (form.first is None and not settled.notes):
            return False
        if not settled.notes:
            return form.closes and not form.repeat and not form.wanted and form.ending != 1
        after = self._closed(node, "", settled)
        return after is not None and after.closes

    def _note_begins(
        self, node: _Node, settled: StreamingReader, form: Form | None = None
    ) -> set[str]:
        """What a note may begin with, when there is room for one."""
        form = form or node.form
        if form.wanted or not self._filling.can_go_on(self._gap(settled.pulse, form)):
            return set()
        bracket = settled.slurs < _DEEPEST_SLUR or self._tuplets(settled, form)
        if node.tie:
            return {node.tie[0]} | ({"("} if bracket and not node.bound else set())
        found = _NOTE_BEGINNINGS | self._marks
        return {*found, "("} if bracket else set(found)

    def _tuplets(self, settled: StreamingReader, form: Form) -> set[str]:
        """The tuplets that have room in the bar, by their numbers."""
        pulse = settled.pulse
        if pulse.tuplet_left or pulse.factor != 1:
            return set()
        gap = self._gap(pulse, form)
        found = set()
        for digit in "23456789":
            tuplet = tuplet_of("(" + digit, pulse.meter.compound)
            if tuplet is not None:
                p, q, r = tuplet
                if self._filling.can_go_on(Gap(gap.rooms, 8, (p, q), r)):
                    found.add(digit)
        return found

    # Out of what somebody else wrote --------------------------------------------------------------

    def _way_out(self, node: _Node) -> frozenset[str]:
        """Where no rule leads on, because the text so far breaks them: back to where they do."""
        reader = node.reader
        if reader.mode != "token" or reader.pulse.muted or reader.pulse.overlay:
            return (self._printable | {"\n"}) & self._characters
        for closing in (
            "]" if reader.pulse.chord is not None else "",
            "}" if reader.pulse.grace else "",
        ):
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
            word = self._homeward_word(node, settled)
            at_target = self._homeward_target(settled.pulse, form)
            if word is not None and (
                at_target is None or _grid(settled.pulse.position) == at_target
            ):
                return word[0]
        if form.wanted or (settled.after_bar and form.closes and not settled.notes):
            return _first(("2", "\n", "[", *self._note_letters(choices)), choices)
        return _first((*self._note_letters(choices), "|", ":", "\n", " "), choices)

    def _note_letters(self, choices: frozenset[str]) -> tuple[str, ...]:
        return tuple(c for c in ("C", "c", *sorted(_NOTES)) if c in choices)

    def _homeward_target(self, pulse: Pulse, form: Form) -> int | None:
        """How long the bar should best be for an early end."""
        whole = self._whole(pulse)
        if whole is None:
            return None
        if form.must:
            return form.due
        start = form.start
        if not form.fresh and start is not None and start < whole and form.ending != 2:
            rest = whole - start
            if (form.repeat or form.ending == 1) and self._plan(pulse, rest) is not None:
                return rest
        return whole

    def _plan(self, pulse: Pulse, target: int) -> tuple[int, str] | None:
        rooms = self._rooms(pulse, (target,))
        _, factor, ratio, left = self._gap(pulse, Form())
        return self._filling.plan(rooms[0], factor, ratio, left) if rooms else None

    def _homeward_word(self, node: _Node, settled: StreamingReader | None = None) -> str | None:
        """The barline that comes nearest to an end here."""
        begun = node.reader.pending if settled is None else ""
        found: tuple[bool, str] | None = None
        for word in self._words:
            after = self._closed(node, word, settled) if word.startswith(begun) else None
            if after is None:
                continue
            if after.closes and word != "|":
                return word
            rank = after.wanted or word == "|", word
            if found is None or rank[0] > found[0]:
                found = rank
        return found[1] if found else None

    def _homeward_length(self, node: _Node) -> str:
        """The next character of the length that the note should best have, "" for none."""
        pending, pulse = node.reader.pending, node.reader.pulse
        length = pending.lstrip("C',zx]")
        target = self._homeward_target(pulse, node.form)
        if target is None:
            return ""
        if pending[0] != "]":
            plan = self._plan(pulse, target)
            if plan is not None and plan[1].startswith(length) and plan[1] != length:
                return plan[1][len(length)]
        times = (pulse.chord if pending[0] == "]" else None) or _ONE
        fits, longer = self._filling.lengths(self._gap(pulse, node.form), length, times)
        return "" if fits else min(longer, default="")


class WholeBars:
    """A `Constraint`: the rules of one song, and where in it the text is.

    A song does not end before it has SHORTEST bars, unless the limit is near, and not
    much after LONGEST.
    """

    def __init__(self, grammar: Grammar, limit: int) -> None:
        self._grammar = grammar
        self._node = grammar.begin()
        self._note = ""  # the last one, for a tie
        self._bars = 0
        self._spaces = 0  # and backticks, one after the other
        self._repeated = 0  # of them since |:
        self._room = limit - 1  # END takes a character's place

    def allowed(self) -> np.ndarray:
        """bool (V,): the symbols that may come next; near the limit only those that leave room
        for a proper end."""
        node, room = self._node, self._room
        mask = node.mask
        if mask is None:
            mask = self._grammar.mask(node)
        if self._spaces == _LONGEST_SPACE:
            mask = self._grammar.unspaced_mask(node)
        if room < _LONGEST_WAY:
            way = self._grammar.way(node)
            if room < way + _SLACK:
                if room < way:  # too late: a limit this short has no room for an end
                    return mask
                near = mask & (self._grammar.costs(node, self._note) <= room)
                return near if near.any() else mask
        if self._spaces == _LONGEST_SPACE:
            return mask
        if node.final and self._bars < SHORTEST:
            # A last bar without a barline counts as well.
            if self._bars + 1 == SHORTEST and node.reader.notes and not node.in_bar:
                return mask
            return self._grammar.early_mask(node)
        return mask

    def advance(self, character: str) -> None:
        """The song goes on with this character."""
        before = self._node
        if character in _NOTES:
            self._note = character
        elif character in "',":
            self._note += character
        self._spaces = self._spaces + 1 if character in " `" else 0
        self._room -= 1
        node = before.next.get(character)
        if node is None:
            node = self._grammar.follow(before, character, self._note)
        if node.in_bar and not before.in_bar:
            self._bars += 1
            form = node.form
            self._repeated = (0 if form.fresh else self._repeated) + form.repeat
            if self._bars == LONGEST or self._repeated == LONGEST_REPEAT:
                self._room = min(self._room, self._grammar.way(node) + 2 * _SLACK)
        self._node = node


@lru_cache(maxsize=8)
def grammar_of(vocabulary: Vocabulary) -> Grammar:
    """The rules for a vocabulary, with all they remember."""
    return Grammar(vocabulary)


def _key(node: _Node) -> tuple[object, ...]:
    """Equal for nodes that go on alike: `StreamingReader.key()` in numbers that hash quickly."""
    reader = node.reader
    pulse = reader.pulse
    return (
        reader.mode,
        reader.pending,
        reader.line_start,
        reader.line_empty,
        reader.tune_begun,
        reader.after_bar,
        reader.slurs,
        reader.notes > 0,
        reader.repeat,
        node.form,
        node.seen,
        node.bound,
        node.tie,
        _grid(pulse.position),
        _grid(pulse.last),
        _grid(pulse.unit),
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


def _grid(quarters: Fraction) -> int:
    """A time as a whole number: every duration that is read is a multiple of 1/GRID quarters."""
    return quarters.numerator * (GRID // quarters.denominator)


@lru_cache(maxsize=64)
def _bare(meter: Meter) -> Meter:
    """What of a meter concerns time: C and 4/4 are the same."""
    if meter.compound:
        return Meter("", meter.numerator, meter.denominator, meter.length)
    return Meter("", 0, 0, meter.length)


def _is_bar(text: str) -> bool:
    """Whether this is a barline or the beginning of one, "[|" aside."""
    return text[:1] in ("|", ":") and all(c in "|:]" for c in text)


def _first(wishes: Iterable[str], choices: frozenset[str]) -> str:
    for wish in wishes:
        if wish in choices:
            return wish
    return min(choices)
