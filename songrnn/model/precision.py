"""fp32 or bf16 for a training: by the processor's abilities and the network's shape, from a table.

Nothing is timed when a training starts. A moment's load would decide, and equal commands on equal
machines would give different histories. `make bench` measures whether the table fits the machine
it runs on.

Speed of bf16 over fp32, one thread, 64 characters a window (torch 2.13, a processor with
AVX512_BF16 and without AMX), by batch × units:

    batch × units   256    1,024       2,400   4,096       6,400   8,192   9,600   16,384   32,768
    lstm            0.96   1.02–1.23   1.47    1.50–1.55   1.64    1.70    2.21    1.67     1.66
    gru             0.62   0.68–0.72   0.92    0.87–1.05   1.09    1.19    1.27    1.39     1.75
    rnn             0.84   0.61        0.85    0.87–1.06   1.06    1.19    1.26    1.49     1.70

More layers change little. With AMX, at 9,600: lstm 2.2, gru 1.3, rnn 1.2. Without instructions for
bf16 it is half as fast as fp32 throughout.
"""

from typing import Literal

import torch

from songrnn.config import ModelConfig, Precision

# Cell -> the least batch × units from which bf16 is worth its coarser numbers: at least a tenth
# faster. A cell that is not here, having no fused layer in torch, is trained in fp32.
BF16_FROM = {"lstm": 2_048, "gru": 8_192, "rnn": 8_192}


def has_bf16(device: torch.device) -> bool:
    """Whether the device is a processor with instructions for bf16.

    False for graphics cards, on which the table was not measured.
    """
    return device.type == "cpu" and bool(torch.cpu.get_capabilities().get("avx512_bf16"))


def pick_precision(
    requested: Precision, model: ModelConfig, *, batch_size: int, device: torch.device
) -> Literal["fp32", "bf16"]:
    """fp32 or bf16 as asked for; for "auto" what the table says of this cell and shape."""
    if requested != "auto":
        return requested
    large_enough = batch_size * model.hidden_size >= BF16_FROM.get(model.cell, float("inf"))
    return "bf16" if large_enough and has_bf16(device) else "fp32"
