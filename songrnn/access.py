"""Whether the lab may be changed: `SONGRNN_READ_ONLY=1` makes it a place to look at.

Everything can then be seen, composed and heard; nothing is trained, imported, kept, noted or
deleted. Pages leave the controls out; and since a forgotten control must not get around it, what
writes asks here: every write below checkpoints/ through `songrnn.disk`, and by name what changes
something elsewhere. Caches and built corpora, which can be made again, are written all the same.
"""

import os
from pathlib import Path

from songrnn.errors import ReadOnlyError
from songrnn.event_log import log_event
from songrnn.paths import checkpoints_directory

READ_ONLY = "SONGRNN_READ_ONLY"


def read_only() -> bool:
    """Whether this lab is only to be looked at."""
    return os.environ.get(READ_ONLY, "").strip().lower() not in ("", "0", "false", "no")


def refuse_when_read_only(what: str) -> None:
    """Raise ReadOnlyError when the lab is read-only; `what` begins its sentence."""
    if read_only():
        log_event("refused", what, kind="ReadOnlyError")
        raise ReadOnlyError(
            f"{what} is not possible: this lab is read-only ({READ_ONLY} is set). "
            "Everything can be looked at, composed and heard."
        )


def check_may_change(path: Path) -> None:
    """Raise ReadOnlyError when the lab is read-only and `path` lies in checkpoints/."""
    if not read_only():
        return
    root, asked = checkpoints_directory().resolve(), path.resolve()
    if asked.is_relative_to(root):
        refuse_when_read_only(f"Changing {asked.relative_to(root)} in checkpoints/")
