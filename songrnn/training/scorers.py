"""How likely a model finds symbols that are known, and which it would have guessed, chunk by chunk.

B tunes side by side, T predictions each, V symbols.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from songrnn.model.engine import Engine

if TYPE_CHECKING:
    from songrnn.model.network import CharRNN

# (inputs (B, T), targets (B, T), state or None, B) -> -log p (B, T), guesses (B, T), new state.
# The state may remember more rows than B: the first B of them are read on.
Scorer = Callable[[np.ndarray, np.ndarray, Any, int], tuple[np.ndarray, np.ndarray, Any]]


def scorer(model: Union[Engine, "CharRNN"]) -> Scorer:
    """The scorer of an Engine, or of a CharRNN on whatever device it is."""
    return _of_engine(model) if isinstance(model, Engine) else _of_network(model)


def _of_engine(engine: Engine) -> Scorer:
    def score(
        inputs: np.ndarray, targets: np.ndarray, state: Any, rows: int
    ) -> tuple[np.ndarray, np.ndarray, Any]:
        if state is not None and state.batch > rows:
            state = state.rows(np.arange(rows))
        logits, state, _ = engine.read(inputs, state)  # (B, T, V)
        logits = logits.astype(np.float64)
        logits -= logits.max(axis=-1, keepdims=True)
        of_target = np.take_along_axis(logits, targets[..., None], axis=-1)[..., 0]
        return np.log(np.exp(logits).sum(axis=-1)) - of_target, logits.argmax(axis=-1), state

    return score


def _of_network(network: "CharRNN") -> Scorer:
    import torch
    from torch import nn

    device = next(network.parameters()).device

    def first(state: Any, rows: int) -> Any:
        if isinstance(state, tuple):
            return tuple(first(part, rows) for part in state)
        return state if state is None else state[:, :rows].contiguous()

    @torch.inference_mode()
    def score(
        inputs: np.ndarray, targets: np.ndarray, state: Any, rows: int
    ) -> tuple[np.ndarray, np.ndarray, Any]:
        training = network.training
        network.eval()
        try:
            logits, state = network(torch.from_numpy(inputs).to(device), first(state, rows))
        finally:
            network.train(training)
        loss = nn.functional.cross_entropy(
            logits.flatten(0, 1),
            torch.from_numpy(targets).to(device).flatten(),
            reduction="none",
        )
        guess = logits.argmax(dim=-1)
        return loss.view(guess.shape).double().cpu().numpy(), guess.cpu().numpy(), state

    return score
