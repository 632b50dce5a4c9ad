"""How fast this machine trains a network: remembered from trainings, else measured in seconds.

A figure is kept for each shape (cell, layers, units, embedding, batch, window). `estimate` says how
long a training takes; where no shape alike was trained here, the figure of the nearest is scaled by
the products of a step. Run as a program it measures one shape and keeps what it finds; a shape that
would take much memory is not measured, and the program may not take more than a little above that.
"""

import contextlib
import json
import math
import subprocess
import sys
import time
from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

from songrnn.config import ModelConfig, TrainConfig
from songrnn.disk import read_bytes, replace_file
from songrnn.errors import SongRNNError, TooLargeError
from songrnn.model.shapes import parameter_count, products_per_symbol
from songrnn.paths import cache_directory
from songrnn.store.processes import boot_id
from songrnn.training.child import child_environment
from songrnn.training.memory import bytes_of_step, has_graphics_card

_FILE = "training-speeds.json"
# Reading takes about so much of the time of learning; validations read.
_READING = 0.3
# Weights, their gradient and two moments.
_BYTES_A_NUMBER = 16
# A vocabulary's size changes little; one serves for all estimates.
_SYMBOLS = 95
# Seconds that a measurement takes at most, and steps that it makes.
_PATIENCE = 60
_STEPS = 3
# Bytes of memory that the network and a step of it may take to be measured.
MOST_MEASURED = 2_000_000_000
# Bytes that the program may have besides: torch itself, and what it keeps in store.
_BESIDES = 3_000_000_000


class Speed(BaseModel):
    """characters: learned from in a second, of a training as a whole. boot: of the machine."""

    shape: str
    products: int
    characters: float
    boot: str


_SPEEDS = TypeAdapter(list[Speed])


def shape_of(model: ModelConfig, training: TrainConfig) -> str:
    """What decides the time of a step."""
    return (
        f"{model.cell}-{model.hidden_size}x{model.layers}-{model.embedding_size}-"
        f"{training.batch_size}-{training.window}-{training.precision}-{training.trainable}"
    )


def _known(folder: Path) -> list[Speed]:
    try:
        return _SPEEDS.validate_json(read_bytes(folder / _FILE))
    except (OSError, ValidationError, ValueError):
        return []


def remember(
    model: ModelConfig, training: TrainConfig, characters: float, *, folder: Path | None = None
) -> None:
    """Keep a figure; what cannot be written is left out."""
    place = folder or cache_directory()
    shape = shape_of(model, training)
    speed = Speed(
        shape=shape, products=products_per_symbol(model, _SYMBOLS), characters=characters,
        boot=boot_id(),
    )  # fmt: skip
    others = [one for one in _known(place) if one.shape != shape][-99:]
    with contextlib.suppress(OSError, SongRNNError):
        place.mkdir(parents=True, exist_ok=True)
        document = json.dumps([one.model_dump() for one in (*others, speed)], indent=1)
        replace_file(place / _FILE, document.encode(), durable=False)


def known_speed(
    model: ModelConfig, training: TrainConfig, *, folder: Path | None = None
) -> float | None:
    """Characters a second of a training of this shape, or of the nearest one; None without any.

    Of other shapes only figures of this start of the machine count, scaled by the products of a
    step, which may differ by half at most.
    """
    speeds = _known(folder or cache_directory())
    shape, products = shape_of(model, training), products_per_symbol(model, _SYMBOLS)
    for speed in speeds:
        if speed.shape == shape:
            return speed.characters
    near = [s for s in speeds if s.shape.split("-")[0] == model.cell and s.boot == boot_id()]
    alike = [s for s in near if abs(math.log(s.products / products)) < math.log(1.5)]
    if not alike:
        return None
    best = min(alike, key=lambda s: abs(math.log(s.products / products)))
    return best.characters * best.products / products


def estimate(speed: float, characters: int, validation: int, epochs: int) -> float:
    """Seconds that a training takes.

    speed: characters a second; characters, validation: of the tunes of either split.
    """
    return (characters * epochs + _READING * validation * (epochs + 1)) / speed


def check_measurable(model: ModelConfig, training: TrainConfig) -> None:
    """Raise TooLargeError when a training takes too much memory to be measured beforehand."""
    network = _BYTES_A_NUMBER * parameter_count(model, _SYMBOLS)
    needed = network + bytes_of_step(model, training, _SYMBOLS)
    if needed > MOST_MEASURED:
        raise TooLargeError(
            f"How long it takes is not measured beforehand: a step takes about {needed / 1e9:,.1f} GB "
            f"of memory, and up to {MOST_MEASURED / 1e9:,.0f} GB are tried out. Once it trains, the "
            "page shows the time left."
        )


def measure(model: ModelConfig, training: TrainConfig) -> float:
    """Characters a second over a few steps on noise, with this process."""
    import numpy as np

    from songrnn.model.device import one_thread, pick_device
    from songrnn.model.precision import pick_precision
    from songrnn.training.learner import Learner

    one_thread()
    device = pick_device()
    batch, window = training.batch_size, training.window
    precision = pick_precision(training.precision, model, batch_size=batch, device=device)
    learner = Learner(model, training, _SYMBOLS, precision=precision, device=device)
    ids = np.random.default_rng(0).integers(2, _SYMBOLS, (batch, window + 1))
    learner.step(ids[:, :-1], ids[:, 1:], rate=1e-4, number=1)
    start = time.monotonic()
    for number in range(_STEPS):
        learner.step(ids[:, :-1], ids[:, 1:], rate=1e-4, number=number + 2)
    return _STEPS * batch * window / (time.monotonic() - start)


def measure_elsewhere(model: ModelConfig, training: TrainConfig) -> float | None:
    """The same in a process of its own, kept; None when it could not be measured.

    Raises TooLargeError.
    """
    check_measurable(model, training)
    question = json.dumps([model.model_dump(), training.model_dump()])
    try:
        subprocess.run(
            [sys.executable, "-m", "songrnn.training.speed", question],
            env=child_environment(Path.cwd()),
            timeout=_PATIENCE,
            capture_output=True,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return known_speed(model, training)


def _limit_memory(most: int) -> None:
    """Let this process have so many bytes of memory, where the system can hold it to that.

    Where there may be a graphics card, whose driver maps far more than it uses, it cannot.
    """
    if sys.platform != "linux" or has_graphics_card():
        return
    import resource

    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


if __name__ == "__main__":
    _limit_memory(MOST_MEASURED + _BESIDES)
    asked = json.loads(sys.argv[1])
    shape_asked, course = ModelConfig.parse(asked[0]), TrainConfig.parse(asked[1])
    remember(shape_asked, course, measure(shape_asked, course))
