"""A recurrent layer in torch for cells that torch has no fused kernel for: a loop over the text.

Its parameters are named, shaped and drawn as those of torch's own layers, so everything that knows
nn.GRU (initialization, weight drop, the engine) knows it as well. It is several times slower.

B tunes, T characters, E inputs, H units, L layers, N blocks of the cell.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

# (given (B, N·H), recurrent (B, N·H), hidden (B, H)) -> the next hidden state (B, H)
Step = Callable[[Tensor, Tensor, Tensor], Tensor]


class LoopedLayer(nn.Module):
    """L layers of the cell that `step` computes; made and called as nn.GRU with batch_first.

    step: takes what the input and what the hidden state add to each of the N blocks, biases
    included, in the order of the cell's `stacked`, and returns the new hidden state.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        batch_first: bool = True,
        dropout: float = 0.0,
        step: Step,
        blocks: int,
    ) -> None:
        super().__init__()
        if not batch_first:
            raise ValueError("a looped layer reads (B, T, E)")
        self.hidden_size, self.num_layers = hidden_size, num_layers
        self._step, self._dropout = step, dropout
        rows, bound = blocks * hidden_size, hidden_size**-0.5
        for layer in range(num_layers):
            inputs = input_size if layer == 0 else hidden_size
            for name, shape in {
                f"weight_ih_l{layer}": (rows, inputs),
                f"weight_hh_l{layer}": (rows, hidden_size),
                f"bias_ih_l{layer}": (rows,),
                f"bias_hh_l{layer}": (rows,),
            }.items():
                self.register_parameter(
                    name, nn.Parameter(torch.empty(shape).uniform_(-bound, bound))
                )
        # As in torch's layers: the weights in use, which weight drop exchanges for a while.
        self._flat_weights_names = [name for name, _ in self.named_parameters()]
        self._flat_weights: list[Tensor] = [weight for _, weight in self.named_parameters()]

    def forward(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Read x (B, T, E) from `state` (L, B, H) or zero: outputs (B, T, H), the new state."""
        weights = dict(zip(self._flat_weights_names, self._flat_weights, strict=True))
        if state is None:
            state = x.new_zeros(self.num_layers, len(x), self.hidden_size)
        last = []
        for layer in range(self.num_layers):
            given = nn.functional.linear(
                x, weights[f"weight_ih_l{layer}"], weights[f"bias_ih_l{layer}"]
            )
            hidden, outputs = state[layer], []
            for t in range(x.shape[1]):
                recurrent = nn.functional.linear(
                    hidden, weights[f"weight_hh_l{layer}"], weights[f"bias_hh_l{layer}"]
                )
                hidden = self._step(given[:, t], recurrent, hidden)
                outputs.append(hidden)
            x = torch.stack(outputs, dim=1)
            last.append(hidden)
            if layer + 1 < self.num_layers:
                x = nn.functional.dropout(x, self._dropout, self.training)
        return x, torch.stack(last)
