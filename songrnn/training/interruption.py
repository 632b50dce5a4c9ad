"""What ends a training early: the step at hand is finished, the run kept, and it can be resumed.

That is Ctrl-C, and in a workspace the time that one training may take.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from songrnn.paths import places

HOURS = "SONGRNN_TRAINING_HOURS"
USUAL_HOURS = 12


def hours_allowed() -> int | None:
    """Hours that a training may take before it must be resumed; None for any time, as everywhere
    but in workspaces, and there with SONGRNN_TRAINING_HOURS=0."""
    if places().shared is None:
        return None
    told = os.environ.get(HOURS, "").strip()
    return (int(told) if told.isascii() and told.isdigit() else USUAL_HOURS) or None


class TimeAllowed:
    """From its making on, whether the time that a training may take is over.

    clock: seconds. reason: what to say of a training that it ended; None before.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._began, self._hours = clock, clock(), hours_allowed()
        self.reason: str | None = None

    def __call__(self) -> bool:
        if self._hours is None or self._clock() - self._began < 3600.0 * self._hours:
            return False
        self.reason = (
            f"It was stopped after {self._hours} "
            f"{'hour' if self._hours == 1 else 'hours'}, which is as long as a training may run here "
            "at a time; resume it to let it go on."
        )
        return True


@contextlib.contextmanager
def interrupted_at_once() -> Iterator[None]:
    """Within the block SIGINT and SIGTERM raise KeyboardInterrupt: for work without steps to finish."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with _handling(interrupt):
        yield


@contextlib.contextmanager
def interrupts() -> Iterator[Callable[[], bool]]:
    """Within the block the first SIGINT or SIGTERM makes the yielded function return True.

    A second one raises KeyboardInterrupt. Outside the main thread signals are left alone.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    with _handling(ask):
        yield asked.is_set


@contextlib.contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """SIGINT and SIGTERM are handled so within the block."""
    # Set even where it was ignored: a shell starts its background jobs with SIGINT ignored.
    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
