"""One way of a song that is written several ways at once."""

import math
from copy import copy
from dataclasses import dataclass, field, replace

import numpy as np

from songrnn.generation.composition import Constraint, StoppedBy
from songrnn.model.engine import State
from songrnn.recall.gate import Recall
from songrnn.recall.memory import TuneMemory

# How much a nat of what a form made unlikely counts.
EASE = 0.1
_LEAST = 1e-9


@dataclass
class Way:
    """One way of a song. memory: its characters and bars; state, logits: the network's where it
    waits for the others; stopped_by: None while it goes on.

    ease: how readily it has done what a form asked for since the ways were compared, in weighted nats:
    the log probability of what was allowed, EASE of it, all of it where the last note of a section
    is chosen. endings: that of those notes, of the whole song. Without the first, ways would be drawn from the
    wrong distribution; with all of it, songs of few notes would be preferred. The second lets a
    section lead to its last note instead of leaping there.
    """

    memory: TuneMemory
    recall: Recall | None
    constraint: Constraint | None
    rng: np.random.Generator
    scores: list[float] = field(default_factory=list)
    withheld: list[float] = field(default_factory=list)
    stopped_by: StoppedBy | None = None
    state: State | None = None
    logits: np.ndarray | None = None
    ease: float = 0.0
    endings: float = 0.0

    def drawn(self, score: float, withheld: float) -> None:
        """A symbol was drawn: its log probability, and how much probability was not allowed."""
        self.scores.append(score)
        self.withheld.append(withheld)
        allowed = math.log(max(1 - withheld, _LEAST))
        ending = getattr(self.constraint, "ends_section", False)
        self.ease += allowed if ending else EASE * allowed
        self.endings += allowed if ending else 0.0

    def feed(self, symbol: int, character: str) -> None:
        if self.constraint is not None:
            self.constraint.advance(character)
        if self.recall is not None:
            self.recall.feed(symbol)
        else:
            self.memory.feed(character)

    def forked(self, rng: np.random.Generator) -> "Way":
        """The same so far, to go on with other random numbers."""
        recall = None if self.recall is None else self.recall.copy()
        return replace(
            self,
            memory=self.memory.copy() if recall is None else recall.memory,
            recall=recall,
            constraint=copy(self.constraint),
            rng=rng,
            scores=self.scores.copy(),
            withheld=self.withheld.copy(),
            ease=0.0,
        )
