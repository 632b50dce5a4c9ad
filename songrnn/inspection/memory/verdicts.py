"""What the stricter rule says of a run: a verdict on every neuron, and the same on controls."""

import functools
from dataclasses import dataclass
from typing import Literal

VerdictKind = Literal["remembers", "echo", "position", "none"]


@dataclass(frozen=True)
class Verdict:
    """What a neuron does, hidden and cell state together; layer and neuron from 0.

    quantity: the state that the figures are of. label: the property remembered, else None. score:
    R², or corrected average precision, as `measure` says. partial, low: of what is left without the last
    characters, and its lower bound; bound: what untrained networks reach. n: held-out characters,
    or tunes where `counted` says so. echo: the run of last characters that is enough (0 if none);
    character: the id of the one that matters most, if one does. recent, position: R² of all that
    the last 8 characters say, and of the position.
    """

    layer: int
    neuron: int
    quantity: str
    kind: VerdictKind
    label: str | None
    measure: Literal["R²", "average precision"]
    score: float
    partial: float
    low: float
    bound: float
    n: int
    counted: Literal["characters", "tunes"]
    echo: int
    character: int | None
    recent: float
    position: float


@dataclass(frozen=True)
class MemoryIndex:
    """The verdict on every neuron, and what the same rule says where there is nothing to find.

    untrained: neurons of each untrained network that remember something, judged by the bounds that
    the others give; untrained_neurons: looked at in each, all of them where that is 0. shuffled: neurons of the run that remember something of other tunes' music.
    fitted, held: characters; tunes: held out.
    """

    verdicts: tuple[Verdict, ...]
    untrained: tuple[int, ...]
    shuffled: int
    fitted: int
    held: int
    tunes: int
    untrained_neurons: int = 0

    @property
    def of_untrained(self) -> int:
        """How many neurons of untrained networks were looked at, of all together."""
        return len(self.untrained) * (self.untrained_neurons or len(self.verdicts))

    def of(self, layer: int, neuron: int) -> Verdict | None:
        """The verdict on a neuron; layer and neuron from 0."""
        return self._by_neuron.get((layer, neuron))

    @functools.cached_property
    def _by_neuron(self) -> dict[tuple[int, int], Verdict]:
        return {(verdict.layer, verdict.neuron): verdict for verdict in self.verdicts}

    @property
    def remembering(self) -> int:
        """How many neurons remember something."""
        return sum(verdict.kind == "remembers" for verdict in self.verdicts)
