"""Near-duplicate families: tunes that share melody must not sit on both sides of a split.

A melody is compared by its intervals, so a tune and its transposition are alike. The scan reads
note letters with the key's accidentals and nothing else: rhythm, repeats and ornaments may differ.
"""

import hashlib
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from songrnn.corpus.tunebook import Split

SHINGLE = 10  # notes
SHARED_AT_LEAST = 6  # shingles
SHARED_PORTION = 0.3  # of the shorter tune's shingles

_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTAL = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2, "": None}
# What holds letters that are no notes goes first: fields, quotes, graces, decorations.
_NOT_NOTES = re.compile(
    r'^[A-Za-z+]:[^\n]*$|"[^"\n]*"|\{[^}\n]*\}|![^!\n]*!|\[[A-Za-z]:[^]\n]*\]', re.M
)
_NOTE = re.compile(r"(\^\^|\^|=|__|_|)([A-Ga-g])([,']*)|(\|)")
_KEY = re.compile(r"\s*([A-G])([#b]?)\s*([A-Za-z]{0,3})")
_FIFTHS = {"C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "F": -1}
_MODE_FIFTHS = {"": 0, "maj": 0, "ion": 0, "mix": -1, "dor": -2, "m": -3, "min": -3}
_MODE_FIFTHS |= {"aeo": -3, "phr": -4, "loc": -5, "lyd": 1}


def key_signature(key: str) -> dict[str, int]:
    """Letter -> semitones for the key field's value; nothing for what is no key."""
    match = _KEY.match(key)
    if match is None:
        return {}
    letter, accidental, mode = match.groups()
    fifths = _FIFTHS[letter] + {"#": 7, "b": -7, "": 0}[accidental]
    fifths += _MODE_FIFTHS.get(mode.lower() if mode != "M" else "", 0)
    sharps = dict.fromkeys("FCGDAEB"[: max(fifths, 0)], 1)
    return sharps | dict.fromkeys("BEADGCF"[: max(-fifths, 0)], -1)


def melody(body: str, key: str) -> tuple[int, ...]:
    """The semitones of the notes in order, accidentals lasting until the bar line.

    >>> melody("CD^F F|F", "C")
    (0, 2, 6, 6, 5)
    """
    signature = key_signature(key)
    accidentals: dict[str, int] = {}
    pitches: list[int] = []
    for sign, letter, octaves, barline in _NOTE.findall(_NOT_NOTES.sub(" ", body)):
        if barline:
            accidentals = {}
            continue
        name = letter.upper()
        written = _ACCIDENTAL[sign]
        if written is not None:
            accidentals[name] = written
        shift = accidentals.get(name, signature.get(name, 0))
        octave = 12 * (letter.islower() + octaves.count("'") - octaves.count(","))
        pitches.append(_SEMITONES[name] + shift + octave)
    return tuple(pitches)


def intervals(pitches: Sequence[int]) -> bytes:
    """The steps between neighbours, one byte each: alike for a melody and its transpositions."""
    steps = (b - a for a, b in itertools.pairwise(pitches))
    return bytes((step + 128) % 256 for step in steps)


def shingles(steps: bytes) -> set[bytes]:
    """All runs of SHINGLE notes, as SHINGLE − 1 steps."""
    width = SHINGLE - 1
    return {steps[i : i + width] for i in range(len(steps) - width + 1)}


def families(melodies: Sequence[bytes]) -> list[int]:
    """For each melody (as `intervals`) the index of the first member of its family.

    Two tunes belong together when at least SHARED_PORTION of the shorter one's shingles, and at
    least SHARED_AT_LEAST, are shared; families are what such pairs connect.
    """
    parent = list(range(len(melodies)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    sets = [shingles(steps) for steps in melodies]
    holders: defaultdict[bytes, list[int]] = defaultdict(list)
    for i, own in enumerate(sets):
        shared: Counter[int] = Counter()
        for shingle in own:
            shared.update(holders[shingle])
            holders[shingle].append(i)
        for j, count in shared.items():
            shorter = min(len(own), len(sets[j]))
            if count >= SHARED_AT_LEAST and count >= SHARED_PORTION * shorter:
                a, b = sorted((root(i), root(j)))
                parent[b] = a
    return [root(i) for i in range(len(melodies))]


def split_of(smallest_melody: bytes) -> Split:
    """The split of a family, from the hash of its smallest melody: 80, 10 and 10 %.

    It depends on the family alone, so adding tunes moves almost none.
    """
    digit = int(hashlib.sha256(smallest_melody).hexdigest(), 16) % 10
    return "train" if digit < 8 else "validation" if digit == 8 else "test"
