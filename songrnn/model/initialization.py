"""Where the weights start.

torch's own defaults stand (uniform in ±1/√H for the recurrent layers and the readout), with one
exception: an LSTM begins by remembering.
"""

import torch
from torch import nn


def set_forget_bias(recurrent: nn.LSTM, value: float = 1.0) -> None:
    """Set what is added inside every forget gate to `value`, in place.

    A forget gate that starts open lets gradients through from the first step (Gers et al. 2000;
    Jozefowicz et al. 2015). torch adds two biases to each gate, so one of them takes the value
    and the other is zero: setting both would count it twice.
    """
    H = recurrent.hidden_size
    with torch.no_grad():
        for layer in range(recurrent.num_layers):
            # The blocks are stacked as input, forget, candidate, output gate.
            getattr(recurrent, f"bias_ih_l{layer}")[H : 2 * H] = value
            getattr(recurrent, f"bias_hh_l{layer}")[H : 2 * H] = 0.0
