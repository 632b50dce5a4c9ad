"""What a tune's header may say, character by character.

A header is led through X:, at least M: and K:, with text fields where they are usual. Meters, unit
lengths and keys are of those that tunebooks have; their values are spelled in the usual ways.
"""

from typing import Final

from songrnn.generation.whole_bars.grammar_state import GrammarState

DIGITS = frozenset("0123456789")
_TEXT_FIELDS = "TRCOABDFGHNSZ"
_METERS = ("C", "C|", "2/4", "3/4", "4/4", "5/4", "6/4", "3/2", "2/2", "3/8", "6/8", "9/8", "12/8")
_UNITS = ("1/8", "1/16", "1/4", "1/2", "1/32")
_FIFTHS = {"": 0, "m": -3, "mix": -1, "dor": -2, "phr": -4, "lyd": 1}
# In the circle of fifths, C being 0.
_CIRCLE = (
    *("Fb", "Cb", "Gb", "Db", "Ab", "Eb", "Bb"),
    *("F", "C", "G", "D", "A", "E", "B"),
    *("F#", "C#", "G#", "D#", "A#"),
)
_TONICS = {name: fifths for fifths, name in enumerate(_CIRCLE, -_CIRCLE.index("C"))}
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
# Of a tune's number in X:.
_MOST_DIGITS = 5


class HeaderChoices:
    """For one set of characters."""

    def __init__(self, characters: frozenset[str]) -> None:
        self._printable = frozenset(c for c in characters if c.isprintable())
        self._values = {
            name: tuple(value for value in values if characters.issuperset(value))
            for name, values in _VALUES.items()
        }

    def may_follow(self, state: GrammarState) -> set[str]:
        """The characters that may follow in the header."""
        reader, seen = state.reader, state.seen
        pending = reader.pending
        if reader.mode == "header field":
            return self._in_field(pending)
        if pending:
            return {":"} if pending not in seen else set()
        if not seen:
            return {"X"}
        if "M" not in seen:
            return {"M"} | {name for name in _TEXT_FIELDS if name not in seen}
        return {"K"} | ({"L"} if "L" not in seen else set())

    def in_value(self, pending: str) -> set[str]:
        """What continues one of the values that the field may have."""
        name, value = pending[0], pending[2:]
        found = {
            word[len(value)]
            for word in self._values[name]
            if len(word) > len(value) and word.startswith(value)
        }
        return found | {"\n"} if value in self._values[name] else found

    def _in_field(self, pending: str) -> set[str]:
        if pending[0] == "X":
            digits = len(pending) - 2
            found = {"\n"} if digits else set()
            if digits < _MOST_DIGITS:
                found |= DIGITS - (set() if digits else {"0"})
            return found
        if pending[0] in _VALUES:
            return self.in_value(pending)
        if len(pending) > 2:
            return set(self._printable - {"%"}) | {"\n"}
        return set(self._printable - {"%", " "})
