"""The weights that a fine-tuning begins with: those of another run, fitted to its own characters.

Characters are matched by the character itself, whatever its number. All of the source's stay, so
that it can still read what it could read; those that only the new tunes have get a row each in
embedding and readout. Such a row is that of the character it most resembles: the same letter
without its accent, or in the other case, else the mean over the characters of its kind, else over
all. The readout's bias is lowered by how much rarer the new one is in the new tunes.
"""

import math
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from songrnn.corpus.vocabulary import SPECIAL, Vocabulary

_ROWS = ("embedding.weight", "readout.weight", "readout.bias")


@dataclass(frozen=True, eq=False)
class WarmStart:
    """vocabulary: of the source and the new tunes. weights: name -> float32 array of that size.

    resembles: each new character with those whose rows it begins with (their mean).
    """

    vocabulary: Vocabulary
    weights: Mapping[str, np.ndarray]
    resembles: Mapping[str, str]


def warm_start(
    known: Vocabulary, weights: Mapping[str, np.ndarray], texts: Sequence[str], characters: str
) -> WarmStart:
    """What a fine-tuning begins with.

    known, weights: of the source. texts: the training tunes; characters: of all the new tunes.
    """
    new = sorted(set(characters) - set(known.characters))
    vocabulary = Vocabulary(tuple(sorted({*known.characters, *new})))
    if not new:
        return WarmStart(vocabulary, dict(weights), {})
    counts = Counter[str]()
    for text in texts:
        counts.update(text)
    resembles = {character: resembling(character, known) for character in new}
    old = {character: number for number, character in enumerate(known.characters, SPECIAL)}
    made = dict(weights)
    for name in _ROWS:
        source = weights[name]
        rows = list(source[:SPECIAL])
        for character in vocabulary.characters:
            if character in old:
                rows.append(source[old[character]])
                continue
            alike = resembles[character]
            row = source[[old[one] for one in alike]].mean(0)
            if name == "readout.bias":
                usual = sum(counts[one] for one in alike) / len(alike)
                row = row + min(0.0, math.log((counts[character] + 0.5) / (usual + 0.5)))
            rows.append(row)
        made[name] = np.stack(rows).astype(np.float32)
    return WarmStart(vocabulary, made, resembles)


def resembling(character: str, known: Vocabulary) -> str:
    """The known characters that a new one begins like.

    >>> resembling("é", Vocabulary.of("abeE:"))
    'e'
    >>> resembling("ß", Vocabulary.of("aB:"))
    'a'
    """
    there = set(known.characters)
    bare = unicodedata.normalize("NFKD", character)[0]
    for one in (bare, bare.swapcase()):
        if one in there:
            return one
    for kind in (unicodedata.category(character), unicodedata.category(character)[0]):
        alike = [one for one in known.characters if unicodedata.category(one).startswith(kind)]
        if alike:
            return "".join(alike)
    return "".join(known.characters)
