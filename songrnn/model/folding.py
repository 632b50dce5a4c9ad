"""A network's parameters, arranged for reading one symbol at a time.

What depends on the symbol alone (embedding, input projection and biases of the first layer) is
summed beforehand into a table of V rows. What depends on a hidden state alone is one matrix: its
columns give the sums for the layer's own next step, then those for the layer above or the readout.
Biases are the last row, which meets a constant 1.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from songrnn.cells import CELLS
from songrnn.cells.cell import Array, aligned
from songrnn.config import ModelConfig
from songrnn.model.shapes import EPSILON, RUNNING
from songrnn.model.threads import DIRECT_LIMIT, multiplies_directly

# A batch is multiplied in groups of this many rows where products run directly.
ROWS = 8
# Matrices too large for a direct product are cut into panels of this many columns.
_PANEL = 64


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
    sums are then divided by the spread of the hidden state and this is added; see `_Arranged.readout`.
    """

    padded: int
    width: int
    table: Array
    layers: tuple[FoldedLayer, ...]
    scaled_bias: Array | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of all of them; what is a part of another array counts as well."""
        layers = ((each.stacked, each.recurrent, each.following) for each in self.layers)
        return self.table.nbytes + sum(part.nbytes for layer in layers for part in layer)

    @property
    def in_panels(self) -> bool:
        """Whether the matrices are too large to be multiplied directly as they are."""
        return self.width != self.padded


def fold(config: ModelConfig, vocabulary_size: int, weights: Mapping[str, Array]) -> FoldedWeights:
    """Arrange checked weights; the sums are formed in float64 and kept in float32."""
    blocks = len(CELLS[config.cell].blocks)
    padded, width, gates_width, readout_width = _layout(config, vocabulary_size, blocks)
    arranged = _Arranged(config, weights, padded)
    readout, scaled_bias = arranged.readout(readout_width)
    layers = []
    for layer in range(config.layers):
        recurrent = arranged.recurrent(layer)
        if layer + 1 < config.layers:
            following, following_width = arranged.inputs(layer + 1), gates_width
        else:
            following = readout
            following_width = readout_width if width == padded else width
        stacked = np.concatenate([recurrent, following], axis=1)
        layers.append(
            FoldedLayer(
                panels(stacked, stacked.shape[1] if width == padded else width),
                panels(recurrent, gates_width),
                panels(following, following_width),
            )
        )
    return FoldedWeights(
        padded,
        width,
        _single(arranged.table().reshape(vocabulary_size, blocks, -1, width)),
        tuple(layers),
        None if scaled_bias is None else _single(scaled_bias),
    )


class _Arranged:
    """The matrices of a network by what they multiply, in float64, gates in the cell's own order.

    K is the padded units and the constant 1, N the blocks of a cell times the padded units.
    """

    def __init__(self, config: ModelConfig, weights: Mapping[str, Array], padded: int) -> None:
        self._config, self._weights, self._padded = config, weights, padded
        self._cell = CELLS[config.cell]
        # Biases that the cell multiplies stay with the recurrent sums; all others are added
        # whatever the state.
        folded = [name not in self._cell.unfolded for name in self._cell.stacked]
        self._folded = np.repeat(folded, config.hidden_size)

    def table(self) -> Array:
        """(V, N): what each symbol gives the first layer."""
        inputs = self._gates(self._part("recurrent.weight_ih_l0"))
        return self._part("embedding.weight") @ inputs + self._input_bias(0)

    def inputs(self, layer: int) -> Array:
        """(K, N): what the layer below gives a layer."""
        weights = self._gates(self._part(f"recurrent.weight_ih_l{layer}"))
        return self._with_bias(weights, self._input_bias(layer))

    def recurrent(self, layer: int) -> Array:
        """(K, N): what a layer gives itself."""
        weights = self._gates(self._part(f"recurrent.weight_hh_l{layer}"))
        bias = self._part(f"recurrent.bias_hh_l{layer}") * ~self._folded
        return self._with_bias(weights, self._gates(bias[:, None]))

    def readout(self, columns: int) -> tuple[Array, Array | None]:
        """((K, columns), scaled bias (V,) or None) of readout and normalization together.

        Batch normalization is a scale and a shift of each unit once the data are known, so it melts
        into the readout. Layer normalization subtracts the mean of the hidden state, which rows
        that sum to nothing do not see, and divides by its spread, which is left to be done at each
        step.
        """
        weight, bias = self._part("readout.weight"), self._part("readout.bias")
        scaled_bias = None
        if self._config.normalization != "none":
            scale, shift = self._part("normalization.weight"), self._part("normalization.bias")
            if self._config.normalization == "batch":
                mean, variance = map(self._part, RUNNING)
                scale = scale / np.sqrt(variance + EPSILON)
                weight, bias = weight * scale, bias + weight @ (shift - mean * scale)
            else:
                scaled_bias = bias + weight @ shift
                scaled = weight * scale
                weight = scaled - scaled.mean(axis=1, keepdims=True)
                bias = np.zeros_like(bias)
        V, H = weight.shape
        wide, constant = np.zeros((H, columns)), np.zeros((1, columns))
        wide[:, :V], constant[:, :V] = weight.T, bias
        return self._with_bias(wide, constant), scaled_bias

    def _part(self, name: str) -> Array:
        return np.asarray(self._weights[name], np.float64)

    def _input_bias(self, layer: int) -> Array:  # (1, N)
        recurrent = self._part(f"recurrent.bias_hh_l{layer}") * self._folded
        return self._gates((self._part(f"recurrent.bias_ih_l{layer}") + recurrent)[:, None])

    def _with_bias(self, matrix: Array, bias: Array) -> Array:  # (H, M), (1, M) -> (K, M)
        result = np.zeros((self._padded + 1, matrix.shape[1]))
        result[: len(matrix)], result[-1:] = matrix, bias
        return result

    def _gates(self, matrix: Array) -> Array:
        """(blocks · H, M) in torch's order -> (M, N), the sums of sigmoid gates halved."""
        H, M = self._config.hidden_size, matrix.shape[1]
        cell = self._cell
        result = np.zeros((M, len(cell.blocks), self._padded))
        for place, name in enumerate(cell.blocks):
            start = cell.stacked.index(name) * H
            block = matrix[start : start + H].T
            result[:, place, :H] = block / 2 if place < cell.sigmoids else block
        return result.reshape(M, -1)


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


def _single(matrix: Array) -> Array:
    result = aligned(matrix.shape)
    result[...] = matrix
    return result


def _round_up(number: int, multiple: int) -> int:
    return -(-number // multiple) * multiple
