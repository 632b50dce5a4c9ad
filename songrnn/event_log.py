"""A log for whoever runs the lab for others: one JSON line for each event, and nothing of songs.

`SONGRNN_LOG=FILE` appends to a file, `SONGRNN_LOG=stderr` writes to the terminal; without it there
is no log. A line holds the moment (UTC), the event, what it happened to, and short facts on it:
names, numbers, kinds of error. Texts of songs, notes and messages never go in.
"""

import contextlib
import json
import os
import sys
from datetime import UTC, datetime
from typing import Literal

LOG = "SONGRNN_LOG"
Event = Literal["start", "stop", "refused", "failed", "slow"]
# Characters that a fact may have: a name fits, a song does not.
MOST_CHARACTERS = 120


def log_event(event: Event, what: str, **facts: str | float | None) -> None:
    """Write a line, when a log is asked for. Never raises: a full disk must not stop the lab."""
    target = os.environ.get(LOG, "")
    if not target:
        return
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


def _short(value: str | float) -> str | float:
    return value[:MOST_CHARACTERS] if isinstance(value, str) else round(value, 3)
