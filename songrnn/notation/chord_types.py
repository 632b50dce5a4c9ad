"""Chord types, as chord symbols write them (ABC 2.1, 4.18), and the notes each stands for."""

import re
from functools import lru_cache

# Semitones above the root. As abc2midi plays them, sus4 aside, which it plays as a major chord.
_TYPES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7), "m": (0, 3, 7), "7": (0, 4, 7, 10), "m7": (0, 3, 7, 10),
    "m7b5": (0, 3, 6, 10), "maj7": (0, 4, 7, 11), "6": (0, 4, 7, 9), "m6": (0, 3, 7, 9),
    "aug": (0, 4, 8), "aug7": (0, 4, 8, 10), "dim": (0, 3, 6), "dim7": (0, 3, 6, 9),
    "9": (0, 4, 7, 10, 14), "m9": (0, 3, 7, 10, 14), "maj9": (0, 4, 7, 11, 14),
    "11": (0, 4, 7, 10, 14, 17), "dim9": (0, 3, 6, 9, 13), "sus": (0, 5, 7), "sus4": (0, 5, 7),
    "sus2": (0, 2, 7), "sus9": (0, 2, 7), "7sus": (0, 5, 7, 10), "7sus4": (0, 5, 7, 10),
    "7sus2": (0, 2, 7, 10), "7sus9": (0, 2, 7, 10), "5": (0, 7),
    # Those below abc2midi does not know.
    "mmaj7": (0, 3, 7, 11), "add9": (0, 4, 7, 14), "madd9": (0, 3, 7, 14), "69": (0, 4, 7, 9, 14),
    "m11": (0, 3, 7, 10, 14, 17), "13": (0, 4, 7, 10, 14, 21), "9sus4": (0, 5, 7, 10, 14),
    "7b5": (0, 4, 6, 10), "7#5": (0, 4, 8, 10), "7b9": (0, 4, 7, 10, 13), "7#9": (0, 4, 7, 10, 15),
    "m7#5": (0, 3, 8, 10), "2": (0, 2, 7), "4": (0, 5, 7), "maj6": (0, 4, 7, 9),
}  # fmt: skip
# Other ways to write parts of a type, tried in order.
_SPELLINGS = [
    ("♭", "b"), ("♯", "#"), ("major", "maj"), ("minor", "m"), ("min", "m"), ("Δ", "maj7"),
    ("ø7", "m7b5"), ("ø", "m7b5"), ("°", "dim"), ("º", "dim"), ("dom", ""),
    ("h", "m7b5"), ("^", "maj"), ("mi", "m"), ("ma7", "maj7"),
    ("M", "maj"),
]  # fmt: skip
_BRACKETS = re.compile(r"[() ,]")


@lru_cache(maxsize=512)
def semitones_of(quality: str) -> tuple[int, ...]:
    """The notes of a chord type above its root; of an unknown one as much as is known.

    >>> semitones_of("m7"), semitones_of("min7"), semitones_of("maj7#11")
    ((0, 3, 7, 10), (0, 3, 7, 10), (0, 4, 7, 11))
    """
    name = _BRACKETS.sub("", quality)
    for ours, theirs in _SPELLINGS:
        name = name.replace(ours, theirs)
    if name in ("o", "o7"):
        name = name.replace("o", "dim")
    if name.startswith("j7"):
        name = "ma" + name
    if name.startswith("-"):
        name = "m" + name[1:]
    if name in ("+", "+7", "7+"):
        name = "aug" + name.replace("+", "")
    if name == "maj":
        name = ""
    for length in range(len(name), -1, -1):
        if name[:length] in _TYPES:
            return _TYPES[name[:length]]
    return _TYPES[""]
