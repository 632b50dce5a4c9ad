"""Where the weights start.

`default` is torch's own: uniform in ±1/√H for the recurrent layers and the readout. The others
are drawn for each gate's block by itself, because a gate is a layer of H units of its own: a
matrix that stacks four gates has not four times the outputs. Their biases start at zero. Whatever
the choice, a cell that has a gate for it begins by remembering (an LSTM), and the embedding is torch's, normal with σ = 1.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from songrnn.cells import CELLS
from songrnn.cells.looped import LoopedLayer
from songrnn.config import ModelConfig


def initialize(
    recurrent: nn.RNNBase | LoopedLayer, readout: nn.Linear, config: ModelConfig
) -> None:
    """Draw the weights of the recurrent layers and the readout, in place.

    With n_in inputs and n_out outputs of a block: xavier_uniform is uniform in
    ±√(6/(n_in + n_out)) and xavier_normal normal with σ = √(2/(n_in + n_out)) (Glorot and Bengio
    2010); kaiming is normal with σ = √(2/n_in) (He et al. 2015); orthogonal has orthonormal rows
    or columns (Saxe et al. 2014).
    """
    how, cell = config.initialization, CELLS[config.cell]
    if how != "default":
        H = recurrent.hidden_size
        with torch.no_grad():
            for name, parameter in recurrent.named_parameters():
                if name.startswith("weight"):
                    for block in parameter.split(H):  # (H, n_in), a view
                        _DRAW[how](block)
                else:
                    parameter.zero_()
            _DRAW[how](readout.weight)
            readout.bias.zero_()
    if cell.starts_open is not None:
        _open(recurrent, cell.stacked.index(cell.starts_open))


def _kaiming(block: Tensor) -> None:
    block.normal_(0.0, (2 / block.shape[1]) ** 0.5)


_DRAW: dict[str, Callable[[Tensor], object]] = {
    "xavier_uniform": nn.init.xavier_uniform_,
    "xavier_normal": nn.init.xavier_normal_,
    "kaiming": _kaiming,
    "orthogonal": nn.init.orthogonal_,
}


def _open(recurrent: nn.RNNBase | LoopedLayer, block: int, value: float = 1.0) -> None:
    """Set what is added inside a gate, the nth block of the biases, to `value`, in place.

    A forget gate that starts open lets gradients through from the first step (Gers et al. 2000;
    Jozefowicz et al. 2015). torch adds two biases to each gate, so one of them takes the value
    and the other is zero: setting both would count it twice.
    """
    H = recurrent.hidden_size
    rows = slice(block * H, (block + 1) * H)
    with torch.no_grad():
        for layer in range(recurrent.num_layers):
            getattr(recurrent, f"bias_ih_l{layer}")[rows] = value
            getattr(recurrent, f"bias_hh_l{layer}")[rows] = 0.0
