"""A log for whoever runs the lab for others: one JSON line for each event, and nothing of songs.

`SONGRNN_LOG=FILE` appends to a file, `SONGRNN_LOG=stderr` writes to the terminal; without it there
is no log. A line holds the moment (UTC), the event, what it happened to, and short facts on it:
names, numbers, kinds of error. Texts of songs, notes and messages never go in.
"""

import contextlib
import json
import os
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Literal

LOG = "SONGRNN_LOG"
Event = Literal["start", "stop", "refused", "failed", "slow"]
# Characters that a fact may have: a name fits, a song does not.
MOST_CHARACTERS = 120
# Lines a minute of what anybody outside can bring about; further ones are counted, and the first
# line of a later minute says how many were left out.
MOST_A_MINUTE = 120
_FROM_OUTSIDE = ("refused", "failed")
_lock = threading.Lock()
# Event -> the minute it was last met in, and how often in that minute.
_met: dict[str, tuple[int, int]] = {}


def log_event(event: Event, what: str, **facts: str | float | None) -> None:
    """Write a line, when a log is asked for. Never raises: a full disk must not stop the lab."""
    target = os.environ.get(LOG, "")
    if not target:
        return
    if event in _FROM_OUTSIDE:
        left_out = _left_out(event, int(time.monotonic() // 60))
        if left_out is None:
            return
        facts["left_out"] = left_out or None
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"time": moment, "event": event, "what": what, "process": os.getpid()}
    line |= {name: _short(value) for name, value in facts.items() if value is not None}
    data = (json.dumps(line, ensure_ascii=True) + "\n").encode()
    with contextlib.suppress(OSError):
        if target == "stderr":
            sys.stderr.buffer.write(data)
            sys.stderr.flush()
            return
        # One write to the end of the file: lines of several processes never mix.
        handle = os.open(target, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK, 0o640)
        try:
            os.write(handle, data)
        finally:
            os.close(handle)


def _left_out(event: str, minute: int) -> int | None:
    """How many lines of the event were left out before this one; None when this one is too."""
    with _lock:
        last, times = _met.get(event, (minute, 0))
        before = max(times - MOST_A_MINUTE, 0) if last != minute else 0
        times = times + 1 if last == minute else 1
        _met[event] = minute, times
    return before if times <= MOST_A_MINUTE else None


def _short(value: str | float) -> str | float:
    return value[:MOST_CHARACTERS] if isinstance(value, str) else round(value, 3)
