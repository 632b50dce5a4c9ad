"""The direction in which a state differs by a property: what patching and steering move along.

It leads from the mean state where a property does not hold to that where it does, of each quantity
of each layer: the simplest linear probe, that of the nearest mean, and the one whose direction is
known to carry a property's effect best (Marks and Tegmark 2023, mass-mean probes). A number is
divided at its median.

T characters, H units of a layer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import ConfigError
from songrnn.inspection.properties import (
    FIRST_COLUMN,
    PROPERTIES,
    TUNE_PROPERTIES,
    column_of,
    property_number,
)
from songrnn.inspection.recording import AnnotatedText, annotate_texts, draw_tunes, record_batches
from songrnn.inspection.units import units_of
from songrnn.model.engine import Engine
from songrnn.model.intervention import Held
from songrnn.model.steering import Steering

Vector = NDArray[np.float64]
_MOST_SQUASHED = 0.999999
# Characters of training tunes that the means are of.
CHARACTERS = 80_000


@dataclass(frozen=True, eq=False)
class DirectionPart:
    """Of one quantity of one layer (from 0), each (H,). centre: half-way between the two means;
    step: from the one to the other. The cell state is taken before its tanh."""

    quantity: Held
    layer: int
    centre: Vector
    step: Vector

    @property
    def reads(self) -> Vector:
        """What reads the place along the direction off a state: 1 apart at the two means."""
        return self.step / max(float(self.step @ self.step), 1e-12)

    def steering(self, strength: float) -> Steering:
        """Holds the state where the property holds on average (1), does not (−1), or beyond."""
        target = float(self.reads @ self.centre) + strength / 2
        reads, moves = self.reads.astype(np.float32), self.step.astype(np.float32)
        return Steering(self.quantity, self.layer, reads, moves, target)

    def random(self, rng: np.random.Generator) -> "DirectionPart":
        """A direction drawn at random, as long."""
        drawn = rng.normal(size=len(self.step))
        length = np.linalg.norm(self.step) / np.linalg.norm(drawn)
        return DirectionPart(self.quantity, self.layer, self.centre, drawn * length)


@dataclass(frozen=True)
class Direction:
    """Of one property; parts: of every quantity of every layer."""

    property: str
    parts: tuple[DirectionPart, ...]

    def steering(self, strength: float) -> tuple[Steering, ...]:
        """Of all parts together."""
        return tuple(part.steering(strength) for part in self.parts)

    def random(self, rng: np.random.Generator) -> "Direction":
        """Random directions as long: what moving a state as far does by itself."""
        return Direction(self.property, tuple(part.random(rng) for part in self.parts))


def find_direction(engine: Engine, texts: Sequence[AnnotatedText], name: str) -> Direction:
    """The direction of a property, from texts. Raises ConfigError for an angle, for a property
    that there is not, and when it holds nowhere or everywhere in the texts."""
    number = property_number(name)
    if PROPERTIES[number].kind == "angle":
        raise ConfigError(f"{name!r} goes round and has no direction; choose another property.")
    columns = [_column(text, number) for text in texts]
    known = np.concatenate(
        [column[np.isfinite(column)] for column in columns] or [np.zeros(0, np.float32)]
    )
    if not len(known) or known.min() == known.max():
        raise ConfigError(f"{name!r} does not differ in these tunes, so there is no direction.")
    bound = 0.5 if PROPERTIES[number].kind == "yes-no" else float(np.median(known))
    if known.max() <= bound:
        bound = float(known.min())
    units, H = units_of(engine), engine.config.hidden_size
    sums, counts = np.zeros((2, len(units))), np.zeros(2)
    for batch in record_batches(engine, [text.ids for text in texts]):
        for i, values in batch.each_text():
            raw = before_tanh(values, [unit.quantity for unit in units[::H]], H)
            for side, rows in enumerate((columns[i] <= bound, columns[i] > bound)):
                sums[side] += raw[rows].sum(axis=0, dtype=np.float64)
                counts[side] += rows.sum()
    means = sums / counts[:, None]
    parts = []
    for at in range(0, len(units), H):
        low, high = means[:, at : at + H]
        unit = units[at]
        parts.append(DirectionPart(unit.quantity, unit.layer, (low + high) / 2, high - low))
    return Direction(name, tuple(parts))


def learn_direction(
    engine: Engine,
    vocabulary: Vocabulary,
    training: Sequence[Tune],
    name: str,
    rng: np.random.Generator,
) -> Direction:
    """As `find_direction`, from CHARACTERS of training tunes drawn at random."""
    drawn = draw_tunes(training, CHARACTERS, rng)
    return find_direction(engine, annotate_texts(vocabulary, (), drawn), name)


def before_tanh(
    values: NDArray[np.float32], quantities: Sequence[str], units: int
) -> NDArray[np.float32]:
    """Recorded values (T, N), `units` of each quantity, with cell states before their tanh."""
    found = values.copy()
    for number, quantity in enumerate(quantities):
        if quantity == "cell":
            part = found[:, number * units : (number + 1) * units]
            np.arctanh(np.clip(part, -_MOST_SQUASHED, _MOST_SQUASHED), out=part)
    return found


def _column(text: AnnotatedText, number: int) -> NDArray[np.float32]:
    """(T,) the property; of what a whole tune shares the characters of the music alone."""
    found = text.table[:, FIRST_COLUMN[number]]
    if PROPERTIES[number].name not in TUNE_PROPERTIES:
        return found
    music = np.isfinite(text.table[:, column_of("bar")])
    return np.where(music, found, np.float32(np.nan))
