"""Taking last characters and position out of activations and properties; lines through the rest.

By the theorem of Frisch and Waugh (1933) the line through the residuals is the property's part in
a regression on both. All of it follows from sums over the fitted tunes, formed by mask: the
columns of the table of properties that mean something at a character.

T characters, N units, C columns of properties, F features, d columns of a property.
"""

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from songrnn.inspection.properties import COLUMNS, FIRST_COLUMN, PROPERTIES
from songrnn.inspection.sums import Floats

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# Ridge: each feature is shrunk as if it had been 0 in this many more characters.
RIDGE = 3.0
# Share of a property's variance that must be left for it to have a score.
LEAST_LEFT = 1e-3
_BITS = 2 ** np.arange(COLUMNS, dtype=np.int64)


@dataclass(eq=False)
class MaskSums:
    """Of the characters of one mask: zz (F, F), zx (F, C), zy (F, N), xx (C, C), xy (C, N), and of
    one column each: z (F,), x (C,), y (N,), yy (N,), n. zz counts, which float32 holds exactly up
    to 16 million; zy is as large as all else together, and float32 is enough for it."""

    zz: NDArray[np.float32]
    zx: Floats
    zy: NDArray[np.float32]
    xx: Floats
    xy: Floats
    z: Floats
    x: Floats
    y: Floats
    yy: Floats
    n: float

    def __iadd__(self, other: "MaskSums") -> "MaskSums":
        for name in ("zz", "zx", "zy", "xx", "xy", "z", "x", "y", "yy"):
            getattr(self, name)[...] += getattr(other, name)
        self.n += other.n
        return self


def code_of(table: NDArray[np.float32]) -> NDArray[np.int64]:
    """(T,) a number for the columns that mean something at each character."""
    return np.isfinite(table) @ _BITS


def has_column(code: int, column: int) -> bool:
    """Whether a column means something under a code."""
    return bool(code >> int(column) & 1)


class FitSums:
    """Adds up what lines are fitted on."""

    def __init__(self) -> None:
        self.by_code: dict[int, MaskSums] = {}

    def add(
        self, values: NDArray[np.float32], table: NDArray[np.float32], known: "csr_matrix"
    ) -> None:
        """values (T, N), table (T, C), known (T, F) of some characters."""
        codes = code_of(table)
        filled = np.nan_to_num(table)
        for code in np.unique(codes).tolist():
            rows = np.flatnonzero(codes == code)
            z, x, y = known[rows], filled[rows], values[rows]
            found = MaskSums(
                zz=(z.T @ z).toarray(),
                zx=np.asarray(z.T @ x, np.float64),
                zy=np.asarray(z.T @ y, np.float32),
                xx=(x.T @ x).astype(np.float64),
                xy=(x.T @ y).astype(np.float64),
                z=np.asarray(z.sum(axis=0), np.float64).ravel(),
                x=x.sum(axis=0, dtype=np.float64),
                y=y.sum(axis=0, dtype=np.float64),
                yy=np.einsum("tn,tn->n", y, y).astype(np.float64),
                n=float(len(rows)),
            )
            if code in self.by_code:
                self.by_code[code] += found
            else:
                self.by_code[code] = found

    def of_codes(self, codes: tuple[int, ...]) -> MaskSums:
        """The sums of several masks together."""
        first, *others = [self.by_code[code] for code in codes]
        total = copy.deepcopy(first)
        for other in others:
            total += other
        return total


@dataclass(frozen=True, eq=False)
class Line:
    """Of one property: columns of the table; slope (d, N) and constant (N,) of the residuals;
    partial: (N,) R² on what it was fitted on."""

    property: int
    columns: slice
    slope: NDArray[np.float32]
    constant: NDArray[np.float32]
    partial: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Group:
    """Properties with the same mask.

    column: of the table, where it is finite there is the mask. of_values (F, N), of_table (F, C):
    what the features predict of activations and properties, to be taken out. lines: those of
    the properties of which enough is left.
    """

    column: int
    of_values: NDArray[np.float32]
    of_table: NDArray[np.float32]
    lines: tuple[Line, ...]


def fit_groups(sums: FitSums) -> list[Group]:
    """Fit everything on what was added up."""
    wanted: dict[tuple[int, ...], list[int]] = {}
    for number, first in enumerate(FIRST_COLUMN.tolist()):
        codes = tuple(code for code in sorted(sums.by_code) if has_column(code, first))
        if codes:
            wanted.setdefault(codes, []).append(number)
    return [_group(sums.of_codes(codes), numbers) for codes, numbers in wanted.items()]


def _group(total: MaskSums, numbers: list[int]) -> Group:
    of_table, of_values = predictors(total, slice(None))
    # Sums of residuals, and of their products: x − z·of_table and y − z·of_values. Where
    # (zz + RIDGE) of_values = zy, zz·of_values is zy − RIDGE of_values, and no product of
    # F² numbers is needed; of the table likewise.
    zx, zy, z = total.zx, total.zy, total.z
    cross = of_table.T @ zx
    xx = total.xx - cross - RIDGE * of_table.T @ of_table
    xy = total.xy - (zx + RIDGE * of_table).T @ of_values
    x, y = total.x - of_table.T @ z, total.y - of_values.T @ z
    variance = np.diag(total.xx) - total.x**2 / total.n
    yy = total.yy - np.einsum("fn,fn->n", of_values, zy + RIDGE * of_values) - y**2 / total.n
    yy = np.maximum(yy, 1e-9 * total.n)
    lines = []
    for number in numbers:
        first = int(FIRST_COLUMN[number])
        columns = slice(first, first + PROPERTIES[number].columns)
        spread = xx[columns, columns] - np.outer(x[columns], x[columns]) / total.n
        least = LEAST_LEFT * float(variance[columns].min())
        if least <= 0 or np.linalg.eigvalsh(spread)[0] < max(least, 1e-9 * total.n):
            continue
        together = xy[columns] - np.outer(x[columns], y) / total.n
        slope = np.linalg.solve(spread, together)
        partial = (slope * together).sum(axis=0) / yy
        constant = (y - x[columns] @ slope) / total.n
        lines.append(
            Line(number, columns, *(a.astype(np.float32) for a in (slope, constant, partial)))
        )
    return Group(
        int(FIRST_COLUMN[numbers[0]]),
        of_values.astype(np.float32),
        of_table.astype(np.float32),
        tuple(lines),
    )


def predictors(total: MaskSums, part: slice) -> tuple[Floats, Floats]:
    """Ridge regressions on some of the features: of the table (F', C), of the values (F', N)."""
    from scipy.linalg import cho_factor, cho_solve

    zz = total.zz[part, part].astype(np.float64)
    zz[np.diag_indices_from(zz)] += RIDGE
    factor = cho_factor(zz, overwrite_a=True)
    return cho_solve(factor, total.zx[part]), cho_solve(factor, total.zy[part])
