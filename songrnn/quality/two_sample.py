"""One number for how like real tunes songs are: how well a judge tells them apart.

A classifier learns to tell songs from real tunes by their `traits`, and is asked about others than
it learned from: families of tunes stay together in the cross-validation. The area under its ROC
curve (AUC) is the chance that of a song and a real tune it finds the song the more machine-like:
0.5 is a guess, 1 no doubt ever (the classifier two-sample test, Lopez-Paz and Oquab 2017). Beside
it stands the control, real tunes against other real ones: what such a judge finds where there is
nothing to find.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from songrnn.quality.traits import NAMES
from songrnn.statistics import Interval

FOLDS = 5
TREES = 200
# Songs of either kind that such a judge needs to learn anything.
FEWEST = 20


@dataclass(frozen=True)
class Giveaway:
    """A trait and how well it alone tells songs from real tunes.

    auc: 0.5 to 1, whichever way it points. songs, real: its medians; NaN where none has any.
    """

    name: str
    auc: float
    songs: float
    real: float


def two_sample_auc(
    songs: NDArray[np.float64],
    real: NDArray[np.float64],
    real_families: Sequence[str],
    song_families: Sequence[str] | None = None,
    *,
    seed: int = 0,
) -> Interval:
    """AUC of telling songs (n, traits) from real tunes (m, traits), with its 95 % interval.

    Tunes of one family are never on both sides of a fold; without families every song is its own.
    The scores are those of the folds that a tune was left out of; the
    interval is DeLong's (1988) of these scores, so it says how sure the figure is for this judge.
    ValueError with fewer than FEWEST of either.
    """
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.model_selection import StratifiedGroupKFold

    if min(len(songs), len(real)) < FEWEST:
        raise ValueError(f"a judge needs {FEWEST} songs and {FEWEST} real tunes at least")
    x = np.vstack([songs, real])
    y = np.repeat([1, 0], [len(songs), len(real)])
    if song_families is None:
        song_families = [f"song {n}" for n in range(len(songs))]
    groups = np.unique([*song_families, *real_families], return_inverse=True)[1]
    scores = np.empty(len(x))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for learn, ask in folds.split(x, y, groups):
        judge = ExtraTreesClassifier(
            TREES, min_samples_leaf=2, max_features=0.3, random_state=seed, class_weight="balanced"
        )
        scores[ask] = judge.fit(x[learn], y[learn]).predict_proba(x[ask])[:, 1]
    return delong(scores[y == 1], scores[y == 0])


def delong(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> Interval:
    """AUC of scores (n,) and (m,) with DeLong's 95 % interval; n is that of both.

    Each score's placement is the share of the other side that it beats, ties by half; the variance
    of the AUC is var(placements of one side) / n + the same of the other / m.

    >>> delong(np.array([2.0, 3.0]), np.array([0.0, 1.0])).estimate
    1.0
    """
    wins = (positive[:, None] > negative).astype(float) + 0.5 * (positive[:, None] == negative)
    n, m = wins.shape
    variance = wins.mean(1).var(ddof=1) / n + wins.mean(0).var(ddof=1) / m
    reach = NormalDist().inv_cdf(0.975) * float(np.sqrt(variance))
    auc = float(wins.mean())
    return Interval(auc, max(auc - reach, 0.0), min(auc + reach, 1.0), n + m)


def giveaways(songs: NDArray[np.float64], real: NDArray[np.float64]) -> list[Giveaway]:
    """Every trait by how much it gives away alone, the most telling first.

    A tune without a value counts as one below all others.
    """
    found = []
    for column, name in enumerate(NAMES):
        ours, theirs = songs[:, column], real[:, column]
        auc = delong(*(np.nan_to_num(side, nan=-np.inf) for side in (ours, theirs))).estimate
        medians = [
            float(np.nanmedian(s)) if np.isfinite(s).any() else np.nan for s in (ours, theirs)
        ]
        found.append(Giveaway(name, max(auc, 1 - auc), *medians))
    return sorted(found, key=lambda one: -one.auc)
