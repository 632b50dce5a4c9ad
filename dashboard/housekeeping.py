"""What a server that runs for weeks has to give back: sessions that ended, garbage, freed memory.

Streamlit lets go of a session whose visitor has left when the next visitor leaves, Python collects
what lies in circles when a quarter as much again was made, and the C library keeps freed memory for
later: on a server of many visitors all of this adds up. So whenever the app has worked and is quiet
again, a thread of its own sees to them. It also starts trainings whose turn nobody else will notice,
and lets go of processes that nobody waits for.
"""

import contextlib
import ctypes
import gc
import os
import threading
import time
from typing import Any

import psutil

from songrnn.access import read_only
from songrnn.errors import SongRNNError
from songrnn.paths import lab_places, using
from songrnn.training.waiting import start_waiting

# Seconds between two looks, and how long the app may be busy before it is done all the same.
PAUSE = 30.0
PATIENCE = 120.0
# Processor seconds since the last time that make it worth while.
WORTH_WHILE = 1.0
# Share of a second's processor time below which nobody is kept waiting.
_QUIET = 0.2

# Of glibc's malloc.h. Threads share two arenas instead of having up to eight for each processor,
# and blocks of a megabyte go back to the machine as soon as they are free.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_MEGABYTE = 1 << 20

_begun = threading.Lock()
_dead: set[int] = set()  # processes that had ended when they were last looked at


def begin() -> None:
    """Keep house from now on; once a process."""
    if _begun.acquire(blocking=False):
        _allocate_sparingly()
        threading.Thread(target=_keep_house, name="housekeeping", daemon=True).start()


def tidy() -> None:
    """Give back what nobody needs any more."""
    end_old_sessions()
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
        ctypes.CDLL(None).malloc_trim(0)


def start_what_waits() -> None:
    """Start trainings that wait, should what had their place have been killed."""
    with using(lab_places()), contextlib.suppress(SongRNNError, OSError):
        if not read_only():
            start_waiting()


def let_go_of_the_dead() -> None:
    """Forget child processes that had ended at the last look already, and that nobody waited for.

    A training that a training has started is this process' own once the other has ended, where this
    is the first process of a container.
    """
    with contextlib.suppress(psutil.Error):
        children = psutil.Process().children()
        dead = {each.pid for each in children if each.status() == psutil.STATUS_ZOMBIE}
        for pid in dead & _dead:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        _dead.clear()
        _dead.update(dead)


def end_old_sessions() -> int:
    """Let go of sessions that nobody will come back to, and so of their uploads; how many."""
    from streamlit.runtime import exists, get_instance

    if not exists():
        return 0
    with contextlib.suppress(AttributeError):  # of Streamlit's own, and so not for certain
        manager: Any = get_instance()._session_mgr
        with manager._storage_lock:
            return len(manager._session_storage._cache.expire() or ())
    return 0


def _allocate_sparingly() -> None:
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_M_ARENA_MAX, 2)
        library.mallopt(_M_MMAP_THRESHOLD, _MEGABYTE)
        library.mallopt(_M_TRIM_THRESHOLD, 8 * _MEGABYTE)


def _keep_house() -> None:
    used = time.process_time()
    while True:
        time.sleep(PAUSE)
        start_what_waits()
        let_go_of_the_dead()
        if end_old_sessions() or time.process_time() - used > WORTH_WHILE:
            _wait_for_quiet()
            tidy()
            used = time.process_time()


def _wait_for_quiet() -> None:
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        used = time.process_time()
        time.sleep(1)
        if time.process_time() - used < _QUIET:
            return
