"""Kin: tunes whose family is among those that a network learned from.

What a network makes of a tune that it knows says nothing of its skill. A split by families keeps
kin out of a corpus's own held-out tunes; it cannot for a run that began with another run's
weights, or for files that came ready split. A melody is enough to tell, so a corpus can be gone.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.families import families, intervals, melody
from songrnn.corpus.tunebook import Tune


def melodies_of(tunes: Sequence[Tune]) -> list[bytes]:
    """The melody of each tune, as `families.intervals`: alike in every key, without rhythm."""
    return [intervals(melody(tune.text, tune.key)) for tune in tunes]


def kin(learned: Sequence[bytes], melodies: Sequence[bytes]) -> NDArray[np.bool_]:
    """For each of `melodies` whether it belongs to a family with one of `learned`: (N,).

    Equal melodies are kin however short; besides, the rule is that of `families`.
    """
    if not learned or not melodies:
        return np.zeros(len(melodies), bool)
    known = set(learned)
    # A melody that was learned comes first, so a family with one is named after it.
    roots = families([*learned, *melodies])[len(learned) :]
    return np.array(
        [
            (root < len(learned)) or (bool(steps) and steps in known)
            for root, steps in zip(roots, melodies, strict=True)
        ]
    )
