"""Training tunes in other keys: the same melody, written as it would be in a key its mode is at home in.

Folk tunes keep to few keys (fiddlers' D, G and A), and a network has to write in those. So a tune
is not moved to any of twelve keys alike: the new tonic is drawn from the tonics that the training
tunes of the same mode have, as often as they have them. What the network sees of keys stays as it
is, and every melody is seen in several of them.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import UnknownCharacterError
from songrnn.notation.reader import read
from songrnn.notation.reading import Key, Reading
from songrnn.notation.tables import NATURAL_SEMITONES
from songrnn.notation.transpose import transpose

# No tune is moved further than this, in semitones: beyond it lies another instrument's range.
FURTHEST = 6


class Transpositions:
    """The training tunes, each in the keys it may be read in. Copies are made when first drawn.

    texts: the tunes as text. share: of the tunes of an epoch that are drawn again in a key of
    their mode, which may be their own; the rest stay as they are. A copy that needs characters
    the vocabulary has not is replaced by the original. originals: ids of the tunes as they are,
    (T,) int64 each.
    """

    def __init__(self, texts: Sequence[str], vocabulary: Vocabulary, share: float) -> None:
        self._texts = tuple(texts)
        self._vocabulary = vocabulary
        self._share = share
        self.originals = [vocabulary.encode(text) for text in texts]
        keys = [_key_of(read(text)) for text in texts] if share else [None] * len(texts)
        at_home: dict[str, Counter[int]] = {}
        for key in keys:
            if key is not None:
                at_home.setdefault(key.mode, Counter())[_tonic(key)] += 1
        self._keys = [None if key is None else (_tonic(key), key.mode) for key in keys]
        # mode -> tonics and how often a tune of that mode has one of the first so many.
        self._tonics = {mode: np.array(sorted(tonics)) for mode, tonics in at_home.items()}
        self._odds = {
            mode: np.cumsum([tonics[int(tonic)] for tonic in self._tonics[mode]]) / tonics.total()
            for mode, tonics in at_home.items()
        }
        self._copies: dict[tuple[int, int], np.ndarray] = {}

    def draw(self, rng: np.random.Generator) -> list[np.ndarray]:
        """The ids of every tune, (T,) int64 each, in the keys of one epoch.

        Two numbers are drawn for each tune whatever comes of them, so what an epoch reads
        depends on the generator's state at its start alone.
        """
        if not self._share:
            return self.originals
        moved, places = rng.random((2, len(self._texts)))
        return [
            self._copy(index, self.shift(index, place)) if draw < self._share else original
            for index, (original, draw, place) in enumerate(
                zip(self.originals, moved, places, strict=True)
            )
        ]

    def shift(self, index: int, place: float) -> int:
        """Semitones, −6 to 6, to the tonic at `place`, 0 to 1, among those of the tune's mode."""
        key = self._keys[index]
        if key is None:
            return 0
        tonic, mode = key
        wanted = self._tonics[mode][int(np.searchsorted(self._odds[mode], place, side="right"))]
        up = int(wanted - tonic) % 12
        return up if up <= FURTHEST else up - 12

    def _copy(self, index: int, semitones: int) -> np.ndarray:
        if semitones == 0:
            return self.originals[index]
        made = self._copies.get((index, semitones))
        if made is None:
            try:
                moved = transpose(read(self._texts[index]), semitones)
                made = self._vocabulary.encode(moved)
            except UnknownCharacterError:
                made = self.originals[index]
            self._copies[index, semitones] = made
        return made


def _key_of(reading: Reading) -> Key | None:
    """The tune's first key, when it has a tonic to move."""
    key = reading.keys[0].value if reading.keys else None
    return key if key is not None and key.tonic else None


def _tonic(key: Key) -> int:
    """The pitch class of a key's tonic, 0 for C."""
    return (NATURAL_SEMITONES[key.tonic] + key.accidental) % 12
