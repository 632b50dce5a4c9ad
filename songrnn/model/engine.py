"""The network one symbol at a time, in numpy, with every gate open to view. No torch.

It does the sums of CharRNN in evaluation mode, to 1e-5, and is what composing, inspecting and
evaluating use: an Engine holds weights only and never changes, so threads and sessions share it;
all memory lives in a State or in a stepper that its caller owns.

It knows nothing of text, temperature or music.

B songs, T symbols, V vocabulary size, L layers, H units.
"""

import copy
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self

import numpy as np

from songrnn.cells import CELLS, HIDDEN
from songrnn.config import ModelConfig
from songrnn.model.batch_stepper import BatchStepper
from songrnn.model.folding import fold
from songrnn.model.intervention import Change
from songrnn.model.shapes import check_parameters
from songrnn.model.single_stepper import SingleStepper
from songrnn.model.state import State
from songrnn.model.threads import one_blas_thread

# Quantity -> (L, B, H) for one step, (L, T, H) or (L, B, T, H) for a text.
Internals = dict[str, np.ndarray]


class RunLike(Protocol):
    """What an Engine needs of a run."""

    @property
    def config(self) -> Any: ...

    @property
    def vocabulary(self) -> Any: ...

    def weights(self) -> Mapping[str, np.ndarray]: ...


