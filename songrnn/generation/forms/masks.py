"""Sets of characters as symbols of a vocabulary, for rules that say which may follow."""

from functools import lru_cache

import numpy as np

from songrnn.corpus.vocabulary import END, Vocabulary


class Masks:
    """Sets of characters as symbols of one vocabulary, each made once."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._size = vocabulary.size
        self.symbols = {vocabulary.decode([s]): s for s in range(END + 1, vocabulary.size)}
        self._made: dict[tuple[str, bool], np.ndarray] = {}

    def of(self, characters: str, *, end: bool = False) -> np.ndarray:
        """bool (V,): these characters, and END where `end` says so. Shared: not to be changed."""
        found = self._made.get((characters, end))
        if found is None:
            found = np.zeros(self._size, bool)
            for character in characters:
                if character in self.symbols:
                    found[self.symbols[character]] = True
            found[END] = end
            self._made[characters, end] = found
        return found

    def allows(self, mask: np.ndarray, character: str) -> bool:
        """Whether a mask (V,) holds a character."""
        symbol = self.symbols.get(character)
        return symbol is not None and bool(mask[symbol])


@lru_cache(maxsize=4)
def masks_of(vocabulary: Vocabulary) -> Masks:
    """The masks for a vocabulary."""
    return Masks(vocabulary)
