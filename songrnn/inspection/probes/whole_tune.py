"""A network that knows of every character what stands anywhere in its tune.

A U-Net carries what stands in the header through all of its levels to a note far behind it, and learns
that slowly. Here detectors of short runs of characters go over the whole text first; the strongest
answer of each, wherever it is, is given to every character beside its symbol.

B tunes, V symbols, T characters, C detectors.
"""

from typing import cast

import torch
from torch import Tensor, nn

# Characters that a detector sees at once: "\nM:6/8" has six.
_RUN = 7
DETECTORS = 64


class WholeTune(nn.Module):
    """(B, V, T) -> what `inner` makes of (B, V + C, T). Where no symbol is, the tune has ended."""

    def __init__(self, inner: nn.Module, symbols: int, detectors: int) -> None:
        super().__init__()
        self.inner = inner
        self.find = nn.Conv1d(symbols, detectors, _RUN, padding=_RUN // 2)

    def forward(self, symbols: Tensor) -> Tensor:
        """symbols: (B, V, T), a 1 for each character."""
        there = symbols.sum(dim=1, keepdim=True)  # (B, 1, T)
        found = torch.relu(self.find(symbols)) * there
        anywhere = found.amax(dim=2, keepdim=True).expand(-1, -1, symbols.shape[2])
        return cast(Tensor, self.inner(torch.cat([symbols, anywhere * there], dim=1)))