class Engine:
    """A network ready to read. `weights` are named and shaped as torch's state_dict of CharRNN.

    outgoing: (L, H) the norm of all weights by which each unit is heard: by its own layer at the
    next symbol, and by the layer above or the readout.
    """

    def __init__(
        self, config: ModelConfig, vocabulary_size: int, weights: Mapping[str, np.ndarray]
    ) -> None:
        """Raise DamagedRunError when the weights are not those of `config`."""
        check_parameters(config, vocabulary_size, weights)
        one_blas_thread()
        self.config = config
        self.vocabulary_size = vocabulary_size
        self._folded = fold(config, vocabulary_size, weights)
        self.outgoing = _outgoing(config, weights)
        self._of_this_thread = threading.local()
        self._interventions: tuple[Change, ...] = ()

    @classmethod
    def of(cls, run: RunLike) -> Self:
        """The engine of a stored run."""
        return cls(run.config.model, run.vocabulary.size, run.weights())

    @property
    def nbytes(self) -> int:
        """Bytes of the weights as they are arranged."""
        return self._folded.nbytes + self.outgoing.nbytes

    @property
    def quantities(self) -> tuple[str, ...]:
        """Names of the internals, the hidden state first."""
        shown = CELLS[self.config.cell].quantities
        return tuple(quantity.name for quantity in (HIDDEN, *shown))

    def single_stepper(self, state: State | None = None) -> SingleStepper:
        """Reads one song, from `state` (L, 1, H) or zero; the fastest way for batch size 1."""
        stepper = SingleStepper(self.config, self.vocabulary_size, self._folded, state)
        if self._interventions:
            stepper.hold(self._interventions)
        return stepper

    def batch_stepper(self, batch: int, state: State | None = None) -> BatchStepper:
        """Reads `batch` songs side by side, from `state` (L, B, H) or zero."""
        stepper = BatchStepper(self.config, self.vocabulary_size, self._folded, batch, state)
        if self._interventions:
            stepper.hold([self._interventions] * batch)
        return stepper

    def holding(self, interventions: Sequence[Change]) -> Self:
        """The same network with these interventions at every symbol, START among them.

        The weights are shared, and this engine stays as it is. Raises ValueError for units that
        are not there.
        """
        for intervention in interventions:
            intervention.check(self.config)
        other = copy.copy(self)
        other._interventions = tuple(interventions)
        other._of_this_thread = threading.local()
        return other

    def step(
        self, ids: np.ndarray, state: State | None = None, *, internals: bool = False
    ) -> tuple[np.ndarray, State, Internals | None]:
        """Read one symbol a song, ids (B,), from `state` or zero.

        Returns logits (B, V), the new state, and the internals (L, B, H) when asked for. Nothing
        given is changed. In a long loop a stepper (`single_stepper`, `batch_stepper`) saves the copies.
        """
        ids = self._checked(ids, dimensions=1)
        state = state or State.zeros(self.config, len(ids))
        stepper = self._stepper(len(ids))
        stepper.load(state)
        logits = (
            stepper.feed(int(ids[0])) if isinstance(stepper, SingleStepper) else stepper.feed(ids)
        )
        logits = logits.reshape(len(ids), -1).copy()
        return logits, stepper.state(), self._internals(stepper) if internals else None

    def read(
        self, ids: np.ndarray, state: State | None = None, *, internals: bool = False
    ) -> tuple[np.ndarray, State, Internals | None]:
        """Read whole texts: ids (T,), or (B, T) for texts of one length.

        Returns logits (T, V) or (B, T, V), where row t scores what follows symbol t; the state
        after the last symbol; and the internals (L, T, H) or (L, B, T, H), where column t is the
        state after symbol t.
        """
        ids = self._checked(ids, dimensions=np.ndim(ids))
        B, T = (1, len(ids)) if ids.ndim == 1 else ids.shape
        stepper = self.single_stepper() if B == 1 else self.batch_stepper(B)
        if state is not None:
            stepper.load(state)
        logits = np.empty((T, B, self.vocabulary_size), np.float32)
        recording = stepper.buffers.recording(T) if internals else None
        columns = ids.reshape(B, T).T
        symbols: Any = columns[:, 0].tolist() if B == 1 else columns
        for t, symbol in enumerate(symbols):
            logits[t] = stepper.feed(symbol)
            if recording is not None:
                recording.note()
        shown = recording.quantities() if recording is not None else None
        if ids.ndim == 1:
            if shown is not None:
                shown = {name: quantity[:, 0] for name, quantity in shown.items()}
            return logits[:, 0], stepper.state(), shown
        return logits.swapaxes(0, 1), stepper.state(), shown

    def _stepper(self, batch: int) -> SingleStepper | BatchStepper:
        """This thread's own stepper of that size, kept for its buffers, not for its memory."""
        kept = self._of_this_thread.__dict__.setdefault("steppers", {})
        if batch not in kept:
            if len(kept) >= 4:
                kept.pop(next(iter(kept)))
            kept[batch] = self.single_stepper() if batch == 1 else self.batch_stepper(batch)
        return kept[batch]

    def _internals(self, stepper: SingleStepper | BatchStepper) -> Internals:
        """(L, B, H) each."""
        layers = range(self.config.layers)
        return {
            name: np.stack([stepper.values(name, layer) for layer in layers])
            for name in self.quantities
        }

    def _checked(self, ids: np.ndarray, dimensions: int) -> np.ndarray:
        """ids as an array of symbols; a symbol outside the vocabulary is a ValueError."""
        ids = np.asarray(ids)
        if ids.ndim != dimensions or not 1 <= ids.ndim <= 2:
            raise ValueError(f"ids must have one or two axes; their shape is {ids.shape}")
        if ids.size and not 0 <= ids.min() <= ids.max() < self.vocabulary_size:
            wrong = ids.min() if ids.min() < 0 else ids.max()
            raise ValueError(f"symbols go from 0 to {self.vocabulary_size - 1}; got {wrong}")
        return ids


def _outgoing(config: ModelConfig, weights: Mapping[str, np.ndarray]) -> np.ndarray:
    """(L, H) norms of the columns of the matrices that take a layer's hidden state."""
    found = []
    for layer in range(config.layers):
        above = (
            f"recurrent.weight_ih_l{layer + 1}" if layer + 1 < config.layers else "readout.weight"
        )
        names = (f"recurrent.weight_hh_l{layer}", above)
        found.append(sum((weights[name].astype(np.float64) ** 2).sum(axis=0) for name in names))
    return np.sqrt(np.stack(found))
