"""How much memory a training takes, and whether this machine has it; no torch.

The figure is one that a training reaches for certain, not one that it stays below: what is refused
could not have fitted. B streams, T characters of a window, E embedding size, H units, L layers, V
symbols, P numbers of the network.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil

from songrnn.config import ModelConfig, TrainConfig
from songrnn.errors import TooLargeError
from songrnn.model.shapes import parameter_count
from songrnn.paths import places
from songrnn.workspaces import workspaces_on

# Bytes of a process that has loaded torch and the tunes of a small corpus.
_PROCESS = 200_000_000
# Numbers that a layer keeps of each symbol until its gradient is formed, in units of H.
_KEPT = {"lstm": 11, "gru": 8, "rnn": 3}
# Numbers kept for each of the network's: weights, gradient and two moments while it steps. With the
# best weights and without gradients they are written as a checkpoint, from a copy of a copy.
_STEPPING, _WRITING = 4, 12
# Bytes of a process that labels neurons, and what each unit adds: what it does on many characters.
_LABELLING, _OF_A_UNIT = 1_200_000_000, 800_000
# Of the memory of a server of many people, what one training may take, and all together.
_SHARE = 0.75


def bytes_of_step(model: ModelConfig, training: TrainConfig, symbols: int) -> int:
    """What a step keeps of a window besides the network: activations (B, T, …) and logits (B, T, V)."""
    B, T, E, H = training.batch_size, training.window, model.embedding_size, model.hidden_size
    kept = E + model.layers * _KEPT.get(model.cell, 3) * H + H
    # In 16 bits but for the logits, their logarithms and their gradient, where they are not given.
    width = 4 if training.precision == "fp32" else 2
    return B * T * (width * (kept + symbols) + 4 * 2 * symbols)


def bytes_of_training(model: ModelConfig, training: TrainConfig, symbols: int) -> int:
    """What the process of a training takes at its peak, at the least."""
    numbers = 4 * parameter_count(model, symbols)
    averaged = 4 * parameter_count(model, symbols) if training.averaging else 0
    # A graphics card has memory of its own for what is learned with.
    step = 0 if has_graphics_card() else bytes_of_step(model, training, symbols)
    return _PROCESS + averaged + max(_STEPPING * numbers + step, _WRITING * numbers)


def check_memory(model: ModelConfig, training: TrainConfig, symbols: int) -> None:
    """Raise TooLargeError when a training cannot fit this machine, or what one person may take of it."""
    needed, most = bytes_of_training(model, training, symbols), most_for_one()
    if needed <= most:
        return
    whose = "this machine has" if places().shared is None else "one training may take here"
    raise TooLargeError(
        f"This training needs about {needed / 1e9:,.1f} GB of memory (batch {training.batch_size:,} × "
        f"window {training.window:,}, {model.layers} × {model.hidden_size:,} units), and {whose} "
        f"{most / 1e9:,.1f} GB; choose a smaller batch, window or network."
    )


def most_for_one() -> int:
    """Bytes that one training may take: all there are, swap included; on a server of many people a
    share of what is no swap."""
    if places().shared is None:
        return machine_bytes(swap=True)
    return int(_SHARE * machine_bytes(swap=False))


def most_together() -> int:
    """Bytes that all trainings may take at the same time, whoever asks."""
    many_people = workspaces_on() or places().shared is not None
    return int(_SHARE * machine_bytes(swap=False)) if many_people else machine_bytes(swap=True)


def bytes_together(model: ModelConfig, training: TrainConfig, symbols: int) -> int:
    """What a training takes beside others, at the most: peaks were up to twice the least figure."""
    return 2 * bytes_of_training(model, training, symbols)


def bytes_of_labelling(model: ModelConfig) -> int:
    """What labelling a network's neurons takes, about: 1.3 GB were measured of 150 units, 2.0 of 1,024."""
    return _LABELLING + _OF_A_UNIT * model.layers * model.hidden_size


def machine_bytes(*, swap: bool, root: Path = Path("/")) -> int:
    """Memory of this machine, or of the container that this process is in when that is less.

    root: of the file system in which the system tells its limits.
    """
    has = psutil.virtual_memory().total + (psutil.swap_memory().total if swap else 0)
    limits = [memory + (more if swap else 0) for memory, more in _limits(root)]
    return int(min([has, *limits]))


def _limits(root: Path) -> Iterator[tuple[float, float]]:
    """(bytes of memory, bytes of swap) that groups of processes around this one may take."""
    try:
        groups = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in groups:
        _, kinds, path = line.split(":", 2)
        if kinds and "memory" not in kinds.split(","):
            continue
        for base in ("sys/fs/cgroup", "sys/fs/cgroup/unified", "sys/fs/cgroup/memory"):
            folder = root / base / path.lstrip("/")
            # Inside a container the path may be that of outside; the group is then at the top.
            for each in (folder, *folder.parents):
                if each == root / "sys/fs":
                    break
                if (memory := _number(each / "memory.max")) is not None:
                    more = _number(each / "memory.swap.max")
                    yield memory, float("inf") if more is None else more
                if (memory := _number(each / "memory.limit_in_bytes")) is not None:
                    both = _number(each / "memory.memsw.limit_in_bytes")
                    yield memory, float("inf") if both is None else max(both - memory, 0)


def _number(path: Path) -> float | None:
    try:
        told = path.read_text().strip()
    except OSError:
        return None
    return float(told) if told.isdigit() else float("inf")


def has_graphics_card() -> bool:
    """Whether there may be a graphics card that torch trains on, told without torch."""
    devices = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")
    return any(map(os.path.exists, devices)) or shutil.which("nvidia-smi") is not None
