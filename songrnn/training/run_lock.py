"""One process at a time trains a run: a lock on a file in its folder."""

import contextlib
from collections.abc import Iterator

from songrnn.disk import sweep_unfinished
from songrnn.errors import RunError
from songrnn.folders import LOCK, locked
from songrnn.training.folder import RunFiles

# Files that are written under the lock alone: what a killed training left of them is swept.
_WRITTEN = (
    *("resume.pt", "weights.safetensors", "last.safetensors", "summary.json"),
    *("history.jsonl", "history.jsonl.gz"),
)
# Files that others write as well; an hour later nobody is still at it.
_SHARED = ("status.json", "notes.json", "neurons.npz", "temperature.json")
_HOUR = 3600.0


@contextlib.contextmanager
def run_lock(run: RunFiles) -> Iterator[None]:
    """Hold the run's lock, which the system releases however this process ends.

    What a killed process left half written in the run's folder is swept. Raises RunError when
    another process is training the run.
    """
    with locked(run.path / LOCK) as held:
        if not held:
            raise RunError(
                f"The run {run.name} is being trained by another process; stop it first."
            )
        sweep_unfinished(run.path, _WRITTEN)
        sweep_unfinished(run.path, _SHARED, age=_HOUR)
        sweep_unfinished(run.path / "songs", None, age=_HOUR)
        yield
