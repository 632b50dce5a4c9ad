"""How well each property predicts each neuron: held-out R² from sums alone, in one pass.

For every neuron and every property one score: the R² with which a straight line from the property
predicts the activation, fitted on some tunes and measured on others, over the characters where
the property means something (its mask). A neuron *reads* a property when its activation follows
it; it *remembers* it when the activation still does after the neuron's mean for the character
just read is taken away: more than an echo of that character. Those means are formed within the
property's own mask and on the fitted tunes; formed over all characters they would carry what
tells the mask from the rest into every property that has one.

All of it follows from sums by (mask, character), so activations need not be kept.

T characters, N neurons, C columns of the table of properties, K pairs of mask and character.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from songrnn.inspection.properties import COLUMNS, FIRST_COLUMN, PROPERTIES
from songrnn.inspection.recording import Activity

Floats = NDArray[np.float64]
Kind = Literal["reads", "remembers"]
KINDS: tuple[Kind, ...] = ("reads", "remembers")

# Characters below which nothing is fitted or measured.
_FEWEST = 10
# A property that means something on some characters only can explain only what the neuron does
# there (or, for remembering, what the character leaves over). Below this share of the neuron's
# variance that is too little to be what the neuron does, and there is no score.
LEAST_SHARE = 0.01


@dataclass(frozen=True, eq=False)
class Sums:
    """Of some characters. K pairs ordered by character: masks (K, C), characters (K,), n (K,), x
    (K, C), y (K, N), where the y of a mask's characters are added up; yy (masks, N) with
    masks_of_yy (masks, C); xx, following (C,): Σx², and Σ of x and the next column; xy (C, N)."""

    masks: NDArray[np.bool_]
    characters: NDArray[np.int64]
    n: Floats
    x: Floats
    y: Floats
    masks_of_yy: NDArray[np.bool_]
    yy: Floats
    xx: Floats
    following: Floats
    xy: Floats


class Tally:
    """Adds up what `Sums` holds. centre: (N,) is taken from the activations first: near their
    means the sums keep their precision, and no score changes."""

    def __init__(self, centre: NDArray[np.float32]) -> None:
        self.centre = centre
        N = len(centre)
        self._pairs: dict[tuple[int, int], tuple[Floats, Floats]] = {}
        self._yy: dict[int, Floats] = {}
        self._xx, self._following = np.zeros(COLUMNS), np.zeros(COLUMNS)
        self._xy = np.zeros((COLUMNS, N))

    def add(
        self,
        values: NDArray[np.float32],
        table: NDArray[np.float32],
        ids: NDArray[np.int64],
        *,
        centred: bool = False,
    ) -> None:
        """values (T, N), table (T, C), ids (T,). centred: the centre is taken away already."""
        if not len(ids):
            return
        y = values if centred else values - self.centre
        finite = np.isfinite(table)
        x = np.where(finite, table, np.float32(0))
        wide = x.astype(np.float64)
        self._xx += np.einsum("tc,tc->c", wide, wide)
        self._following += np.einsum("tc,tc->c", wide, np.roll(wide, -1, axis=1))
        self._xy += x.T @ y
        codes, mask = np.unique(finite @ _BITS, return_inverse=True)
        squares = y * y
        for number, code in enumerate(codes.tolist()):
            found = (mask == number).astype(np.float32) @ squares
            self._yy[code] = self._yy.get(code, 0.0) + found.astype(np.float64)
        symbols = int(ids.max()) + 1
        pairs = mask * symbols + ids
        order = np.argsort(pairs, kind="stable")
        ordered = pairs[order]
        starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        sum_y = np.add.reduceat(y[order], starts, axis=0)
        sum_x = np.add.reduceat(wide[order], starts, axis=0)
        sizes = np.diff(np.append(starts, len(ordered)))
        for at, pair in enumerate(ordered[starts].tolist()):
            key = (pair % symbols, int(codes[pair // symbols]))
            known = self._pairs.get(key)
            if known is None:
                known = np.zeros(COLUMNS + 1), np.zeros(len(self.centre))
                self._pairs[key] = known
            known[0][:-1] += sum_x[at]
            known[0][-1] += sizes[at]
            known[1][:] += sum_y[at]

    def sums(self) -> Sums:
        """What was added up so far."""
        keys = sorted(self._pairs)
        N = len(self.centre)
        first = np.array([self._pairs[key][0] for key in keys]).reshape(len(keys), COLUMNS + 1)
        return Sums(
            masks=_masks([code for _, code in keys]),
            characters=np.array([character for character, _ in keys], np.int64),
            n=first[:, -1],
            x=first[:, :-1],
            y=np.array([self._pairs[key][1] for key in keys]).reshape(len(keys), N),
            masks_of_yy=_masks(list(self._yy)),
            yy=np.array(list(self._yy.values())).reshape(len(self._yy), N),
            xx=self._xx,
            following=self._following,
            xy=self._xy,
        )


_BITS = 2 ** np.arange(COLUMNS, dtype=np.int64)


def _masks(codes: list[int]) -> NDArray[np.bool_]:
    return (np.array(codes, np.int64).reshape(-1, 1) & _BITS) != 0


def tallied(activity: Activity) -> tuple[Sums, Sums]:
    """The sums of the fitted and of the other tunes."""
    centre = (
        activity.values.mean(axis=0)
        if len(activity.values)
        else np.zeros(activity.values.shape[1], np.float32)
    )
    halves = []
    for rows in (activity.fitted, ~activity.fitted):
        tally = Tally(centre)
        tally.add(activity.values[rows], activity.table[rows], activity.ids[rows])
        halves.append(tally.sums())
    return halves[0], halves[1]


def scores(fit: Sums, held: Sums) -> dict[Kind, Floats]:
    """Held-out R² (properties, N) of each kind: lines fitted on `fit`, measured on `held`.

    −inf where a property has too few characters or does not vary, and where the neuron hardly
    varies (LEAST_SHARE).
    """
    N = fit.y.shape[1]
    found = {kind: np.full((len(PROPERTIES), N), -np.inf) for kind in KINDS}
    if fit.n.sum() < _FEWEST or held.n.sum() < _FEWEST:
        return found
    least = LEAST_SHARE * (held.yy.sum(0) - held.y.sum(0) ** 2 / held.n.sum())
    halves: dict[bytes, tuple[_Half, _Half, Floats]] = {}
    for place, (each, first) in enumerate(zip(PROPERTIES, FIRST_COLUMN, strict=True)):
        mask = fit.masks[:, first].tobytes() + held.masks[:, first].tobytes()
        if mask not in halves:
            one, other = _half(fit, first), _half(held, first)
            halves[mask] = one, other, _means(one, other.characters)
        one, other, means_there = halves[mask]
        if one.n.sum() < _FEWEST or other.n.sum() < _FEWEST:
            continue
        columns = slice(first, first + each.columns)
        spread_there = _moments(held, first, each.columns)
        x, sum_x = one.x[:, columns], one.x[:, columns].sum(0)
        n, m = one.n.sum(), other.n.sum()
        spread = _moments(fit, first, each.columns) - np.outer(sum_x, sum_x) / n
        if np.linalg.eigvalsh(spread)[0] < 1e-6 * n:
            continue
        x_there = other.x[:, columns]
        for kind in KINDS:
            xy, y = fit.xy[columns], one.y.sum(0)
            xy_there, y_there, yy_there = held.xy[columns], other.y.sum(0), other.yy
            if kind == "remembers":
                xy, y = xy - x.T @ one.means, np.zeros(N)
                xy_there = xy_there - x_there.T @ means_there
                y_there, yy_there = other.left(means_there)
            slope = np.linalg.solve(spread, xy - np.outer(sum_x, y) / n)  # (d, N)
            constant = (y - sum_x @ slope) / n
            missed = (
                yy_there
                - 2 * constant * y_there
                - 2 * (slope * xy_there).sum(0)
                + m * constant * constant
                + 2 * constant * (x_there.sum(0) @ slope)
                + np.einsum("dn,de,en->n", slope, spread_there, slope)
            )
            total = yy_there - y_there * y_there / m
            enough = (total > least * m / held.n.sum()) & (total > 1e-9 * m)
            with np.errstate(divide="ignore", invalid="ignore"):
                found[kind][place] = np.where(enough, 1 - missed / total, -np.inf)
    return found


@dataclass(frozen=True, eq=False)
class _Half:
    """A mask's characters by kind of character: n (V,), x (V, C), y (V, N), yy (N,), means (V, N)."""

    characters: NDArray[np.int64]
    n: Floats
    x: Floats
    y: Floats
    yy: Floats
    means: Floats

    def left(self, means: Floats) -> tuple[Floats, Floats]:
        """Sum and sum of squares of what is left without these means, (N,) each."""
        sums = (self.y - self.n[:, None] * means).sum(0)
        squares = self.yy + (means * (self.n[:, None] * means - 2 * self.y)).sum(0)
        return sums, squares


