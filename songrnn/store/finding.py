"""Which folders could be runs, of what kind they are, and whether a name is free.

Nothing is opened here but the kind in a run.json: see `store/runs.py`.
"""

import os
from pathlib import Path

from songrnn.errors import RunExistsError, SongRNNError
from songrnn.paths import run_roots
from songrnn.store.documents import RunKind


def run_folders(checkpoints: Path | None = None) -> dict[str, Path]:
    """Name -> folder of all that could be runs, sorted by name; in `checkpoints` when it is given.

    In a workspace the own ones and the shared ones; of two of one name, the own.
    """
    roots = run_roots(checkpoints)
    found = {name: root / name for root in reversed(roots) for name in names_in(root)}
    return dict(sorted(found.items()))


def names_in(root: Path) -> list[str]:
    """What could be a run: every name but hidden ones and documents next to the runs."""
    try:
        with os.scandir(root) as entries:
            names = [entry.name for entry in entries]
    except OSError:
        return []
    return sorted(n for n in names if not n.startswith(".") and not n.endswith(".md"))


def check_name_is_not_shared(name: str, checkpoints: Path | None = None) -> None:
    """Raise RunExistsError when a shared run has the name: two of one name could not be told apart."""
    for root in run_roots(checkpoints)[1:]:
        if os.path.lexists(root / name):
            raise RunExistsError(
                f"There is a run {name} already, which everyone on this server sees; choose another "
                "name."
            )


def kind_of(path: Path) -> str:
    """What the run in a folder learned, as its run.json says: "song", or "segmentation".

    "song" where nothing is said: all runs were of that kind, and a damaged one is shown with them.
    """
    try:
        return RunKind.read(path / "run.json").kind
    except (OSError, SongRNNError):
        return "song"


def reason_of(error: Exception) -> str:
    """Why something could not be read, in a sentence, whatever was raised."""
    if isinstance(error, SongRNNError):
        return str(error)
    detail = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return f"It cannot be read ({type(error).__name__}: {' '.join(detail.split())[:200]})."
