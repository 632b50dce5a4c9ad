"""The network while it learns: a step on a window at a time, and all that a step changes.

It knows nothing of epochs, files and rows. Per step it does nothing but the step: losses are
summed where they are computed and looked at only when a row is due.

B streams side by side, T characters of each, V symbols.
"""

import math
from collections.abc import Mapping
from typing import Any, Literal, cast

import numpy as np
import torch
from torch import Tensor, nn

from songrnn.config import ModelConfig, TrainConfig
from songrnn.model.device import autocast
from songrnn.model.network import CharRNN, NetworkState, detach
from songrnn.training.averaging import WeightAverage
from songrnn.training.resume import Checkpoint


class RunningSums:
    """Sums since the last row of split "train", kept on the device until the row is due.

    loss: nats over `characters`; norm: of the gradients over `steps`.
    """

    def __init__(self, device: torch.device) -> None:
        self.loss = torch.zeros((), dtype=torch.float64, device=device)
        self.norm = torch.zeros((), dtype=torch.float64, device=device)
        self.characters = 0
        self.steps = 0

    def state(self) -> dict[str, float]:
        return {
            "loss": self.loss.item(),
            "norm": self.norm.item(),
            "characters": self.characters,
            "steps": self.steps,
        }

    def load(self, state: dict[str, float]) -> None:
        self.loss.fill_(state["loss"])
        self.norm.fill_(state["norm"])
        self.characters, self.steps = int(state["characters"]), int(state["steps"])


class Learner:
    """A network, its optimizer, the average of its weights and the state it carries on.

    memory: the recurrent state after the last window; None before the first. sums: since the
    last row.
    """

    def __init__(
        self,
        model: ModelConfig,
        settings: TrainConfig,
        vocabulary_size: int,
        *,
        precision: Literal["fp32", "bf16"],
        device: torch.device,
        initial: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        """initial: the weights to begin with, by name; drawn at random where there are none."""
        self.precision, self.device = precision, device
        self.network = CharRNN(model, vocabulary_size)
        if initial is not None:
            self.network.load_state_dict({n: torch.from_numpy(a) for n, a in initial.items()})
        self.network.to(device).train()
        self.average = (
            WeightAverage(self.network, settings.averaging) if settings.averaging else None
        )
        self.memory: NetworkState | None = None
        self.sums = RunningSums(device)
        if settings.trainable == "readout":
            self.network.requires_grad_(False)
            self.network.readout.requires_grad_(True)
        self._parameters = [p for p in self.network.parameters() if p.requires_grad]
        self._optimizer = _optimizer(self._parameters, settings.weight_decay)
        self._clip = settings.clip or math.inf

    @property
    def evaluated(self) -> CharRNN:
        """The network whose figures count: the averaged one where weights are averaged."""
        return self.average.network if self.average else self.network

    def step(self, inputs: np.ndarray, targets: np.ndarray, *, rate: float, number: int) -> None:
        """One step of the optimizer on a window (B, T); number: of the step, counted from 1."""
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        ids, wanted = self._to_device(inputs), self._to_device(targets)  # (B, T)
        with autocast(self.precision, self.device):
            logits, state = self.network(ids, self.memory)  # (B, T, V)
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten())
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self._parameters, self._clip)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self.memory = detach(state)
        if self.average is not None:
            self.average.update(self.network, number)
        self.sums.loss.add_(loss.detach(), alpha=inputs.size)
        self.sums.norm.add_(norm)
        self.sums.characters += inputs.size
        self.sums.steps += 1

    def forget(self) -> None:
        """Start the next window from the zero state."""
        self.memory = None

    def state(self) -> dict[str, Any]:
        """What `restore` needs, under the names that `Checkpoint` gives it."""
        return {
            "network": self.network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "average": self.average.network.state_dict() if self.average else None,
            "memory": (self.memory,) if isinstance(self.memory, Tensor) else self.memory,
            "partial": self.sums.state(),
        }

    def restore(self, checkpoint: Checkpoint) -> None:
        """Become what it was when `state` was asked."""
        self.network.load_state_dict(checkpoint.network)
        self._optimizer.load_state_dict(dict(checkpoint.optimizer))
        if self.average and checkpoint.average:
            self.average.network.load_state_dict(checkpoint.average)
        if checkpoint.memory is not None:
            memory = tuple(part.to(self.device) for part in checkpoint.memory)
            self.memory = cast(NetworkState, memory if len(memory) > 1 else memory[0])
        self.sums.load(dict(checkpoint.partial))

    def _to_device(self, ids: np.ndarray) -> Tensor:
        tensor = torch.from_numpy(ids)
        if self.device.type == "cuda":
            return tensor.contiguous().pin_memory().to(self.device, non_blocking=True)
        return tensor


def _optimizer(parameters: list[nn.Parameter], decay: float) -> torch.optim.AdamW:
    """AdamW (Loshchilov and Hutter 2019), which is Adam where nothing decays; biases never do.

    The learning rate is set at each step.
    """
    if not decay:
        return torch.optim.AdamW(parameters, weight_decay=0.0, fused=True)
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, fused=True)