def _half(sums: Sums, column: int) -> _Half:
    there = sums.masks[:, column]
    characters = sums.characters[there]
    starts = np.flatnonzero(np.diff(characters, prepend=-1))
    if not len(starts):
        N = sums.y.shape[1]
        return _Half(
            characters,
            np.zeros(0),
            np.zeros((0, COLUMNS)),
            np.zeros((0, N)),
            np.zeros(N),
            np.zeros((0, N)),
        )
    n = np.add.reduceat(sums.n[there], starts)
    y = np.add.reduceat(sums.y[there], starts, axis=0)
    return _Half(
        characters[starts],
        n,
        np.add.reduceat(sums.x[there], starts, axis=0),
        y,
        sums.yy[sums.masks_of_yy[:, column]].sum(0),
        y / n[:, None],
    )


def _means(half: _Half, characters: NDArray[np.int64]) -> Floats:
    """The half's means of these characters, (V, N); of one it lacks, the mean of all."""
    if not len(half.n):
        return np.zeros((len(characters), half.y.shape[1]))
    at = np.minimum(np.searchsorted(half.characters, characters), len(half.n) - 1)
    found = half.means[at]
    found[half.characters[at] != characters] = half.y.sum(0) / half.n.sum()
    return found


def _moments(sums: Sums, first: int, columns: int) -> Floats:
    if columns == 1:
        return np.array([[sums.xx[first]]])
    cross = sums.following[first]
    return np.array([[sums.xx[first], cross], [cross, sums.xx[first + 1]]])
