"""Characters and their ids. START and END are symbols of their own, not spelled-out characters."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from songrnn.errors import CorpusError, UnknownCharacterError

START = 0
END = 1
SPECIAL = 2  # how many ids come before the characters


@dataclass(frozen=True)
class Vocabulary:
    """Id 0 is START, 1 is END, then the characters in code-point order.

    >>> Vocabulary.of(["abba"]).encode("ab")
    array([2, 3])
    """

    characters: tuple[str, ...]

    def __post_init__(self) -> None:
        # Sorted, so that the ids never depend on the order in which a set was walked.
        if list(self.characters) != sorted(set(self.characters)):
            raise CorpusError("A vocabulary's characters must be distinct and in code-point order.")
        if any(len(character) != 1 for character in self.characters):
            raise CorpusError("A vocabulary consists of single characters.")

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """The vocabulary of all characters in the texts."""
        return cls(tuple(sorted(set().union(*texts))))

    @property
    def size(self) -> int:
        """V: the characters and the two symbols."""
        return len(self.characters) + SPECIAL

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """How each id is shown: "START", "END", ↵ for newline, ␣ for space, else the character."""
        visible = {"\n": "↵", " ": "␣"}
        return ("START", "END", *(visible.get(c, c) for c in self.characters))

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {character: i + SPECIAL for i, character in enumerate(self.characters)}

    def encode(self, text: str) -> np.ndarray:
        """Ids (T,) int64 of a text, with neither START nor END.

        Raises UnknownCharacterError with the first character that is not among these.
        """
        ids = self._ids
        try:
            return np.array([ids[character] for character in text], dtype=np.int64)
        except KeyError:
            position, character = self.unknown(text)[0]
            raise UnknownCharacterError(character, position, text) from None

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids; START and END give nothing."""
        return "".join(self.characters[i - SPECIAL] for i in ids if i >= SPECIAL)

    def unknown(self, text: str) -> list[tuple[int, str]]:
        """(position, character) of all characters of the text that are not among these."""
        return [(i, character) for i, character in enumerate(text) if character not in self._ids]
