"""Near-duplicate families: tunes that share melody must not sit on both sides of a split.

A melody is compared by its intervals, so a tune and its transposition are alike. The scan reads
note letters with the key's accidentals and nothing else: rhythm, repeats and ornaments may differ.
"""

import hashlib
import itertools
import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Split

SHINGLE = 10  # notes
SHARED_AT_LEAST = 6  # shingles
SHARED_PORTION = 0.3  # of the shorter tune's shingles
_PAIRS_AT_A_TIME = 2_000_000

_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTAL = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2, "": None}
# What holds letters that are no notes goes first: fields, quotes, graces, decorations.
_NOT_NOTES = re.compile(
    r'^[A-Za-z+]:[^\n]*$|"[^"\n]*"|\{[^}\n]*\}|![^!\n]*!|\[[A-Za-z]:[^]\n]*\]', re.M
)
_NOTE = re.compile(r"(\^\^|\^|=|__|_|)([A-Ga-g])([,']*)")
_NOTE_OR_BAR = re.compile(r"(?:\^\^|\^|=|__|_|)[A-Ga-g][,']*|\|")
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
    signature = dict.fromkeys("CDEFGAB", 0) | key_signature(key)
    in_force = dict(signature)  # until the bar line
    pitches: list[int] = []
    for token in _NOTE_OR_BAR.findall(_NOT_NOTES.sub(" ", body)):
        if token == "|":
            in_force = dict(signature)
            continue
        name, written, natural = _parts_of(token)
        if written is not None:
            in_force[name] = written
        pitches.append(natural + in_force[name])
    return tuple(pitches)


@lru_cache(maxsize=1024)
def _parts_of(note: str) -> tuple[str, int | None, int]:
    """The letter in capitals, the accidental, and the pitch of the letter in its octave."""
    match = _NOTE.fullmatch(note)
    assert match is not None, note
    sign, letter, octaves = match.groups()
    octave = 12 * (letter.islower() + octaves.count("'") - octaves.count(","))
    return letter.upper(), _ACCIDENTAL[sign], _SEMITONES[letter.upper()] + octave


def intervals(pitches: Sequence[int]) -> bytes:
    """The steps between neighbours, one byte each: alike for a melody and its transpositions."""
    return bytes([(b - a + 128) % 256 for a, b in itertools.pairwise(pitches)])


def families(melodies: Sequence[bytes]) -> list[int]:
    """For each melody (as `intervals`) the index of the first member of its family.

    Families are what the pairs of `alike_pairs` connect.
    """
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    ends = alike_pairs(melodies)
    linked = (np.ones(ends.shape[1], np.int8), (ends[0], ends[1]))
    graph = sparse.csr_array(linked, shape=(len(melodies), len(melodies)))
    family = connected_components(graph, directed=False)[1]
    # np.unique names the first place of each family.
    return np.unique(family, return_index=True)[1][family].tolist()


def alike_pairs(melodies: Sequence[bytes]) -> NDArray[np.int64]:
    """The pairs (2, N) of melodies that are near-duplicates, the smaller index above.

    At least SHARED_PORTION of the shorter one's shingles, and at least SHARED_AT_LEAST, are shared.
    melodies: steps from note to note, a byte each.
    """
    from scipy import sparse

    tunes, shingles = _shingles(melodies)
    own = np.bincount(tunes, minlength=len(melodies))  # shingles of each tune
    holders = np.bincount(shingles)
    shared = holders[shingles] > 1
    tunes, shingles = tunes[shared], shingles[shared]
    if not len(tunes):
        return np.zeros((2, 0), np.int64)
    ones = np.ones(len(tunes), np.int32)
    holds = sparse.csr_array((ones, (tunes, shingles)), shape=(len(melodies), len(holders)))
    held_by = holds.T.tocsr()
    # What a tune shares with the others takes memory for each: so many tunes at a time.
    work = np.cumsum(np.bincount(tunes, holders[shingles], minlength=len(melodies)))
    bounds = np.flatnonzero(np.diff(work // _PAIRS_AT_A_TIME)) + 1
    pairs = []
    for start, end in itertools.pairwise([0, *bounds.tolist(), len(melodies)]):
        common = (holds[start:end] @ held_by).tocoo()
        one, other, count = common.row + start, common.col, common.data
        enough = SHARED_PORTION * np.minimum(own[one], own[other])
        alike = (one < other) & (count >= SHARED_AT_LEAST) & (count >= enough)
        pairs.append(np.stack([one[alike], other[alike]]))
    return np.concatenate(pairs, axis=1).astype(np.int64)


def alike_by_letters(train: Sequence[str], held: Sequence[str]) -> NDArray[np.bool_]:
    """Which texts held out (n,) share as much with a training text when only letters are compared.

    `families` compares semitones, so that a tune written in another mode, or with other accidentals,
    may be missed. Here a step is counted in letters, whatever the key says.
    """
    ends = alike_pairs([intervals(_places(text)) for text in (*train, *held)])
    across = ends[1, (ends[0] < len(train)) & (ends[1] >= len(train))] - len(train)
    return np.isin(np.arange(len(held)), across)


def _places(text: str) -> list[int]:
    """The notes of a text by letter and octave: neighbouring letters are one apart."""
    found = []
    for _, letter, octaves in _NOTE.findall(_NOT_NOTES.sub(" ", text)):
        octave = letter.islower() + octaves.count("'") - octaves.count(",")
        found.append("CDEFGAB".index(letter.upper()) + 7 * octave)
    return found


def _shingles(melodies: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """All runs of SHINGLE notes: the tune (N,) int64 and a number (N,) int64 alike for like runs.

    Each run is there once for each tune that has it. A run is SHINGLE − 1 = 9 steps of a byte: 8 of
    them make an integer, the ninth stands beside it.
    """
    steps = np.frombuffer(b"".join(melodies), np.uint8)
    lengths = np.array([len(melody) for melody in melodies], dtype=np.int64)
    runs = np.maximum(lengths - (SHINGLE - 2), 0)
    tunes = np.repeat(np.arange(len(melodies)), runs)
    # Where each run begins: its tune's first step, and its place among the tune's runs.
    places = np.arange(runs.sum()) + np.repeat(
        np.cumsum(lengths) - lengths - (np.cumsum(runs) - runs), runs
    )
    eight = np.zeros(len(places), np.uint64)
    for step in range(SHINGLE - 2):
        eight = (eight << np.uint64(8)) | steps[places + step]
    ninth = steps[places + SHINGLE - 2] if len(places) else np.zeros(0, np.uint8)
    order = np.lexsort((tunes, ninth, eight))
    eight, ninth, tunes = eight[order], ninth[order], tunes[order]
    other = np.ones(len(places), bool)
    other[1:] = (eight[1:] != eight[:-1]) | (ninth[1:] != ninth[:-1])
    numbers = np.cumsum(other) - 1
    first = other.copy()
    first[1:] |= tunes[1:] != tunes[:-1]
    return tunes[first], numbers[first]


def split_of(smallest_melody: bytes) -> Split:
    """The split of a family, from the hash of its smallest melody: 80, 10 and 10 %.

    It depends on the family alone, so adding tunes moves almost none.
    """
    digit = int(hashlib.sha256(smallest_melody).hexdigest(), 16) % 10
    return "train" if digit < 8 else "validation" if digit == 8 else "test"
