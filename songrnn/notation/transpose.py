"""The same tune in another key, as ABC text: keys, accidentals, octaves and chord symbols moved.

Notes are moved along the line of fifths (… B flat F C G D …), where a transposition is one and
the same step for every note of a key and for its signature. So only accidentals that are written
need writing, everything else of the text stays as it is, character for character.
"""

import re
from bisect import bisect_right
from collections.abc import Callable

import numpy as np

from songrnn.notation.chord_symbols import moved_chord
from songrnn.notation.macros import written_out
from songrnn.notation.note_text import accidental_of
from songrnn.notation.reader import read
from songrnn.notation.reading import Key, Kind, Reading
from songrnn.notation.tables import (
    ACCIDENTALS,
    LETTER_FIFTHS,
    LETTERS,
    MICROTONES,
    NATURAL_SEMITONES,
)

_SIGNS: dict[float, str] = {n: sign for sign, n in (ACCIDENTALS | MICROTONES).items()}
_TONIC = re.compile(r"\s*([A-G])([#b♯♭]?)")
_EXPLICIT = re.compile(r"[a-z]{4,}=\S*|(\^\^|__|\^|_|=)([A-Ga-g])")
_LINE = "FCGDAEB"
_PLAIN_NAMES = [
    ("C", 0), ("C", 1), ("D", 0), ("E", -1), ("E", 0), ("F", 0), ("F", 1), ("G", 0), ("A", -1),
    ("A", 0), ("B", -1), ("B", 0),
]  # fmt: skip


class _OutOfRange(Exception):  # noqa: N818 - a turn in the road, not an error anyone sees
    """A spelling needs more than a double sharp or a double flat."""


def transpose(reading: Reading, semitones: int) -> str:
    """The tune `semitones` higher (lower when negative), in the key with the simplest signature.

    A tune without a K: line gets one. Text without notes comes back as it is. Macros (9) are
    written out, for what they look for would stand somewhere else.

    >>> from songrnn.notation.reader import read
    >>> transpose(read("K:D\\nDF^GA|"), 3)
    'K:F\\nFA=Bc|'
    """
    if semitones == 0 or not (reading.kinds == Kind.NOTE).any():
        return reading.text
    if (played := written_out(reading.text)) is not None:
        reading = read(played.text)
    for shift in (0, 12, -12):
        try:
            return _moved(reading, semitones, shift)
        except _OutOfRange:
            continue
    return _respelled(reading, semitones)


def _fifths_of(key: Key) -> int:
    """Where a key's signature lies on the line of fifths; K:HP sounds F and C sharp."""
    return 2 if key.mode == "highland" else key.fifths


