"""What the stricter rule says of a run: a verdict on every neuron, and the same on controls."""

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
    the others give. shuffled: neurons of the run that remember something of other tunes' music.
    fitted, held: characters; tunes: held out.
    """

    verdicts: tuple[Verdict, ...]
    untrained: tuple[int, ...]
    shuffled: int
    fitted: int
    held: int
    tunes: int

    def of(self, layer: int, neuron: int) -> Verdict | None:
        """The verdict on a neuron; layer and neuron from 0."""
        for verdict in self.verdicts:
            if (verdict.layer, verdict.neuron) == (layer, neuron):
                return verdict
        return None

    @property
    def remembering(self) -> int:
        """How many neurons remember something."""
        return sum(verdict.kind == "remembers" for verdict in self.verdicts)
