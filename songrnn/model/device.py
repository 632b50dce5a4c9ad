"""The machine under a training: device, threads, and the seeds of all generators."""

import random
from contextlib import AbstractContextManager

import numpy as np
import torch

from songrnn.config import Precision
from songrnn.model.threads import one_blas_thread


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