def _step(key: Key, semitones: int, shift: int) -> tuple[int, int]:
    """(fifths, letters) that a key's notes move by, for the simplest signature."""
    own = _fifths_of(key)
    fifths = (own + 7 * semitones + 5) % 12 - 5 - own  # to a signature of 5 flats to 6 sharps
    if own < 0 and own + fifths == 6:
        fifths -= 12
    fifths += shift
    return fifths, 4 * fifths - 7 * ((7 * fifths - semitones) // 12)


def _move(letter: str, semitones: int, fifths: int) -> tuple[str, int]:
    """A letter (capital) and its accidental, moved along the line of fifths."""
    place = LETTER_FIFTHS[letter] + 7 * semitones + fifths + 1
    accidental = place // 7
    if not -2 <= accidental <= 2:
        raise _OutOfRange
    return _LINE[place % 7], accidental


class _Steps:
    """By how much each note, chord symbol and key moves: (fifths, letters) of the key it is in.

    Every voice has its own keys; what is in none of them takes the last key of the text before it.
    """

    def __init__(self, reading: Reading, semitones: int, shift: int) -> None:
        self.keys: dict[tuple[int, int], tuple[Key, tuple[int, int]]] = {}
        self._of_note: dict[int, tuple[int, int]] = {}
        for voice in reading.all_voices:
            starts = [change.span[0] for change in voice.keys]
            steps = [_step(change.value, semitones, shift) for change in voice.keys]
            for change, step in zip(voice.keys, steps, strict=True):
                self.keys[change.span] = (change.value, step)
            for event in voice.events if len(reading.voices) else ():
                step = steps[max(bisect_right(starts, event.span[0]) - 1, 0)]
                self._of_note.update(dict.fromkeys([span[0] for span in event.head], step))
        spans = sorted(self.keys)
        self._starts = [span[0] for span in spans]
        self._all = [self.keys[span][1] for span in spans]

    def at(self, start: int) -> tuple[int, int]:
        """For what begins at a character."""
        step = self._of_note.get(start)
        return step or self._all[max(bisect_right(self._starts, start) - 1, 0)]


def _moved(reading: Reading, semitones: int, shift: int) -> str:
    """Every note moved by its key's own step."""
    steps = _Steps(reading, semitones, shift)

    def note(start: int, accidental: str, letter: str, marks: str) -> str:
        fifths, letters = steps.at(start)
        octave = letter.islower() + marks.count("'") - marks.count(",")
        place = octave * 7 + LETTERS.index(letter.upper()) + letters
        sign = ""
        if accidental:
            semitones = accidental_of(accidental) or 0
            _, moved = _move(letter.upper(), int(semitones), fifths)
            if (alteration := moved + semitones - int(semitones)) not in _SIGNS:
                raise _OutOfRange
            sign = _SIGNS[alteration]
        return sign + _written(LETTERS[place % 7], place // 7)

    return _rewrite(reading, note, steps)


def _respelled(reading: Reading, semitones: int) -> str:
    """Every note with an accidental of its own, for what no key can spell."""
    steps = _Steps(reading, semitones, 0)
    spelled = {
        span[0]: step
        for voice in reading.all_voices
        for event in voice.events
        for span, step in zip(event.head, event.steps, strict=True)
    }

    def note(start: int, accidental: str, letter: str, marks: str) -> str:
        _, letters = steps.at(start)
        octave = letter.islower() + marks.count("'") - marks.count(",")
        place = octave * 7 + LETTERS.index(letter.upper()) + letters
        heard = spelled.get(start)
        if heard is None:  # in no voice: as near as its letters come
            return _written(LETTERS[place % 7], place // 7)
        # Semitones above middle C as written: octave= and clefs may sound it elsewhere.
        written = 12 * octave + NATURAL_SEMITONES[heard[0]] + heard[1] + semitones
        # The spelling nearest to the letter the note would have had.
        for other in (place, place + 1, place - 1, place + 2, place - 2):
            natural = 12 * (other // 7) + NATURAL_SEMITONES[LETTERS[other % 7]]
            if abs(written - natural) < 2:
                sign = _SIGNS[written - natural]
                return sign + _written(LETTERS[other % 7], other // 7)
        return accidental + letter + marks

    return _rewrite(reading, note, steps)


def _written(letter: str, octave: int) -> str:
    """A letter in an octave, 0 that of middle C."""
    if octave > 0:
        return letter.lower() + "'" * (octave - 1)
    return letter + "," * -octave


def _rewrite(
    reading: Reading,
    note: Callable[[int, str, str, str], str],
    steps: _Steps,
) -> str:
    """The text with its notes, keys and chord symbols replaced."""
    text, kinds = reading.text, reading.kinds
    changes: list[tuple[int, int, str]] = []
    for index in np.flatnonzero(kinds == Kind.NOTE).tolist():
        start = index
        while start > 0 and kinds[start - 1] == Kind.ACCIDENTAL:
            start -= 1
        end = index + 1
        while end < len(text) and kinds[end] == Kind.OCTAVE:
            end += 1
        moved = note(start, text[start:index], text[index], text[index + 1 : end])
        if start and text[start - 1] in "^_=" and moved[0] in "^_=":
            moved = " " + moved  # a stray sign before it must not join in
        if text[end : end + 1] == ":" and text[start - 1 : start] in ("", "\r", "\n"):
            moved += " "  # a letter and a colon at the beginning of a line would be a field
        changes.append((start, end, moved))
    for mark in [mark for voice in reading.all_voices for mark in voice.marks]:
        if mark.kind == Kind.CHORD_SYMBOL:
            fifths = steps.at(mark.span[0])[0]
            closed = mark.span[1] - (text[mark.span[1] - 1] == '"')
            changes.append((mark.span[0] + 1, closed, _chord_symbol(mark.text, fifths)))
    for (start, end), (key, (fifths, _)) in steps.keys.items():
        if start == end:  # no K: line, so one is made
            name = _key_name(key, fifths)
            changes.append((reading.body, reading.body, f"K:{name}\n"))
            continue
        inline = text[start] == "["
        value_start = start + (3 if inline else 2)
        value_end = end - (inline and text[end - 1] == "]")
        changes.append(
            (value_start, value_end, _key_value(text[value_start:value_end], key, fifths))
        )
    changes.sort(key=lambda change: change[:2])
    pieces: list[str] = []
    at = 0
    for start, end, new in changes:
        if start < at:
            continue
        pieces += [text[at:start], new]
        at = end
    return "".join([*pieces, text[at:]])


def _key_name(key: Key, fifths: int) -> str:
    """The name of a moved key: its tonic, its mode, and what its signature leaves to say."""
    tonic = key.tonic or "C"
    letter, sharp = _tonic(tonic, key.accidental, fifths)
    mode = {"major": "", "minor": "m", "highland": "mix"}.get(key.mode, key.mode[:3])
    return letter + sharp + ("" if key.mode in ("none", "explicit") else mode)


def _tonic(letter: str, accidental: int, fifths: int) -> tuple[str, str]:
    moved, sharp = _move(letter, accidental, fifths)
    if not -1 <= sharp <= 1:
        raise _OutOfRange
    return moved, {1: "#", -1: "b", 0: ""}[sharp]


def _key_value(value: str, key: Key, fifths: int) -> str:
    """A K: field's value, moved; its spelling of the mode, clef and comment stay."""
    tonic = _TONIC.match(value)
    lead = value[: len(value) - len(value.lstrip())]
    if key.mode == "explicit":
        moved = [
            _move(letter, semitones, fifths)
            for letter, semitones in zip(LETTERS, key.alterations, strict=True)
        ]
        signs = " ".join(_SIGNS[sharp] + letter.lower() for letter, sharp in moved if sharp)
        if not key.tonic:
            return f"{lead}{''.join(_tonic('C', 0, fifths))} exp {signs}".rstrip()
        return f"{lead}{''.join(_tonic(key.tonic, key.accidental, fifths))} exp {signs}".rstrip()
    known = tonic is not None and tonic[1] == key.tonic and key.mode not in ("none", "highland")
    if not known or tonic is None:
        return lead + _key_name(key, fifths) + _after_name(value)
    rest = _EXPLICIT.sub(lambda match: _explicit(match, fifths), value[tonic.end() :])
    return lead + "".join(_tonic(key.tonic, key.accidental, fifths)) + rest


def _after_name(value: str) -> str:
    """What a field without a tonic of its own goes on with: a clef, a comment."""
    match = re.search(r"\s*(\b[a-z]{4,}=|%)", value)
    return (" " + value[match.start() :].lstrip()) if match else ""


def _explicit(match: re.Match[str], fifths: int) -> str:
    if match[2] is None:  # clef=alto and its like
        return match[0]
    letter, sharp = _move(match[2].upper(), ACCIDENTALS[match[1]], fifths)
    return _SIGNS[sharp] + (letter.lower() if match[2].islower() else letter)


def _chord_symbol(text: str, fifths: int) -> str:
    """A chord symbol's roots and basses, moved; other words in quotes stay."""

    def move(letter: str, accidental: int) -> tuple[str, int]:
        try:
            moved, sharp = _move(letter, accidental, fifths)
        except _OutOfRange:
            sharp = 2
        if abs(sharp) > 1:  # no one names a chord by a double sharp
            pitch = (NATURAL_SEMITONES[letter] + accidental + 7 * fifths) % 12
            return _PLAIN_NAMES[pitch]
        return moved, sharp

    return moved_chord(text, move)
