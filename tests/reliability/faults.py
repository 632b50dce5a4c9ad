"""Faults of a disk: each change of it that an action makes fails once, in several ways."""

import errno
import os
import resource
import signal
from pathlib import Path

from songrnn.errors import SongRNNError
from tests.killing import failing_at_every_step
from tests.reliability.writers import ACTIONS, check, finish, lab, ready

ERRORS = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO, "EROFS": errno.EROFS, "EACCES": errno.EACCES}
SIZES = (0, 1, 100, 1000, 4000, 16_000)


def fail(
    root: Path, names: tuple[str, ...] = tuple(ACTIONS), errors: tuple[str, ...] = tuple(ERRORS)
) -> dict[str, int]:
    """Error -> how many changes failed with it; each time one sentence or none, and all readable."""
    failed = dict.fromkeys(errors, 0)
    with lab(root):
        for name in names:
            ready(name)
        for error in errors:
            for name in names:
                for _ in failing_at_every_step(ACTIONS[name], ERRORS[error], SongRNNError):
                    failed[error] += 1
                    check()
                left = finish(root, ACTIONS[name])
                assert not left, (name, left)
    return failed


def limited(root: Path, names: tuple[str, ...] = tuple(ACTIONS)) -> int:
    """How often an action met a file that may not grow (RLIMIT_FSIZE) and refused in a sentence."""
    refused = 0
    with lab(root):
        for name in names:
            ready(name)
            for size in SIZES:
                refused += _with_limit(name, size)
                check()
            ACTIONS[name]()
    return refused


def _with_limit(name: str, size: int) -> bool:
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        # Not to where this process writes: that may be a file, and longer than the limit already.
        for stream in (1, 2):
            os.dup2(tell, stream)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        try:
            ACTIONS[name]()
        except SongRNNError as error:
            os._exit(1 if str(error).endswith(".") else 2)
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
            os._exit(3)
        os._exit(0)
    os.close(tell)
    with open(told, "rb") as words:
        said = words.read().decode(errors="replace").strip()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 1), f"{name} with files of at most {size} bytes: exit {code}\n{said}"
    return code == 1
