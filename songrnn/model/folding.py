"""A network's parameters, arranged for reading one symbol at a time.

What depends on the symbol alone (embedding, input projection and biases of the first layer) is
summed beforehand into a table of V rows. What depends on a hidden state alone is one matrix: its
columns give the sums for the layer's own next step, then those for the layer above or the readout.
Biases are the last row, which meets a constant 1.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from songrnn.cells import CELLS
from songrnn.cells.cell import Array, aligned
from songrnn.config import ModelConfig
from songrnn.errors import DamagedRunError
from songrnn.model.shapes import EPSILON, RUNNING, parameter_shapes
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
    recurrent (·, K, ·): columns for the layer's own next step; following (·, K, ·): columns for
    the layer above or the readout; for many songs.
    """

    stacked: Array
    recurrent: Array
    following: Array


@dataclass(frozen=True)
class FoldedWeights:
    """Read-only and shared between threads.

    padded: units a layer, rounded up to suit the processor's vectors; the added ones stay 0 for
    ever. width: `padded`, or the columns of a panel where matrices are cut.
    table (V, blocks, padded / width, width).
    scaled_bias: (V,) where layer normalization stands before the readout, else None: the readout's
    sums are then divided by the spread of the hidden state and this is added; see `_readout`.
    """

    padded: int
    width: int
    table: Array
    layers: tuple[FoldedLayer, ...]
    scaled_bias: Array | None = None

    @property
    def in_panels(self) -> bool:
        """Whether the matrices are too large to be multiplied directly as they are."""
        return self.width != self.padded


def fold(config: ModelConfig, vocabulary_size: int, weights: Mapping[str, Array]) -> FoldedWeights:
    """Arrange checked weights; the sums are formed in float64 and kept in float32."""
    H, V = config.hidden_size, vocabulary_size
    cell = CELLS[config.cell]
    blocks = len(cell.blocks)
    padded, width, gates_width, readout_width = _layout(config, V, blocks)

    def part(name: str) -> Array:
        return np.asarray(weights[name], np.float64)

    def arranged(matrix: Array) -> Array:  # (blocks · H, N) -> (N, blocks · padded)
        return _arrange(config, matrix, padded)

    # Biases that the cell multiplies stay with the recurrent sums; all others are added whatever
    # the state.
    foldable = np.repeat([name not in cell.unfolded for name in cell.stacked], H)

    def given_bias(layer: int) -> Array:  # (1, blocks · padded)
        recurrent = part(f"recurrent.bias_hh_l{layer}") * foldable
        return arranged((part(f"recurrent.bias_ih_l{layer}") + recurrent)[:, None])

    def recurrent_bias(layer: int) -> Array:  # (1, blocks · padded)
        return arranged((part(f"recurrent.bias_hh_l{layer}") * ~foldable)[:, None])

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
            following_width = gates_width
        else:
            readout, bias = np.zeros((H, readout_width)), np.zeros((1, readout_width))
            weight, constant, scaled_bias = _readout(config, part)
            readout[:, :V], bias[:, :V] = weight.T, constant
            following = with_bias(readout, bias)
            following_width = readout_width if width == padded else width
        layers.append(
            FoldedLayer(
                panels(
                    np.concatenate([recurrent, following], axis=1),
                    recurrent.shape[1] + following.shape[1] if width == padded else width,
                ),
                panels(recurrent, gates_width),
                panels(following, following_width),
            )
        )
    table = part("embedding.weight") @ arranged(part("recurrent.weight_ih_l0")) + given_bias(0)
    return FoldedWeights(
        padded,
        width,
        _single(table.reshape(V, blocks, -1, width)),
        tuple(layers),
        None if scaled_bias is None else _single(scaled_bias),
    )


def _readout(
    config: ModelConfig, part: Callable[[str], Array]
) -> tuple[Array, Array, Array | None]:
    """(weight (V, H), bias (V,), scaled bias (V,) or None) of readout and normalization together.

    Batch normalization is a scale and a shift of each unit once the data are known, so it melts
    into the readout. Layer normalization subtracts the mean of the hidden state, which rows that
    sum to nothing do not see, and divides by its spread, which is left to be done at each step.
    """
    weight, bias = part("readout.weight"), part("readout.bias")
    if config.normalization == "none":
        return weight, bias, None
    scale, shift = part("normalization.weight"), part("normalization.bias")
    if config.normalization == "batch":
        mean, variance = (part(name) for name in RUNNING)
        scale = scale / np.sqrt(variance + EPSILON)
        return weight * scale, bias + weight @ (shift - mean * scale), None
    scaled = weight * scale
    centred = scaled - scaled.mean(axis=1, keepdims=True)
    return centred, np.zeros_like(bias), bias + weight @ shift


def _layout(config: ModelConfig, symbols: int, blocks: int) -> tuple[int, int, int, int]:
    """(padded units, width, columns of a panel of gates in a batch, columns of the readout).

    As few panels as can be multiplied directly: by two rows for one song, ROWS for a batch.
    """
    limit = DIRECT_LIMIT if multiplies_directly() else math.inf
    readout = _round_up(symbols, 16)
    # Panels are multiples of 16 columns: others change a row's last bits with its company.
    padded = _round_up(config.hidden_size, 16 if blocks % 2 else 8)
    if ROWS * (padded + 1) * max(blocks * padded, readout) > limit:
        padded = _round_up(config.hidden_size, 16)
    K, gates = padded + 1, blocks * padded
    stacked = gates + max(gates if config.layers > 1 else 0, readout)
    if K * max(2 * stacked, ROWS * max(padded, readout)) > limit:
        padded = _round_up(config.hidden_size, _PANEL)
        return padded, _PANEL, _PANEL, _round_up(symbols, _PANEL)
    return padded, padded, gates if ROWS * K * gates <= limit else padded, readout


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
        start = cell.stacked.index(name) * H
        block = matrix[start : start + H].T
        result[:, place, :H] = block / 2 if place < cell.sigmoids else block
    return result.reshape(N, -1)


def _single(matrix: Array) -> Array:
    result = aligned(matrix.shape)
    result[...] = matrix
    return result


def _round_up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple
