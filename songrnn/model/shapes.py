"""Names and shapes of a network's parameters, known without torch and without weights.

They are those of torch's state_dict for CharRNN, so a file of weights can be checked against
run.json before anything is allocated.
"""

import math
from collections.abc import Mapping

import numpy as np

from songrnn.cells import CELLS
from songrnn.config import ModelConfig
from songrnn.errors import DamagedRunError

# What batch normalization keeps of the data: part of the network, but not learned.
RUNNING = ("normalization.running_mean", "normalization.running_var")
# Added to a variance before its root is taken, as in torch.
EPSILON = 1e-5


def parameter_shapes(model: ModelConfig, vocabulary_size: int) -> dict[str, tuple[int, ...]]:
    """Parameter name -> shape, in the order of the network.

    >>> shapes = parameter_shapes(ModelConfig(cell="gru", hidden_size=5, embedding_size=3), 7)
    >>> shapes["recurrent.weight_ih_l0"], shapes["readout.weight"]
    ((15, 3), (7, 5))
    """
    V, E, H = vocabulary_size, model.embedding_size, model.hidden_size
    rows = len(CELLS[model.cell].stacked) * H
    shapes: dict[str, tuple[int, ...]] = {"embedding.weight": (V, E)}
    for layer in range(model.layers):
        shapes[f"recurrent.weight_ih_l{layer}"] = (rows, E if layer == 0 else H)
        shapes[f"recurrent.weight_hh_l{layer}"] = (rows, H)
        shapes[f"recurrent.bias_ih_l{layer}"] = (rows,)
        shapes[f"recurrent.bias_hh_l{layer}"] = (rows,)
    if model.normalization != "none":
        shapes["normalization.weight"] = (H,)
        shapes["normalization.bias"] = (H,)
    if model.normalization == "batch":
        shapes |= dict.fromkeys(RUNNING, (H,))
    shapes["readout.weight"] = (V, H)
    shapes["readout.bias"] = (V,)
    return shapes


def parameter_count(model: ModelConfig, vocabulary_size: int) -> int:
    """How many numbers a network learns."""
    shapes = parameter_shapes(model, vocabulary_size)
    return sum(math.prod(shape) for name, shape in shapes.items() if name not in RUNNING)


def products_per_symbol(model: ModelConfig, vocabulary_size: int) -> int:
    """How many products of two numbers reading one symbol takes in the engine.

    The first layer's input is looked up, so it costs none.
    """
    H, blocks = model.hidden_size, len(CELLS[model.cell].blocks)
    return blocks * H * H * (2 * model.layers - 1) + H * vocabulary_size


def check_parameters(
    config: ModelConfig, vocabulary_size: int, weights: Mapping[str, np.ndarray]
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
