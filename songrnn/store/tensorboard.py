"""Histories as TensorBoard event files, for those who keep their experiments there.

The package `tensorboard` is an optional extra: pip install 'songrnn[tensorboard]'.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from songrnn.disk import storing
from songrnn.errors import ConfigError
from songrnn.store.runs import Run

# Columns of the history that become a curve each, named as TensorBoard groups them.
TAGS = {
    "loss": "loss (nats per character)",
    "bits_per_character": "bits per character",
    "accuracy": "accuracy",
    "mean_iou": "mean IoU",
    "learning_rate": "learning rate",
    "gradient_norm": "gradient norm",
    "characters_per_second": "characters per second",
}


def scalars(run: Run) -> Iterator[tuple[str, str, int, float, float]]:
    """(split, column, step, seconds since the run was created, value) of every known number."""
    history = run.history()
    for split in history["split"].unique():
        rows = history[history["split"] == split]
        steps, seconds = rows["step"].to_numpy(), rows["seconds"].to_numpy()
        for column in TAGS:
            values = rows[column].to_numpy(dtype=np.float64)
            for place in np.flatnonzero(np.isfinite(values)):
                yield split, column, int(steps[place]), float(seconds[place]), float(values[place])


def write_events(run: Run, folder: Path) -> int:
    """Write the run's history under folder/<run>/<split>; return how many numbers were written.

    Old event files there are left, as TensorBoard leaves them; choose an empty folder. Raises
    ConfigError when the package is missing or the folder has events of this run, StorageError.
    """
    try:
        from tensorboard.summary import Writer
    except ImportError as error:
        raise ConfigError(
            "TensorBoard files need the package tensorboard: pip install 'songrnn[tensorboard]'."
        ) from error
    home = folder / run.name
    if any(home.rglob("events.out.*")):
        raise ConfigError(f"{home} has event files already; choose another folder or empty it.")
    began = run.document.created.timestamp()
    writers: dict[str, Any] = {}
    count = 0
    with storing(home):
        try:
            for split, column, step, seconds, value in scalars(run):
                if split not in writers:
                    writers[split] = Writer(str(home / split))
                writers[split].add_scalar(TAGS[column], value, step, wall_time=began + seconds)
                count += 1
        finally:
            for writer in writers.values():
                writer.close()
    return count
