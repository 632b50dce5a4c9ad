"""Giving a run another name: its folder's, and the one in its run.json.

The two cannot change in one step. So run.json first says which name the run is being given; whoever
is killed between the two leaves a run that is read under its folder's name, old or new.
"""

import contextlib
import json
import os
from pathlib import Path

from songrnn.config import check_run_name
from songrnn.disk import replace_file, storing
from songrnn.errors import ConfigError, RunError, RunExistsError, StorageError
from songrnn.store.finding import check_name_is_not_shared
from songrnn.store.runs import Run, cell_in_name, open_run


def rename_run(run: Run, name: str, *, checkpoints: Path | None = None) -> Run:
    """Rename a run that has finished; return it under its new name.

    Its songs, notes and labels go with it; a run that was fine-tuned from it keeps the old name
    as that of its source. Raises ConfigError for a name that a run cannot have, RunExistsError,
    RunError for a run that is being trained or can be resumed, StorageError.
    """
    check_run_name(name)
    named, cell = cell_in_name(name), run.config.model.cell
    if named and named != cell:
        raise ConfigError(
            f"A run named {name} would say it is of the cell {named}, but it is {cell}; choose "
            "another name."
        )
    if run.status.status != "finished":
        raise RunError(f"Only a finished run can be renamed; {run.name} is {run.status.status}.")
    path = run.path.with_name(name)
    check_name_is_not_shared(name, checkpoints)
    if os.path.lexists(path):
        raise RunExistsError(f"There is a run {name} already; choose another name.")
    announced = json.loads(run.document.to_json()) | {"renamed": name}
    text = json.dumps(announced, indent=1, ensure_ascii=False) + "\n"
    replace_file(run.path / "run.json", text.encode())
    with storing(path):
        os.rename(run.path, path)
    document = run.document.model_copy(update={"name": name})
    with contextlib.suppress(StorageError):  # what was announced is enough to read it by
        replace_file(path / "run.json", document.to_json())
    return open_run(name, checkpoints=run.path.parent if checkpoints is None else checkpoints)
