"""Where a U-Net's weights start.

n_in is how many numbers a value of a convolution's output is a sum of, and n_out how many values
of the output an input enters:

    xavier_uniform  uniform in ±√(6 / (n_in + n_out))       (Glorot and Bengio 2010, equation 16)
    xavier_normal   normal with σ = √(2 / (n_in + n_out))    (the same variance)
    kaiming         normal with σ = √(2 / n_in)              (He et al. 2015, equation 10)

A ReLU sets half of what enters it to 0, which halves the variance; that is the 2 in Kaiming's √(2/n).
Some notes print it upside down, √(n/2), which is greater than 1 and makes activations explode. Biases
start at 0.
"""

import math

import torch
from torch import Tensor, nn

from songrnn.segmentation.settings import NetInitialization

Convolution = nn.Conv1d | nn.Conv2d | nn.ConvTranspose1d | nn.ConvTranspose2d


def fans(convolution: Convolution) -> tuple[int, int]:
    """n_in and n_out of a convolution.

    A transposed convolution whose stride is its kernel's size has no overlaps: each value of its
    output is a sum over the input's channels alone, and each input enters a whole kernel.
    """
    kernel = math.prod(convolution.kernel_size)
    ins, outs = convolution.in_channels, convolution.out_channels
    if isinstance(convolution, nn.ConvTranspose1d | nn.ConvTranspose2d):
        return ins, outs * kernel
    return ins * kernel, outs * kernel


@torch.no_grad()
def draw_weights(network: nn.Module, how: NetInitialization) -> None:
    """Draw the weights of all convolutions of a network in place, from torch's generator.

    Shapes without values (torch's device `meta`) stay so: drawing those would load torch's compiler,
    nearly two seconds.
    """
    for module in network.modules():
        if isinstance(module, Convolution) and not module.weight.is_meta:
            _draw(module.weight, *fans(module), how)
            if module.bias is not None:
                module.bias.zero_()


def _draw(weight: Tensor, n_in: int, n_out: int, how: NetInitialization) -> None:
    if how == "xavier_uniform":
        reach = math.sqrt(6 / (n_in + n_out))
        weight.uniform_(-reach, reach)
    elif how == "xavier_normal":
        weight.normal_(0, math.sqrt(2 / (n_in + n_out)))
    else:
        weight.normal_(0, math.sqrt(2 / n_in))
