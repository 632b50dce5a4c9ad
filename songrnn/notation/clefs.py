"""Clefs and what else K: and V: say of a voice: octaves, transposition, its name (ABC 2.1, 4.6, 7).

What sounds follows abc2midi: `+8` and `-8` after a clef, `octave=` and `transpose=` change it,
the clef itself, `^8`, `_8`, `middle=` and `stafflines=` only change the page.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from songrnn.notation.reading import Clef
from songrnn.notation.tables import CLEFS

_LONGEST_VALUE = 200
_MOST_OCTAVES = 4
_MOST_SEMITONES = 48
_MOST_NAME = 64

_NAMES = "|".join(sorted(CLEFS, key=len, reverse=True))
# Without clef= only whole words are clefs, and letters never are: they name keys.
_CLEF = re.compile(
    rf"(?<!\S)(?:clef=\"?(?:{_NAMES}|[GFCP])|(?:{_NAMES}))"
    r"(?P<line>[1-5])?[,']*(?P<octave>[+^_-](?:8|15))?\"?(?!\S)"
)
_CLEF_NAME = re.compile(rf"(?:clef=)?\"?({_NAMES}|[GFCP])")
_NUMBER = re.compile(r"(?<!\S)(?P<name>octave|transpose|t|shift)=(?P<value>[+-]?[0-9]{1,3})(?!\S)")
_TITLE = re.compile(r"(?<!\S)(?:name|nm)=(?:\"(?P<quoted>[^\"]*)\"?|(?P<bare>\S+))")
# Everything of this kind, to be taken out before the key itself is looked for.
_PARAMETER = re.compile(r"(?<!\S)(?:[a-z]{4,}|t|m|nm)=(?:\"[^\"]*\"?|\S*)")
_LETTERS = {"G": "treble", "F": "bass", "C": "alto", "P": "perc"}


class VoiceSettings(NamedTuple):
    """What a field says of clef, octave, transposition (semitones) and name; None: nothing."""

    clef: Clef | None = None
    octave: int | None = None
    transpose: int | None = None
    title: str | None = None


@lru_cache(maxsize=4096)
def parse_settings(value: str) -> VoiceSettings:
    """The settings in the value of a K: or V: field.

    >>> parse_settings("1 clef=treble-8 transpose=-2")[:3]
    (Clef(name='treble', line=2, octave=-1, printed=-1), None, -2)
    """
    value = value[:_LONGEST_VALUE]
    numbers = {m["name"]: int(m["value"]) for m in _NUMBER.finditer(value)}
    octave = numbers.get("octave")
    transpose = numbers.get("transpose", numbers.get("t"))
    title = _TITLE.search(value)
    return VoiceSettings(
        _clef(value),
        None if octave is None else _within(octave, _MOST_OCTAVES),
        None if transpose is None else _within(transpose, _MOST_SEMITONES),
        (title["quoted"] or title["bare"] or "")[:_MOST_NAME] if title else None,
    )


def without_settings(value: str) -> str:
    """The value of a K: field with clefs and parameters taken out: what is left names the key.

    >>> without_settings("Am bass octave=-1 ^c").split()
    ['Am', '^c']
    """
    return _CLEF.sub(" ", _PARAMETER.sub(" ", _CLEF.sub(" ", value)))


def voice_name(value: str) -> str:
    """The name in the value of a V: field.

    >>> voice_name("T1 clef=bass")
    'T1'
    """
    words = value.split(maxsplit=1)
    return words[0][:_MOST_NAME] if words else ""


def _clef(value: str) -> Clef | None:
    match = _CLEF.search(value)
    if match is None:
        return None
    named = _CLEF_NAME.match(match[0])
    word = named[1] if named else ""
    name = _LETTERS.get(word, word)
    line = int(match["line"] or CLEFS[name])
    octave = match["octave"] or ""
    up = 1 if octave[:1] in ("+", "^") else -1
    printed = up * {"": 0, "8": 1, "15": 2}[octave[1:]]
    return Clef(name, line, printed if octave[:1] in ("+", "-") else 0, printed)


def _within(value: int, most: int) -> int:
    return max(-most, min(most, value))
