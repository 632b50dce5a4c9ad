"""CharRNN: a symbol goes in, scores for the next symbol come out. torch, for training.

It knows nothing of text, temperature or files. Composing and inspecting use the Engine, which
does the same sums in numpy and shows every gate.

B tunes at once, T characters, V symbols, E embedding size, H units, L layers.
"""

import contextlib
import warnings
from collections.abc import Iterator
from typing import cast

from torch import Tensor, nn

from songrnn.cells import CELLS
from songrnn.cells.looped import LoopedLayer
from songrnn.config import ModelConfig
from songrnn.model.initialization import initialize
from songrnn.model.shapes import EPSILON

# Weights that are dropped anew for each window cannot lie in the one piece that a graphics card would
# like best; torch says so at every run, to people who can do nothing about it.
warnings.filterwarnings(
    "ignore", message="RNN module weights are not part of single contiguous chunk"
)

# What a network remembers: hidden (L, B, H); where there is a cell state the pair (hidden, cell).
NetworkState = Tensor | tuple[Tensor, Tensor]


class CharRNN(nn.Module):
    """Embedding -> recurrent layers -> readout.

    Dropout acts on the embedding's output, between layers and on the readout's input (Zaremba et
    al. 2014). torch's own `dropout=` only covers the places between layers and does nothing in a
    net of one layer, so the other two are ours. Weight drop silences weights from state to state,
    the same ones throughout a window (Merity et al. 2018).
    """

    def __init__(self, config: ModelConfig, vocabulary_size: int) -> None:
        super().__init__()
        self.config = config
        self.vocabulary_size = vocabulary_size
        self.embedding = nn.Embedding(vocabulary_size, config.embedding_size)
        self.recurrent: nn.RNNBase | LoopedLayer = CELLS[config.cell].torch_layer()(
            config.embedding_size,
            config.hidden_size,
            config.layers,
            batch_first=True,
            # torch warns when this is set where it cannot act.
            dropout=config.dropout if config.layers > 1 else 0.0,
        )
        self.normalization = _normalization(config)
        self.readout = nn.Linear(config.hidden_size, vocabulary_size)
        self.dropout = nn.Dropout(config.dropout)
        initialize(self.recurrent, self.readout, config)

    def forward(
        self, ids: Tensor, state: NetworkState | None = None
    ) -> tuple[Tensor, NetworkState]:
        """Read ids (B, T), from `state` or from zero; return logits (B, T, V) and the new state.

        logits[:, t] score the symbol that follows ids[:, t].
        """
        x = self.dropout(self.embedding(ids))  # (B, T, E)
        with self._dropped_weights():
            x, state = self.recurrent(x, state)  # (B, T, H)
        if isinstance(self.normalization, nn.BatchNorm1d):
            x = self.normalization(x.flatten(0, 1)).view_as(x)
        else:
            x = self.normalization(x)
        return self.readout(self.dropout(x)), cast(NetworkState, state)  # (B, T, V)

    @contextlib.contextmanager
    def _dropped_weights(self) -> Iterator[None]:
        """Within the block the recurrent layers use weights with some of them silenced.

        The layers hand the list they keep of their weights to the fused kernel, so it is enough
        to put others in that list; gradients reach the parameters through the mask.
        """
        if not (self.training and self.config.weight_drop):
            yield
            return
        recurrent = self.recurrent
        kept = recurrent._flat_weights
        recurrent._flat_weights = [
            nn.functional.dropout(cast(Tensor, weight), self.config.weight_drop)
            if name.startswith("weight_hh")
            else weight
            for name, weight in zip(recurrent._flat_weights_names, kept, strict=True)
        ]
        try:
            yield
        finally:
            recurrent._flat_weights = kept


def _normalization(config: ModelConfig) -> nn.Module:
    if config.normalization == "layer":
        return nn.LayerNorm(config.hidden_size, eps=EPSILON)
    if config.normalization == "batch":
        norm = nn.BatchNorm1d(config.hidden_size, eps=EPSILON, momentum=0.1)
        norm.num_batches_tracked = None  # of no use with a fixed momentum, and no float
        return norm
    return nn.Identity()


def detach(state: NetworkState) -> NetworkState:
    """The same memory, cut off from the sums that led to it: the border of truncated BPTT."""
    if isinstance(state, tuple):
        hidden, cell = state
        return hidden.detach(), cell.detach()
    return state.detach()
