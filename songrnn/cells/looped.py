"""A recurrent layer in torch for cells that torch has no fused kernel for: a loop over the text.

Its parameters are named, shaped and drawn as those of torch's own layers, so everything that knows
nn.GRU (initialization, weight drop, the engine) knows it as well. It is several times slower.

B tunes, T characters, E inputs, H units, L layers, N blocks of the cell.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

# (given (B, N·H), recurrent (B, N·H), hidden (B, H)) -> the next hidden state (B, H). With a cell
# state: (given, recurrent, hidden, cell (B, H)) -> the next (hidden, cell).
Step = Callable[..., Any]
# hidden (L, B, H); where there is a cell state the pair (hidden, cell).
State = Tensor | tuple[Tensor, Tensor]


class LoopedLayer(nn.Module):
    """L layers of the cell that `step` computes; made and called as nn.GRU with batch_first, or,
    where the cell has a cell state, as nn.LSTM.

    step: takes what the input and what the hidden state add to each of the N blocks, biases
    included, in the order of the cell's `stacked`, then what is remembered; returns it anew.
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
        has_cell_state: bool = False,
    ) -> None:
        super().__init__()
        if not batch_first:
            raise ValueError("a looped layer reads (B, T, E)")
        self.hidden_size, self.num_layers = hidden_size, num_layers
        self._step, self._dropout = step, dropout
        self._has_cell_state = has_cell_state
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

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Read x (B, T, E) from `state` or from zero: outputs (B, T, H), the new state."""
        weights = dict(zip(self._flat_weights_names, self._flat_weights, strict=True))
        before = self._remembered(state, x)
        last = []
        for layer in range(self.num_layers):
            given = nn.functional.linear(
                x, weights[f"weight_ih_l{layer}"], weights[f"bias_ih_l{layer}"]
            )
            memory, outputs = tuple(each[layer] for each in before), []
            for t in range(x.shape[1]):
                recurrent = nn.functional.linear(
                    memory[0], weights[f"weight_hh_l{layer}"], weights[f"bias_hh_l{layer}"]
                )
                stepped = self._step(given[:, t], recurrent, *memory)
                memory = stepped if self._has_cell_state else (stepped,)
                outputs.append(memory[0])
            x = torch.stack(outputs, dim=1)
            last.append(memory)
            if layer + 1 < self.num_layers:
                x = nn.functional.dropout(x, self._dropout, self.training)
        hidden, *cell = (torch.stack(each) for each in zip(*last, strict=True))
        return x, (hidden, cell[0]) if cell else hidden

    def _remembered(self, state: State | None, x: Tensor) -> tuple[Tensor, ...]:
        """What is remembered before x, each (L, B, H): hidden and, where there is one, cell."""
        if state is None:
            zero = x.new_zeros(self.num_layers, len(x), self.hidden_size)
            return (zero, zero) if self._has_cell_state else (zero,)
        return state if isinstance(state, tuple) else (state,)
