"""How well each property predicts each unit: held-out R² from sums alone, in one pass.

For every unit and every property one score: the R² with which a straight line from the property
predicts the activation, fitted on some tunes and measured on others, over the characters where
the property means something (its mask). A unit *reads* a property when its activation follows
it; it *remembers* it when the activation still does after the unit's mean for the character
just read is taken away: more than an echo of that character. Those means are formed within the
property's own mask and on the fitted tunes; formed over all characters they would carry what
tells the mask from the rest into every property that has one.

N units, C columns of the table of properties, V characters that occur.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from songrnn.inspection.properties import COLUMNS, FIRST_COLUMN, PROPERTIES
from songrnn.inspection.sums import Floats, Sums

Kind = Literal["reads", "remembers"]
KINDS: tuple[Kind, ...] = ("reads", "remembers")

# Characters below which nothing is fitted or measured.
_FEWEST = 10
# A property that means something on some characters only can explain only what the unit does
# there (or, for remembering, what the character leaves over). Below this share of the unit's
# variance that is too little to be what the unit does, and there is no score.
LEAST_SHARE = 0.01


def scores(fit: Sums, held: Sums) -> dict[Kind, Floats]:
    """Held-out R² (properties, N) of each kind: lines fitted on `fit`, measured on `held`.

    −inf where a property has too few characters or does not vary, and where the unit hardly
    varies (LEAST_SHARE).
    """
    N = fit.y.shape[1]
    found = {kind: np.full((len(PROPERTIES), N), -np.inf) for kind in KINDS}
    if fit.n.sum() < _FEWEST or held.n.sum() < _FEWEST:
        return found
    least = LEAST_SHARE * (held.yy.sum(0) - held.y.sum(0) ** 2 / held.n.sum()) / held.n.sum()
    by_mask: dict[bytes, dict[Kind, tuple[_Half, _Half]]] = {}
    for place, (each, first) in enumerate(zip(PROPERTIES, FIRST_COLUMN, strict=True)):
        mask = fit.masks[:, first].tobytes() + held.masks[:, first].tobytes()
        if mask not in by_mask:
            by_mask[mask] = _halves(fit, held, first)
        columns = slice(first, first + each.columns)
        for kind, (one, other) in by_mask[mask].items():
            if min(one.n.sum(), other.n.sum()) < _FEWEST:
                continue
            score = _r_squared(_moments(fit, one, columns), _moments(held, other, columns), least)
            if score is not None:
                found[kind][place] = score
    return found


@dataclass(frozen=True, eq=False)
class _Moments:
    """Of a mask's characters: n; x (d,), xx (d, d) of a property's d columns; y, yy (N,); xy (d, N)."""

    n: float
    x: Floats
    xx: Floats
    y: Floats
    yy: Floats
    xy: Floats


def _moments(sums: Sums, half: "_Half", columns: slice) -> _Moments:
    x = half.x[:, columns]  # (V, d)
    first = columns.start
    xx = sums.xx[first : first + 1, None]
    if x.shape[1] == 2:
        cross = sums.following[first]
        xx = np.array([[sums.xx[first], cross], [cross, sums.xx[first + 1]]])
    xy = sums.xy[columns]
    if half.taken is not None:
        xy = xy - x.T @ half.taken
    return _Moments(float(half.n.sum()), x.sum(0), xx, half.y.sum(0), half.yy, xy)


def _r_squared(fit: _Moments, held: _Moments, least: Floats) -> Floats | None:
    """(N,) R² on `held` of the lines through `fit`; None when the property does not vary.

    −inf where the activations' variance on `held` is not above `least` (N,).
    """
    spread = fit.xx - np.outer(fit.x, fit.x) / fit.n
    if np.linalg.eigvalsh(spread)[0] < 1e-6 * fit.n:
        return None
    slope = np.linalg.solve(spread, fit.xy - np.outer(fit.x, fit.y) / fit.n)  # (d, N)
    constant = (fit.y - fit.x @ slope) / fit.n
    missed = (
        held.yy
        - 2 * constant * held.y
        - 2 * (slope * held.xy).sum(0)
        + held.n * constant * constant
        + 2 * constant * (held.x @ slope)
        + np.einsum("dn,de,en->n", slope, held.xx, slope)
    )
    total = held.yy - held.y * held.y / held.n
    enough = total > np.maximum(least, 1e-9) * held.n
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(enough, 1 - missed / total, -np.inf)


@dataclass(frozen=True, eq=False)
class _Half:
    """A mask's characters by kind of character: n (V,), x (V, C), y (V, N), yy (N,); taken (V, N):
    means that y and yy are without, if any."""

    characters: NDArray[np.int64]
    n: Floats
    x: Floats
    y: Floats
    yy: Floats
    taken: Floats | None = None

    def without(self, means: Floats) -> "_Half":
        """What is left when these means (V, N) of each character are taken away."""
        y = self.y - self.n[:, None] * means
        yy = self.yy + (means * (self.n[:, None] * means - 2 * self.y)).sum(0)
        return _Half(self.characters, self.n, self.x, y, yy, means)


def _halves(fit: Sums, held: Sums, column: int) -> dict[Kind, tuple[_Half, _Half]]:
    """A mask's characters of both halves; for remembering without the means of the fitted one."""
    one, other = _half(fit, column), _half(held, column)
    return {
        "reads": (one, other),
        "remembers": (
            one.without(_means(one, one.characters)),
            other.without(_means(one, other.characters)),
        ),
    }


def _half(sums: Sums, column: int) -> _Half:
    there = sums.masks[:, column]
    characters = sums.characters[there]
    starts = np.flatnonzero(np.diff(characters, prepend=-1))
    if not len(starts):
        N = sums.y.shape[1]
        return _Half(characters, np.zeros(0), np.zeros((0, COLUMNS)), np.zeros((0, N)), np.zeros(N))
    return _Half(
        characters[starts],
        np.add.reduceat(sums.n[there], starts),
        np.add.reduceat(sums.x[there], starts, axis=0),
        np.add.reduceat(sums.y[there], starts, axis=0),
        sums.yy[sums.masks_of_yy[:, column]].sum(0),
    )


def _means(half: _Half, characters: NDArray[np.int64]) -> Floats:
    """The half's means of these characters, (V, N); of one it lacks, the mean of all."""
    if not len(half.n):
        return np.zeros((len(characters), half.y.shape[1]))
    at = np.minimum(np.searchsorted(half.characters, characters), len(half.n) - 1)
    found = half.y[at] / half.n[at, None]
    found[half.characters[at] != characters] = half.y.sum(0) / half.n.sum()
    return found
