"""Variations of a song: its head with a new tail, and its rhythm with new pitches.

The first is a start sequence, the second a `Constraint` for `compose`; the network writes both.
"""

import numpy as np

from songrnn.corpus.vocabulary import END, Vocabulary
from songrnn.errors import SamplingError
from songrnn.notation.reading import Kind, Reading

_LETTERS = "ABCDEFGabcdefg"
_TIED = "="  # stands for the letter of the note before
_FREE = "?"


def head_of(reading: Reading) -> str:
    """The song up to its middle: its first section when it has several, else half of its bars.

    >>> from songrnn.notation.reader import read
    >>> head_of(read("X:1\\nM:2/4\\nL:1/8\\nK:D\\nDFAF|GABc|dcBA|d4|\\n"))[-10:]
    'DFAF|GABc|'
    """
    ends = [line for line in reading.barlines if line.span[0] > reading.body]
    # A border that music comes before and after.
    borders = [
        line.span[1]
        for line in ends
        if (line.ends_repeat or line.final)
        and any(event.span[0] < line.span[0] for event in reading.events)
        and any(event.span[0] > line.span[1] for event in reading.events)
    ]
    plain = [line.span[1] for line in ends]
    cut = borders[0] if borders else plain[(len(plain) - 1) // 2] if plain else reading.body
    return reading.text[:cut]


class SameRhythm:
    """A `Constraint`: a song's text, its notes' letters free, everything else as it is.

    Octave marks and accidentals of notes go, as they belong to pitches; the second of two tied
    notes is the first one's. Begin with the header (`header_of_rhythm`).
    """

    def __init__(self, reading: Reading, vocabulary: Vocabulary) -> None:
        """Raise SamplingError when the vocabulary lacks a character of the song."""
        if vocabulary.unknown(reading.text):
            raise SamplingError("The run does not know all characters of this song.")
        self._template = _template(reading)
        self._vocabulary = vocabulary
        self._letters = np.zeros(vocabulary.size, bool)
        for letter in _LETTERS:
            if not vocabulary.unknown(letter):
                self._letters[vocabulary.encode(letter)[0]] = True
        self._at = 0
        self._last = ""

    @property
    def length(self) -> int:
        """Characters of the song it leads to."""
        return len(self._template)

    def allowed(self) -> np.ndarray:
        """bool (V,): the letters of notes, or the one character that comes next, END at the end."""
        if self._at >= len(self._template):
            return self._only(END)
        character, kind = self._template[self._at]
        if kind == _FREE:
            return self._letters
        if kind == _TIED and self._last:
            character = self._last
        return self._only(int(self._vocabulary.encode(character)[0]))

    def advance(self, character: str) -> None:
        """The song continues with this character."""
        if self._at < len(self._template) and self._template[self._at][1]:
            self._last = character
        self._at += 1

    def _only(self, symbol: int) -> np.ndarray:
        mask = np.zeros(self._vocabulary.size, bool)
        mask[symbol] = True
        return mask


def _template(reading: Reading) -> list[tuple[str, str]]:
    """(character, _FREE, _TIED or "") of the song, without what belongs to pitches alone."""
    found: list[tuple[str, str]] = []
    tied = False
    for index, character in enumerate(reading.text):
        kind = Kind(int(reading.kinds[index])) if index >= reading.body else None
        if kind in (Kind.OCTAVE, Kind.ACCIDENTAL):
            continue
        if kind == Kind.NOTE:
            found.append((character, _TIED if tied else _FREE))
            tied = False
            continue
        if kind == Kind.TIE:
            tied = True
        found.append((character, ""))
    return found
