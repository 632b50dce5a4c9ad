"""The machine under a training: device, precision, threads, and the seeds of all generators."""

import functools
import random
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from songrnn.config import ModelConfig, Precision
from songrnn.model.network import CharRNN
from songrnn.model.threads import one_blas_thread

# bf16 has to win by this factor: below it noise decides, and fp32 is the safer choice.
_WORTH_IT = 1.1


def pick_device() -> torch.device:
    """A GPU when torch sees one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def one_thread() -> None:
    """Let torch and BLAS use one thread: faster for nets of this size, and far so when busy."""
    torch.set_num_threads(1)
    one_blas_thread()


def seed_everything(seed: int) -> np.random.Generator:
    """Seed torch's and Python's global generators; return the numpy generator to pass on.

    numpy's old global generator is seeded as well, for the sake of libraries that use it.
    """
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 (libraries may draw from it; we never do)
    torch.manual_seed(seed)
    return np.random.default_rng(seed)


def autocast(precision: Precision, device: torch.device) -> AbstractContextManager[None]:
    """The context of a forward pass: bf16 where torch deems it safe, or plain fp32."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bf16")


@dataclass(frozen=True)
class PrecisionChoice:
    """What a training computes in, and why.

    speedup: characters per second of bf16 over fp32 as measured; None when it was not measured.
    """

    precision: Precision
    speedup: float | None = None

    def __str__(self) -> str:
        if self.speedup is None:
            return self.precision
        return f"{self.precision} (bf16 runs at {self.speedup:.2f} times the speed of fp32 here)"


def pick_precision(
    requested: Precision,
    model: ModelConfig,
    vocabulary_size: int,
    *,
    batch_size: int = 64,
    window: int = 128,
    device: torch.device | None = None,
) -> PrecisionChoice:
    """fp32 or bf16 as asked for; "auto" measures a training step of this very net in both.

    bf16 pays where the processor has matrix units or instructions for it and is slow elsewhere.
    The measurement takes a second or a few, once a process and shape, and draws nothing from the
    global generators.
    """
    if requested != "auto":
        return PrecisionChoice(requested)
    speedup = _measure_bf16(
        model, vocabulary_size, batch_size, min(window, 64), device or pick_device()
    )
    return PrecisionChoice("bf16" if speedup >= _WORTH_IT else "fp32", speedup)


@functools.cache
def _measure_bf16(
    model: ModelConfig, vocabulary_size: int, batch_size: int, window: int, device: torch.device
) -> float:
    with torch.random.fork_rng():
        steps = {
            precision: _training_step(model, vocabulary_size, batch_size, window, device, precision)
            for precision in ("fp32", "bf16")
        }
        for step in steps.values():
            step()  # the first one allocates and compiles
        # In turn, so that a busy moment of the machine hits both.
        seconds = [(_time(steps["fp32"]), _time(steps["bf16"])) for _ in range(3)]
    return statistics.median(fp32 / bf16 for fp32, bf16 in seconds)


def _training_step(
    model: ModelConfig,
    vocabulary_size: int,
    batch_size: int,
    window: int,
    device: torch.device,
    precision: Precision,
) -> Callable[[], None]:
    network = CharRNN(model, vocabulary_size).to(device)
    optimizer = torch.optim.Adam(network.parameters(), fused=True)
    ids = torch.randint(vocabulary_size, (batch_size, window + 1), device=device)

    def step() -> None:
        with autocast(precision, device):
            logits, _ = network(ids[:, :-1])
        loss = nn.functional.cross_entropy(logits.float().flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    return step


def _time(step: Callable[[], None]) -> float:
    start = time.perf_counter()
    step()
    return time.perf_counter() - start
