"""Telling whether the process that a status names is still that process."""

import functools
from pathlib import Path

import psutil

from songrnn.store.documents import ProcessIdentity

# Start times are computed from the clock and the boot time, and waver when the clock is set.
_TOLERANCE = 2.0


@functools.cache
def boot_id() -> str:
    """An id of this start of this machine; "" where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def identity(pid: int | None = None) -> ProcessIdentity:
    """That process, or this one. Raises psutil.NoSuchProcess."""
    process = psutil.Process(pid)
    return ProcessIdentity(pid=process.pid, created=process.create_time(), boot=boot_id())


def is_alive(process: ProcessIdentity) -> bool:
    """Whether it runs, here, and is not another one that took over its number; a zombie is dead."""
    if process.boot != boot_id():
        return False
    try:
        found = psutil.Process(process.pid)
        same = abs(found.create_time() - process.created) < _TOLERANCE
        return same and found.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.Error:
        return False
