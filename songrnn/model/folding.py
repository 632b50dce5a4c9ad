"""A network's parameters, arranged for reading one symbol at a time.

What depends on the symbol alone (embedding, input projection and biases of the first layer) is
summed beforehand into a table of V rows. What depends on a hidden state alone is one matrix: its
columns give the sums for the layer's own next step, then those for the layer above or the readout.
Biases are the last row, which meets a constant 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from songrnn.config import ModelConfig
from songrnn.errors import DamagedRunError
from songrnn.model.cells import CELLS, Array, aligned
from songrnn.model.shapes import GATES, parameter_shapes
from songrnn.model.threads import DIRECT_LIMIT, multiplies_directly

# A batch is multiplied in groups of this many rows where products run directly.
ROWS = 8
# Matrices too large for a direct product are cut into panels of this many columns.
_PANEL = 64


def check_parameters(
    config: ModelConfig, vocabulary_size: int, weights: Mapping[str, Array]
) -> None:
    """Raise DamagedRunError that lists every parameter missing, unexpected or misshapen.

    It catches weights of another cell than the settings name: each cell stacks another number of
    gates.
    """
    expected = parameter_shapes(config, vocabulary_size)
    wrong = [f"{name} is missing" for name in expected if name not in weights]
    wrong += [f"{name} is unexpected" for name in weights if name not in expected]
    wrong += [
        f"{name} is {tuple(weights[name].shape)} and should be {shape}"
        for name, shape in expected.items()
        if name in weights and tuple(weights[name].shape) != shape
    ]
    if wrong:
        raise DamagedRunError(
            f"The weights are not those of {config.layers} × {config.cell}-{config.hidden_size}: "
            + "; ".join(wrong)
            + "."
        )


@dataclass(frozen=True)
class FoldedLayer:
    """One matrix in the two shapes its readers want. K is P padded units and the constant 1.

    stacked (·, K, ·): all columns, in one panel or in many, for one song.
    recurrent (·, K, width): columns for the layer's own next step; following (·, K, ·): columns
    for the layer above or the readout; for many songs.
    """

    stacked: Array
    recurrent: Array
    following: Array


@dataclass(frozen=True)
class FoldedWeights:
    """Read-only and shared between threads.

    padded: units a layer, rounded up so that every gate begins on a cache line; the added ones
    stay 0 for ever. width: columns of a panel, `padded` or a divisor of it.
    table (V, blocks, padded / width, width).
    """

    padded: int
    width: int
    table: Array
    layers: tuple[FoldedLayer, ...]

    @property
    def in_panels(self) -> bool:
        """Whether the matrices are too large to be multiplied directly as they are."""
        return self.width != self.padded


def fold(config: ModelConfig, vocabulary_size: int, weights: Mapping[str, Array]) -> FoldedWeights:
    """Arrange checked weights; the sums are formed in float64 and kept in float32."""
    H, V = config.hidden_size, vocabulary_size
    blocks = len(CELLS[config.cell].blocks)
    padded, readout_width = _round_up(H, 16), _round_up(V, 16)
    width = padded
    if multiplies_directly() and not _runs_directly(padded, readout_width, blocks, config.layers):
        padded, readout_width = _round_up(H, _PANEL), _round_up(V, _PANEL)
        width = _PANEL

    def part(name: str) -> Array:
        return np.asarray(weights[name], np.float64)

    def arranged(matrix: Array) -> Array:  # (blocks · H, N) -> (N, blocks · padded)
        return _arrange(config, matrix, padded)

    # The GRU multiplies its candidate's recurrent bias by the reset gate; all other biases are
    # added whatever the state.
    folding = 2 * H if config.cell == "gru" else blocks * H

    def given_bias(layer: int) -> Array:  # (1, blocks · padded)
        bias = part(f"recurrent.bias_ih_l{layer}").copy()
        bias[:folding] += part(f"recurrent.bias_hh_l{layer}")[:folding]
        return arranged(bias[:, None])

    def recurrent_bias(layer: int) -> Array:  # (1, blocks · padded)
        bias = part(f"recurrent.bias_hh_l{layer}").copy()
        bias[:folding] = 0
        return arranged(bias[:, None])

    def with_bias(matrix: Array, bias: Array) -> Array:  # (H, N), (1, N) -> (K, N)
        result = np.zeros((padded + 1, matrix.shape[1]))
        result[:H], result[-1:] = matrix, bias
        return result

    layers = []
    for layer in range(config.layers):
        recurrent = with_bias(
            arranged(part(f"recurrent.weight_hh_l{layer}")), recurrent_bias(layer)
        )
        if layer + 1 < config.layers:
            following = with_bias(
                arranged(part(f"recurrent.weight_ih_l{layer + 1}")), given_bias(layer + 1)
            )
            following_width = width
        else:
            readout, bias = np.zeros((H, readout_width)), np.zeros((1, readout_width))
            readout[:, :V], bias[:, :V] = part("readout.weight").T, part("readout.bias")
            following = with_bias(readout, bias)
            following_width = width if width != padded else readout_width
        layers.append(
            FoldedLayer(
                panels(
                    np.concatenate([recurrent, following], axis=1),
                    width if width != padded else recurrent.shape[1] + following.shape[1],
                ),
                panels(recurrent, width),
                panels(following, following_width),
            )
        )
    table = part("embedding.weight") @ arranged(part("recurrent.weight_ih_l0")) + given_bias(0)
    return FoldedWeights(padded, width, _single(table.reshape(V, blocks, -1, width)), tuple(layers))


def _runs_directly(padded: int, readout_width: int, blocks: int, layers: int) -> bool:
    """Whether one song (two rows) and ROWS songs can take each matrix whole."""
    columns = blocks * padded
    stacked = columns + max(columns if layers > 1 else 0, readout_width)
    return (padded + 1) * max(2 * stacked, ROWS * max(padded, readout_width)) <= DIRECT_LIMIT


def panels(matrix: Array, width: int) -> Array:
    """(K, N) -> (N / width, K, width): each panel contiguous."""
    K, N = matrix.shape
    result = aligned((N // width, K, width))
    result[...] = matrix.reshape(K, N // width, width).transpose(1, 0, 2)
    return result


def _arrange(config: ModelConfig, matrix: Array, padded: int) -> Array:
    """(blocks · H, N) in torch's order -> (N, blocks · padded) in the cell's own order, the sums
    of its sigmoid gates halved."""
    H, N = config.hidden_size, matrix.shape[1]
    cell = CELLS[config.cell]
    result = np.zeros((N, len(cell.blocks), padded))
    for place, name in enumerate(cell.blocks):
        start = GATES[config.cell].index(name) * H
        block = matrix[start : start + H].T
        result[:, place, :H] = block / 2 if place < cell.sigmoids else block
    return result.reshape(N, -1)


def _single(matrix: Array) -> Array:
    result = aligned(matrix.shape)
    result[...] = matrix
    return result


def _round_up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple
