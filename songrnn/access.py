"""Whether the lab may be changed: `SONGRNN_READ_ONLY=1` makes it a place to look at.

Everything can then be seen, composed and heard; nothing is trained, imported, kept, noted or
deleted. Pages leave the controls out; and since a forgotten control must not get around it, what
writes asks here: every write below checkpoints/ through `songrnn.disk`, and by name what changes
something elsewhere. Caches and built corpora, which can be made again, are written all the same.

Where people have workspaces (`songrnn.workspaces`) the same question keeps each from writing what
is shared, or another's; and for a visitor of whom nobody knows who it is the lab is read-only.
"""

import os
from pathlib import Path

from songrnn.errors import ReadOnlyError
from songrnn.event_log import log_event
from songrnn.paths import places

READ_ONLY = "SONGRNN_READ_ONLY"
# Folder of the shared checkpoints in which trainings of all people wait.
QUEUE = ".queue"


def read_only() -> bool:
    """Whether this lab is only to be looked at, by whoever asks."""
    return _read_only_for_all() or bool(places().closed)


def _read_only_for_all() -> bool:
    return os.environ.get(READ_ONLY, "").strip().lower() not in ("", "0", "false", "no")


def refuse_when_read_only(what: str) -> None:
    """Raise ReadOnlyError when the lab is read-only; `what` begins its sentence."""
    if read_only():
        _refuse(what, _why_closed())


def check_may_change(path: Path) -> None:
    """Raise ReadOnlyError when the lab is read-only and `path` lies in checkpoints/.

    In a workspace also when `path` is not in it, but among what is shared, or in another's.
    """
    if why := _objection(path):
        root = places().common.checkpoints.resolve()
        _refuse(f"Changing {path.resolve().relative_to(root)} in checkpoints/", why)


def may_change(path: Path) -> bool:
    """Whether whoever asks may write to a path; a page leaves out the controls where not."""
    return not _objection(path)


def _refuse(what: str, why: str) -> None:
    log_event("refused", what, kind="ReadOnlyError")
    raise ReadOnlyError(f"{what} is not possible: {why}")


def _why_closed() -> str:
    if places().closed and not _read_only_for_all():
        return places().closed
    return (
        f"this lab is read-only ({READ_ONLY} is set). "
        "Everything can be looked at, composed and heard."
    )


def _objection(path: Path) -> str:
    """Why whoever asks may not write to a path; "" when they may."""
    here = places()
    if here.shared is None and not read_only():
        return ""
    root, asked = here.common.checkpoints.resolve(), path.resolve()
    if not asked.is_relative_to(root):
        return ""
    if read_only():
        return _why_closed()
    # Their own, and the queue that all trainings stand in.
    own = (here.checkpoints.parent, here.common.checkpoints / QUEUE)
    if any(asked.is_relative_to(folder.resolve()) for folder in own):
        return ""
    return "it is not in your workspace. What you make yourself you can change."
