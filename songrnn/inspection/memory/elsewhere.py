"""Do memories hold on another corpus, with the line that the run's own corpus gave?

Everything is fitted on the run's corpus, what the last characters and the position say as well as
the line, and measured on the other: a unit that follows the property there with another sign does
not hold.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from songrnn.inspection.memory.measuring import LEAST_PARTIAL, measure_memory
from songrnn.inspection.memory.verdicts import MemoryIndex
from songrnn.inspection.properties import property_number
from songrnn.inspection.recording import AnnotatedText
from songrnn.inspection.units import units_of
from songrnn.model.engine import Engine


@dataclass(frozen=True)
class CheckedMemory:
    """What a neuron remembers, and whether it does there; layer and neuron from 0.

    partial: on the run's own corpus; partial_there, low_there: on the other, None where they cannot
    be formed. low_there is the lower bound over its tunes, 0 where the estimate is too small to ask.
    """

    quantity: str
    layer: int
    neuron: int
    label: str
    partial: float
    partial_there: float | None
    low_there: float | None

    @property
    def holds(self) -> bool:
        """Whether the lower bound there is above what the rule asks."""
        return self.low_there is not None and self.low_there > LEAST_PARTIAL


def check_memories(
    engine: Engine,
    memory: MemoryIndex,
    fitted: Sequence[AnnotatedText],
    there: Sequence[AnnotatedText],
    *,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> tuple[CheckedMemory, ...]:
    """Measure on `there`, fitted on `fitted`, what neurons were found to remember.

    Raises ConfigError when one of the two is empty.
    """
    texts = [
        *(replace(text, fitted=True) for text in fitted),
        *(replace(text, fitted=False) for text in there),
    ]
    scores = measure_memory(engine, texts, seed=seed, progress=progress)
    units = units_of(engine)
    found = []
    for verdict in memory.verdicts:
        if verdict.label is None:
            continue
        place = property_number(verdict.label)
        row = units.index((verdict.quantity, verdict.layer, verdict.neuron))
        precise = verdict.measure == "average precision"
        partial = (scores.precision_partial if precise else scores.partial)[place, row]
        low = (scores.precision_low if precise else scores.low)[place, row]
        told = bool(np.isfinite(partial))
        found.append(
            CheckedMemory(
                quantity=verdict.quantity,
                layer=verdict.layer,
                neuron=verdict.neuron,
                label=verdict.label,
                partial=verdict.partial,
                partial_there=float(partial) if told else None,
                low_there=(float(low) if np.isfinite(low) else 0.0) if told else None,
            )
        )
    return tuple(found)
