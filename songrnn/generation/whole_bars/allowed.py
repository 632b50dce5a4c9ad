"""The rules: which characters may follow a place in a tune.

A character is allowed when a proper tune goes on with it: bars of the right length as
`notation.bars` judges them, brackets and repeats that are closed, a header before, an end at the
end. What cannot be shown to lead there is not allowed, so some rare but right things are not:
changes of meter, decorations in words, second layers.
"""

from fractions import Fraction
from typing import Final

import numpy as np

from songrnn.corpus.vocabulary import END, Vocabulary
from songrnn.errors import SamplingError
from songrnn.generation.whole_bars.bar_lengths import Form
from songrnn.generation.whole_bars.durations import Gap, ticks
from songrnn.generation.whole_bars.grammar_state import (
    ACCIDENTALS,
    NOTES,
    Node,
    Places,
    grid,
    is_bar,
)
from songrnn.notation.pulse import tuplet_of
from songrnn.notation.stream import StreamingReader

STOP = "\0"  # stands for END among characters
_DIGITS = frozenset("0123456789")
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
_MOST_GRACES = 6
_MOST_IN_CHORD = 6
_DEEPEST_SLUR = 2
_NOTE_BEGINNINGS = NOTES | ACCIDENTALS | {"z", "x", "{", '"', "["}
_ONE = Fraction(1)


