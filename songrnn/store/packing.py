"""history.jsonl.gz: the history of a finished run, packed to a sixth of its bytes.

The same bytes as in history.jsonl, in gzip without a moment and a name, so that the same rows are
packed to the same bytes. `store/history.py` reads either.
"""

import zlib
from pathlib import Path

from songrnn.access import check_may_change
from songrnn.disk import open_regular, replace_file, storing
from songrnn.errors import RunError
from songrnn.folders import LOCK, locked
from songrnn.store.creating import refuse_while_running
from songrnn.store.documents import Liveness, read_if_there, unreadable
from songrnn.store.history import GZIP, HISTORY, LARGEST, packed_file, read_unpacked


def pack_history(folder: Path) -> tuple[int, int] | None:
    """Pack the history of the finished run in a folder; (bytes before, bytes after).

    None when it is packed already. The packed file is there before the other one is removed: a
    kill between the two leaves both, and packing again removes it. Raises ReadOnlyError, RunError
    for a run that is being trained, is not finished or has no history, DamagedRunError,
    StorageError.
    """
    check_may_change(folder)
    path = folder / HISTORY
    with locked(folder / LOCK) as held:
        refuse_while_running(folder)
        if not held:
            raise RunError(f"The run {folder.name} is in use by another process; stop it first.")
        status = read_if_there(Liveness, folder / "status.json")
        if status is None or status.status != "finished":
            raise RunError(
                f"The run {folder.name} is not finished; only a finished run's history is packed."
            )
        try:
            with open_regular(path, most=LARGEST) as file:
                rows = file.read()
        except FileNotFoundError:
            if packed_file(path).exists():
                return None
            raise RunError(f"The run {folder.name} has no history to pack.") from None
        except OSError as error:
            raise unreadable(path, error) from error
        packed = zlib.compress(rows, level=9, wbits=GZIP)
        replace_file(packed_file(path), packed, most=LARGEST)
        with storing(path):
            path.unlink()
        return len(rows), len(packed)


def unpack_history(folder: Path) -> None:
    """Make a packed history one that can grow. For whoever holds the run's lock.

    Where history.jsonl is there as well, the packed one is only removed. Raises DamagedRunError,
    StorageError.
    """
    path = folder / HISTORY
    packed = packed_file(path)
    if packed.exists():
        if not path.exists():
            replace_file(path, read_unpacked(packed), most=LARGEST)
        with storing(packed):
            packed.unlink()
