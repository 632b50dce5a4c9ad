"""Kill a process before its n-th step that changes a disk, or let that step fail, for every n."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

_STEPS = {"os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.truncate", "os.link", "os.symlink"}
_WRITING = os.O_WRONLY | os.O_RDWR


def _changes_a_disk(event: str, arguments: tuple[Any, ...]) -> bool:
    if event == "open":
        _, _, flags = arguments
        return bool(flags & _WRITING)
    return event in _STEPS


def killed_at_every_step(
    work: Callable[[], object], *, steps: tuple[tuple[Any, str], ...] = ()
) -> Iterator[int]:
    """Do `work` in a child that is killed before its first change of a disk, then before its
    second, and so on; yields the number after each kill, and at last 0 once it was not killed.

    Changes are files opened for writing, fsync, and everything done to names. steps: further
    functions, (module, name), before and after which the child is killed.
    """
    number = 0
    while True:
        number += 1
        child = os.fork()
        if child == 0:
            _work_until(work, number, steps)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            yield number
            continue
        assert os.WEXITSTATUS(status) == 0, "the work failed by itself"
        assert number > 1, "the work changed nothing"
        yield 0
        return


def failing_at_every_step(
    work: Callable[[], object], error: int, allowed: type[Exception]
) -> Iterator[tuple[int, str]]:
    """Do `work` in a child whose first change of a disk fails with `error`, then its second, and so
    on; yields the number and "refused", or "done" where the work could do without, and ends with
    the first time that nothing failed.

    What comes of a failure may be an `allowed` exception with a sentence, and no other.
    """
    number = 0
    while True:
        number += 1
        child = os.fork()
        if child == 0:
            _work_failing(work, number, error, allowed)
        _, status = os.waitpid(child, 0)
        assert os.WIFEXITED(status), f"step {number}: the process was killed"
        code = os.WEXITSTATUS(status)
        assert code in (_DONE, _REFUSED, _UNTOUCHED), f"step {number}: not a sentence"
        if code == _UNTOUCHED:
            assert number > 1, "the work changed nothing"
            return
        yield number, "refused" if code == _REFUSED else "done"


_UNTOUCHED, _DONE, _REFUSED = 0, 10, 11


def _work_failing(
    work: Callable[[], object], number: int, error: int, allowed: type[Exception]
) -> None:
    left, real = number, os.fsync

    def step() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise OSError(error, os.strerror(error))

    def fsync(handle: int) -> None:
        step()
        real(handle)

    os.fsync = fsync
    sys.addaudithook(lambda event, arguments: step() if _changes_a_disk(event, arguments) else None)
    try:
        work()
    except allowed as sentence:
        text = str(sentence)
        print(text, file=sys.stderr)
        os._exit(_REFUSED if text.strip() and "Errno" not in text else 12)
    except BaseException as other:
        print(f"{type(other).__name__}: {other}", file=sys.stderr)
        os._exit(13)
    os._exit(_UNTOUCHED if left > 0 else _DONE)


def _work_until(
    work: Callable[[], object], number: int, steps: tuple[tuple[Any, str], ...]
) -> None:
    left = number

    def step() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            step()
            result = function(*arguments, **named)
            step()
            return result

        return call

    for module, name in ((os, "fsync"), *steps):
        setattr(module, name, counted(getattr(module, name)))
    sys.addaudithook(lambda event, arguments: step() if _changes_a_disk(event, arguments) else None)
    try:
        work()
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        os._exit(1)
    os._exit(0)