class Rules(Places):
    """What may follow, for one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._symbols = {
            vocabulary.decode([symbol]): symbol for symbol in range(END + 1, vocabulary.size)
        }
        missing = [c for c in "XMK:1|\nC" if c not in self._symbols]
        if missing:
            raise SamplingError(
                "Whole bars cannot be kept with this run: its vocabulary lacks "
                + ", ".join(map(repr, missing))
                + "."
            )
        super().__init__(frozenset(self._symbols))
        self._printable = frozenset(c for c in self._characters if c.isprintable())
        self._values = {
            name: tuple(value for value in values if self._characters.issuperset(value))
            for name, values in _VALUES.items()
        }
        self._masks: dict[frozenset[str], np.ndarray] = {}

    def choices(self, node: Node) -> frozenset[str]:
        """The characters that may follow, STOP among them when the tune may end here."""
        if node.choices is None:
            chosen = self._choices(node) & (self._characters | {STOP})
            node.choices = frozenset(chosen) if chosen else self._way_out(node)
        return node.choices

    def mask(self, node: Node) -> np.ndarray:
        """bool (V,): the choices as symbols. Shared: not to be changed."""
        if node.mask is None:
            choices = self.choices(node)
            node.final = bool(self._early(node))
            node.mask = self._mask_of(choices)
        return node.mask

    def early_mask(self, node: Node) -> np.ndarray:
        """The same without the choices that end the tune, as long as others are left."""
        return self._mask_of(self._early(node) or self.choices(node))

    def unspaced_mask(self, node: Node) -> np.ndarray:
        """The same without more of the spaces before it."""
        choices = self.choices(node)
        return self._mask_of(choices - {" ", "`"} or choices)

    def _early(self, node: Node) -> frozenset[str]:
        """What is left of the choices without those that end the tune; empty when all are."""
        choices = self.choices(node)
        if STOP in choices:
            return choices - {STOP}
        return choices - {"]"} if node.in_bar and "]" in choices else frozenset()

    def _mask_of(self, choices: frozenset[str]) -> np.ndarray:
        mask = self._masks.get(choices)
        if mask is None:
            mask = np.zeros(self.vocabulary.size, bool)
            for character in choices:
                mask[END if character == STOP else self._symbols[character]] = True
            self._masks[choices] = mask
        return mask

    def _choices(self, node: Node) -> set[str]:
        reader = node.reader
        mode, pending, pulse = reader.mode, reader.pending, reader.pulse
        if mode == "ended":
            return {STOP}
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
            if node.form.numbered and not node.bound and reader.time.after_bar:
                return {numbers} | (set() if node.form.wanted else self._chord_begins(node))
            return self._chord_begins(node)
        if pending[:1] in ACCIDENTALS and not pending[1:]:
            return set(NOTES)
        if (pulse.grace and pending != "}") or pending == "{":
            return self._in_grace(node)
        if pulse.chord is not None and pending[:1] != "]":
            return self._in_chord(node)
        if is_bar(pending):
            return self._in_bar(node)
        if pending[:1] in NOTES or pending[:1] in ("z", "x", "]"):
            return self._in_note(node)
        settled = self._settled(node)
        if pending == "(":
            before = node.reader.copy()
            before.pending = ""
            found = self._tuplets(before, node.form)
            return (
                found | self._note_begins(node, settled)
                if settled.time.slurs <= _DEEPEST_SLUR
                else found
            )
        return self._between(node, settled)

    def _in_header(self, node: Node) -> set[str]:
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
        if not seen:
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

    def _in_grace(self, node: Node) -> set[str]:
        pending = node.reader.pending
        found = set(NOTES | ACCIDENTALS if node.bound <= _MOST_GRACES else "")
        if pending[:1] in NOTES:
            found |= self._octaves(pending, "") | {"}"}
            if len(pending) < 4:
                found |= {"/", "2", "3", "4"} if pending[-1] not in _DIGITS else set()
        return found

    def _in_chord(self, node: Node) -> set[str]:
        """The first note decides how long the chord is; what others' lengths say is not counted."""
        pending, pulse = node.reader.pending, node.reader.pulse
        if pending[:1] not in NOTES:
            return set(NOTES | ACCIDENTALS)
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
        return found | {"]"} | (NOTES | ACCIDENTALS if node.bound < _MOST_IN_CHORD else set())

    def _chord_begins(self, node: Node) -> set[str]:
        if not self._filling.can_go_on(self._gap(node.reader.pulse, node.form)):
            return set()
        return set(NOTES | ACCIDENTALS)

    def _octaves(self, pending: str, tie: str) -> set[str]:
        """The octave marks that may follow: at most two."""
        if tie[:1] == "=":
            return {tie[1]} if len(tie) > 1 else set()
        if len(pending) == 1:
            return {",", "'"}
        return {pending[1]} if pending[1:] in (",", "'") else set()

    def _in_note(self, node: Node) -> set[str]:
        pending, pulse, form = node.reader.pending, node.reader.pulse, node.form
        if len(node.tie) > 1 and node.tie[0] == "=":
            return {node.tie[1]}
        found = self._octaves(pending, node.tie) if pending[0] in NOTES else set()
        length = pending.lstrip("C',zx]")
        times = (pulse.chord if pending[0] == "]" else None) or _ONE
        fits, longer = self._filling.lengths(self._gap(pulse, form), length, times)
        found |= longer
        if not fits:
            return found
        settled = self._settled(node)
        found |= self._between(node, settled)
        if pending[0] in NOTES and settled.pulse.factor == 1:
            found.add("-")
        if settled.time.slurs:
            found.add(")")
        return found

    def _in_bar(self, node: Node) -> set[str]:
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

    def _after_barline(self, node: Node, settled: StreamingReader, form: Form) -> set[str]:
        found = {" ", "\n"}
        if form.numbered and not node.tie:
            found |= {"2" if form.wanted else "1", "["}
        if not form.wanted:
            found |= self._note_begins(node, settled, form)
        return found

    def _between(self, node: Node, settled: StreamingReader) -> set[str]:
        """Between two tokens: a space, a new line, a note, a barline, the end."""
        pending, form, pulse = node.reader.pending, node.form, settled.pulse
        last = pending[-1:]
        if node.bound:
            return self._note_begins(node, settled)
        found = {" "}
        idle = not settled.time.notes and form.first is not None and last not in _DIGITS
        if settled.time.slurs and last in ("<", ">", ")"):
            found.add(")")
        if last != "-" and not node.tie and pulse.last and pulse.factor == 1:
            gap, length = self._gap(pulse, form), ticks(grid(pulse.last), grid(pulse.unit))
            if length is not None and length % 8 == 0 and self._filling.can_go_on(gap):
                found |= {m for m in "<>" if self._filling.can_go_on(gap.broken(m, length))}
        if last not in ("\n", " ") and not idle:
            found.add("`")
        if (
            not settled.time.line_empty
            and not pulse.tuplet_left
            and pulse.factor == 1
            and last != "-"
        ):
            found.add("\n")
        if idle and settled.time.after_bar and form.numbered and not node.tie:
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
                found.add(STOP)
            if idle and not node.tie and not form.wanted:
                found.add("K")
        return found

    def _may_end(self, node: Node, settled: StreamingReader) -> bool:
        form = node.form
        if settled.time.slurs or node.tie or (form.first is None and not settled.time.notes):
            return False
        if not settled.time.notes:
            return form.closes and not form.repeat and not form.wanted and form.ending != 1
        after = self._closed(node, "", settled)
        return after is not None and after.closes

    def _note_begins(
        self, node: Node, settled: StreamingReader, form: Form | None = None
    ) -> set[str]:
        """What a note may begin with, when there is room for one."""
        form = form or node.form
        if form.wanted or not self._filling.can_go_on(self._gap(settled.pulse, form)):
            return set()
        bracket = settled.time.slurs < _DEEPEST_SLUR or self._tuplets(settled, form)
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

    def _way_out(self, node: Node) -> frozenset[str]:
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
        return frozenset("|") if not is_bar(reader.pending) else frozenset("\n")
