"""Chord symbols such as "Am", "C/e", "G(Em)" (ABC 2.1, 4.18): what they name, and moved.

A root, perhaps a type, perhaps a bass after a slash; an alternative may stand in brackets. Words in
quotes that are no chord, such as "Fine", are left alone.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

# "+" is Nottingham's sharp of a bass: "D/f+".
SEMITONES = {"#": 1, "♯": 1, "+": 1, "b": -1, "♭": -1, "=": 0, "": 0}

_TYPE = (
    r"(?:(?:major|minor|maj|min|dim|aug|sus|add|alt|omit|dom|no|mi|ma|m|M|j|h|[+°ºoøΔ^-]|[0-9]{1,2}"
    r"|[#b♯♭](?=[0-9])|/(?=[0-9])|[(][#b♯♭+-]?(?:maj|add|no|omit)?[0-9]{1,2}[)]|,(?=\S)| (?=[^\sm])){0,8})"
)
_ROOT = r"(?P<root>[A-Ga-g])(?P<sharp>[#b♯♭=]?)"
_BASS = r"(?:(?P<slash>[/\\])(?P<bass>[A-Ga-g])(?P<bass_sharp>[#b♯♭+=]?))?"
_ONE = re.compile(rf"{_ROOT}(?P<type>{_TYPE}){_BASS}")
_NAMELESS = re.compile(r"\(\?P<\w+>").sub("(?:", _ONE.pattern)
_WHOLE = re.compile(rf"\s*(?:{_NAMELESS}(?:\s*\({_NAMELESS}\))?|\({_NAMELESS}\))\s*$")
_LONGEST = 40


class ChordName(NamedTuple):
    """root, bass: (letter, semitones); bass None when it is the root. quality: as written.
    bass_note: whether the root is in small letters, a bass note without a chord."""

    root: tuple[str, int]
    quality: str
    bass: tuple[str, int] | None
    bass_note: bool = False


@lru_cache(maxsize=2048)
def is_chord(text: str) -> bool:
    """Whether a text in quotes names a chord.

    >>> [is_chord(text) for text in ("Am", "C/e", "D/f+", "(G)", "G(Em)", "A7sus4")]
    [True, True, True, True, True, True]
    >>> [is_chord(text) for text in ("Fine", "D.C.", "G minor", "^slow")]
    [False, False, False, False]
    """
    return len(text) <= _LONGEST and _WHOLE.match(text) is not None


@lru_cache(maxsize=2048)
def parse_chord(text: str) -> ChordName | None:
    """The chord that a text names, the first when there is an alternative; None when it is none.

    >>> parse_chord("Bb7/D")
    ChordName(root=('B', -1), quality='7', bass=('D', 0), bass_note=False)
    """
    if not is_chord(text):
        return None
    match = _ONE.match(text.strip().lstrip("("))
    if match is None:
        return None
    bass = (match["bass"].upper(), SEMITONES[match["bass_sharp"]]) if match["bass"] else None
    return ChordName(
        (match["root"].upper(), SEMITONES[match["sharp"]]),
        match["type"].strip(),
        bass,
        match["root"].islower(),
    )


def moved_chord(text: str, move: Callable[[str, int], tuple[str, int]]) -> str:
    """A chord symbol whose roots and basses are moved; a text that is no chord comes back.

    move: a letter (capital) and its accidental in semitones -> where they go, -1 to 1 semitones.
    """
    if not is_chord(text):
        return text
    unicode = any(sign in text for sign in "♯♭")
    signs = {1: "♯" if unicode else "#", -1: "♭" if unicode else "b", 0: ""}

    def name(letter: str, sharp: str) -> str:
        moved, semitones = move(letter.upper(), SEMITONES[sharp])
        return (moved.lower() if letter.islower() else moved) + signs[semitones]

    def one(match: re.Match[str]) -> str:
        bass = match["slash"] + name(match["bass"], match["bass_sharp"]) if match["bass"] else ""
        return name(match["root"], match["sharp"]) + match["type"] + bass

    return re.sub(r"(?<![^\s(])" + _ONE.pattern + r"(?=[\s()]|$)", one, text)
