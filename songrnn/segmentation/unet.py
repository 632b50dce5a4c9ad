"""The U-Net of Ronneberger, Fischer and Brox (2015), for pictures and for texts.

On the way down each level looks at a picture half as large with twice the channels, so the deepest
one sees far; on the way up the picture grows again, and at each level what the way down knew of
that size comes in beside it (a skip connection), so that borders stay sharp.

B pictures of H × W pixels, C channels in, K classes, w₀ … w_d channels of the levels:
w_i = min(base_width · 2^i, widest). With depth 2:

    (B, C, H, W)    ─ block ─►  (B, w₀, H, W)      ═ skip ═►  ─ block ─►  ─ 1×1 ─►  (B, K, H, W)
                    max-pool ▼                                ▲ up
    (B, w₀, H/2, W/2) ─ block ─► (B, w₁, H/2, W/2)  ═ skip ═►  ─ block ─►  (B, w₁, H/2, W/2)
                    max-pool ▼                                ▲ up
    (B, w₁, H/4, W/4) ─ block ─► (B, w₂, H/4, W/4)  ───────────┘

In contrast to the paper the convolutions pad their input, so that the output has the input's size,
and batch normalization (Ioffe and Szegedy 2015) may follow each. With dimensions=1 every (H, W) is
a length (T), for a class a character.
"""

import torch
from torch import Tensor, nn

from songrnn.segmentation.initialization import draw_weights
from songrnn.segmentation.settings import UNetSettings

_CONVOLUTION: dict[int, type[nn.Conv1d] | type[nn.Conv2d]] = {1: nn.Conv1d, 2: nn.Conv2d}
_GROWING: dict[int, type[nn.ConvTranspose1d] | type[nn.ConvTranspose2d]] = {
    1: nn.ConvTranspose1d,
    2: nn.ConvTranspose2d,
}
_NORMALIZATION: dict[int, type[nn.BatchNorm1d] | type[nn.BatchNorm2d]] = {
    1: nn.BatchNorm1d,
    2: nn.BatchNorm2d,
}
_POOLING: dict[int, type[nn.MaxPool1d] | type[nn.MaxPool2d]] = {1: nn.MaxPool1d, 2: nn.MaxPool2d}


class UNet(nn.Module):
    """(B, C, H, W) -> class scores (B, K, H, W); (B, C, T) -> (B, K, T) with dimensions=1.

    inputs: C. classes: K. H and W may be any number of pixels; they are padded to a multiple of
    2^depth and cut again. Weights are drawn from torch's generator.
    """

    def __init__(
        self, settings: UNetSettings, *, inputs: int, classes: int, dimensions: int = 2
    ) -> None:
        super().__init__()
        self.depth, self.dimensions = settings.depth, dimensions
        w = [min(settings.base_width * 2**i, settings.widest) for i in range(settings.depth + 1)]
        norm = settings.normalization == "batch"
        self.down = nn.ModuleList(  # level i: (B, w[i−1], H/2^i, W/2^i) -> (B, w[i], H/2^i, W/2^i)
            _block(w[i - 1] if i else inputs, w[i], norm, dimensions)
            for i in range(settings.depth + 1)
        )
        self.pool = _POOLING[dimensions](2)  # (…, H, W) -> (…, H/2, W/2)
        self.grow = nn.ModuleList(  # (B, w[i+1], H/2^(i+1), …) -> (B, w[i], H/2^i, …)
            _GROWING[dimensions](w[i + 1], w[i], 2, stride=2) for i in range(settings.depth)
        )
        self.up = nn.ModuleList(  # (B, 2 w[i], H/2^i, W/2^i) -> (B, w[i], H/2^i, W/2^i)
            _block(2 * w[i], w[i], norm, dimensions) for i in range(settings.depth)
        )
        self.readout = _CONVOLUTION[dimensions](w[0], classes, 1)  # (B, w₀, H, W) -> (B, K, H, W)
        draw_weights(self, settings.initialization)

    def forward(self, pictures: Tensor) -> Tensor:
        """pictures: (B, C, H, W), or (B, C, T)."""
        size = pictures.shape[2:]
        x = self._padded(pictures)
        skips: list[Tensor] = []
        for level, block in enumerate(self.down):
            x = block(self.pool(x) if level else x)  # (B, w[level], H/2^level, W/2^level)
            skips.append(x)
        for level in reversed(range(self.depth)):
            larger = self.grow[level](x)  # (B, w[level], H/2^level, W/2^level)
            x = self.up[level](torch.cat([skips[level], larger], dim=1))
        scores: Tensor = self.readout(x)  # (B, K, H, W)
        for axis, length in enumerate(size, start=2):
            scores = scores.narrow(axis, 0, length)
        return scores

    def _padded(self, pictures: Tensor) -> Tensor:
        """Pictures whose sides are multiples of 2^depth; the last row and column are repeated."""
        missing = [-length % 2**self.depth for length in pictures.shape[2:]]
        if not any(missing):
            return pictures
        pad = [side for length in reversed(missing) for side in (0, length)]
        return nn.functional.pad(pictures, pad, mode="replicate")


def weights_of(network: nn.Module) -> dict[str, Tensor]:
    """Name -> tensor of all that a run stores: weights, and means and variances of batches."""
    state: dict[str, Tensor] = network.state_dict()
    # How many batches were counted has no effect on anything here.
    return {name: each for name, each in state.items() if not name.endswith("num_batches_tracked")}


def _block(ins: int, outs: int, norm: bool, dimensions: int) -> nn.Sequential:
    """Two convolutions over 3 × 3 pixels (3 characters), each with its ReLU."""
    layers: list[nn.Module] = []
    for channels in (ins, outs):
        # A bias would be taken out again by the normalization.
        layers.append(_CONVOLUTION[dimensions](channels, outs, 3, padding=1, bias=not norm))
        if norm:
            layers.append(_NORMALIZATION[dimensions](outs))
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)
