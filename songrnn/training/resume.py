"""resume.pt: all that a training needs to resume as if it had never stopped, to the bit.

The weights, the optimizer's moments, the moving average, every generator of random numbers, the
state that is carried from window to window, where in which shuffling of the tunes it is, the sums
of the row that is not written yet, the best weights so far, and how long the history was. The
learning rate is a function of the step (`schedule.py`), so there is no scheduler to store.

torch.load reads it with weights_only=True: no pickle is ever executed.
"""

import io
import json
import random
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
import torch
from torch import Tensor

from songrnn.disk import open_regular, replace_file
from songrnn.errors import DamagedRunError
from songrnn.store.documents import unreadable

FORMAT_VERSION = 1
FILE = "resume.pt"
# Bytes: twice what the largest network with its optimizer and averages takes.
_LARGEST = 1 << 36


@dataclass
class Position:
    """Where a training is.

    step: optimizer steps done in all; epoch: whole epochs done; position: steps done in this one.
    validations: how many were made; one is due whenever that is `epoch`, the first before
    training. stale: epochs since the last improvement. seconds: time spent training.
    history: bytes of history.jsonl.
    """

    step: int = 0
    epoch: int = 0
    position: int = 0
    validations: int = 0
    stale: int = 0
    seconds: float = 0.0
    history: int = 0


@dataclass(frozen=True)
class Checkpoint:
    """What resume.pt holds. tensors: nested dictionaries of tensors and numbers, by owner.

    order: state of the data's generator at the start of this epoch. memory: the carried state.
    partial: sums of the unfinished row. best, last: validation figures, as plain data.
    """

    run: str
    precision: Literal["fp32", "bf16"]
    position: Position
    network: Mapping[str, Tensor]
    optimizer: Mapping[str, Any]
    average: Mapping[str, Tensor] | None
    best_weights: Mapping[str, Tensor] | None
    memory: tuple[Tensor, ...] | None
    partial: Mapping[str, Any]
    order: str
    generators: Mapping[str, Any]
    best: Mapping[str, Any] | None
    last: Mapping[str, Any] | None
    last_train_loss: float | None


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> None:
    """Replace resume.pt in one step. Raises StorageError and leaves the old one."""
    content = {name: getattr(checkpoint, name) for name in Checkpoint.__dataclass_fields__}
    content |= {"format_version": FORMAT_VERSION, "position": asdict(checkpoint.position)}
    buffer = io.BytesIO()
    torch.save(content, buffer)
    replace_file(folder / FILE, buffer.getbuffer().tobytes(), most=_LARGEST)


def _check_sizes(file: BinaryIO) -> None:
    """Raise ValueError unless all parts are as long as they say: torch packs nothing, so a part
    that unpacks to more than the file holds was not written by it."""
    with zipfile.ZipFile(file) as archive:
        if any(part.compress_type != zipfile.ZIP_STORED for part in archive.infolist()):
            raise ValueError("a packed part")
    file.seek(0)


def read_checkpoint(folder: Path) -> Checkpoint | None:
    """The checkpoint of a run folder, on the CPU; None without one. Raises DamagedRunError."""
    path = folder / FILE
    try:
        with open_regular(path, most=_LARGEST) as file:
            _check_sizes(file)
            content = torch.load(file, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(path, error) from error
    except Exception as error:  # torch raises whatever a broken archive leads to
        raise DamagedRunError(
            f"{path} is damaged, so the training cannot be resumed; start it again from the beginning."
        ) from error
    try:
        if content.pop("format_version") != FORMAT_VERSION:
            raise DamagedRunError(
                f"{path} was written by another version of SongRNN Lab; start the training again from the "
                "beginning."
            )
        content["position"] = Position(**content["position"])
        return Checkpoint(**content)
    except (KeyError, TypeError, AttributeError) as error:
        raise DamagedRunError(
            f"{path} lacks what a training needs to be resumed; start it again from the beginning."
        ) from error


def order_state(generator: np.random.Generator) -> str:
    """A numpy generator's state as JSON: its numbers are larger than a tensor could hold."""
    return json.dumps(generator.bit_generator.state)


def restore_order(generator: np.random.Generator, state: str) -> None:
    """Put a generator into the state that `order_state` returned."""
    generator.bit_generator.state = json.loads(state)


def generators_state(device: torch.device) -> dict[str, Any]:
    """The states of torch's and Python's global generators."""
    state: dict[str, Any] = {
        "torch": torch.get_rng_state(),
        "python": json.dumps(random.getstate()),
    }
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def restore_generators(state: Mapping[str, Any], device: torch.device) -> None:
    """Put the global generators into the states that `generators_state` returned."""
    torch.set_rng_state(state["torch"])
    version, internal, gauss = json.loads(state["python"])
    random.setstate((version, tuple(internal), gauss))
    if device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], device)
