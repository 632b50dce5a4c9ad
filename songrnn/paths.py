"""Where data/ and checkpoints/ are: the only module that knows.

Both lie in the root of the repository. `SONGRNN_DATA` and `SONGRNN_CHECKPOINTS` move them
elsewhere, for tests and for people who keep large things on another disk.

Where many people use one server, each has places of their own on top of the shared ones
(`songrnn.workspaces`): what is written goes to their own, what is looked for is looked for there
first and then in the shared. Whoever knows for whom the program acts registers a finder.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

# Folder of the shared checkpoints that holds the workspaces, and of a run's additions in one.
WORKSPACES_FOLDER = ".workspaces"
_ADDITIONS = ".added"
# Bytes that a name may have on most disks, with room for the endings of what is being made.
_LONGEST_NAME = 200
# How a process that trains for a person is told of the shared places.
SHARED_CHECKPOINTS, SHARED_DATA = "SONGRNN_SHARED_CHECKPOINTS", "SONGRNN_SHARED_DATA"
# And of the bytes that the person may fill.
DISK_BYTES = "SONGRNN_DISK_BYTES"


@dataclass(frozen=True)
class Places:
    """Two folders to write to, and the shared ones that lie beneath them in a workspace.

    closed: why nothing may be changed by the one they are for. disk: bytes they may hold. songs:
    how many may be composed in an hour. None where there is no limit.
    """

    checkpoints: Path
    data: Path
    shared: "Places | None" = None
    closed: str = ""
    disk: int | None = None
    songs: int | None = None

    @property
    def common(self) -> "Places":
        """The shared places; these themselves where there are no others."""
        return self.shared or self


_held: ContextVar[Places | None] = ContextVar("places", default=None)
_finders: list[Callable[[], Places]] = []


def places() -> Places:
    """The places of the one for whom the program acts at this moment."""
    held = _held.get()
    if held is not None:
        return held
    return _finders[-1]() if _finders else lab_places()


def register_finder(find: Callable[[], Places]) -> None:
    """From now on ask `find` for the places, each time anew: it knows who is being served."""
    _finders[:] = [find]


@contextmanager
def using(chosen: Places) -> Iterator[None]:
    """Within the block these are the places, in this thread."""
    token = _held.set(chosen)
    try:
        yield
    finally:
        _held.reset(token)


def lab_places() -> Places:
    """The places that the environment names: the lab's, or in a training's process a workspace's."""
    root = repository_root()
    own = Places(
        checkpoints=Path(os.environ.get("SONGRNN_CHECKPOINTS") or root / "checkpoints"),
        data=Path(os.environ.get("SONGRNN_DATA") or root / "data"),
    )
    checkpoints, data = (os.environ.get(name) for name in (SHARED_CHECKPOINTS, SHARED_DATA))
    if not checkpoints or not data:
        return own
    told = os.environ.get(DISK_BYTES, "")
    return Places(
        own.checkpoints,
        own.data,
        shared=Places(Path(checkpoints), Path(data)),
        disk=int(told) if told.isascii() and told.isdigit() else None,
    )


def repository_root() -> Path:
    """The folder that holds songrnn/, dashboard/, data/ and checkpoints/.

    When the package was installed without its repository this is the current folder.
    """
    root = Path(__file__).resolve().parent.parent
    return root if (root / "requirements.txt").exists() else Path.cwd()


def data_directory() -> Path:
    """Folder that holds what is imported, and a person's guesses."""
    return places().data


def common_data_directory() -> Path:
    """Folder of what can be made again for everyone: the corpora of the list, engraved pages."""
    return places().common.data


def checkpoints_directory() -> Path:
    """Folder that new runs go to, with one subfolder a run."""
    return places().checkpoints


def run_roots(checkpoints: Path | None = None) -> list[Path]:
    """Where runs are looked for, in this order; in `checkpoints` alone when it is given."""
    if checkpoints is not None:
        return [checkpoints]
    here = places()
    return [here.checkpoints, *([here.shared.checkpoints] if here.shared else [])]


def data_roots(data: Path | None = None) -> list[Path]:
    """Where corpora are looked for, in this order; in `data` alone when it is given."""
    if data is not None:
        return [data]
    here = places()
    return [here.data, *([here.shared.data] if here.shared else [])]


def corpus_directory(name: str, data: Path | None = None) -> Path:
    """Folder of a corpus: where it is; where everyone's would be when it is nowhere.

    What is no name of a folder, but a path, hidden or too long, leads to one that does not exist: names stand
    in files and addresses that anybody may have written.
    """
    roots = data_roots(data)
    long = len(name.encode("utf-8", "surrogatepass")) > _LONGEST_NAME
    if not name or long or Path(name).name != name or name.startswith(".") or "\0" in name:
        return roots[-1] / ".no-corpus"
    there = (root / name for root in roots if os.path.lexists(root / name))
    return next(there, roots[-1] / name)


def additions_directory(run: Path) -> Path:
    """Folder for the songs and notes that are added to the run in a folder.

    The run's own; where it is a shared run and somebody with a workspace asks, one in there.
    """
    here = places()
    if here.shared is None or not is_shared(run):
        return run
    return here.checkpoints / _ADDITIONS / run.name


def is_shared(run: Path) -> bool:
    """Whether the run in a folder belongs to everyone, and those who ask have a workspace."""
    shared = places().shared
    return shared is not None and run.parent.resolve() == shared.checkpoints.resolve()


def cache_directory() -> Path:
    """Folder for what can be made again: sound, engravings. Never committed.

    One for all: what lies in it is found by those alone who have what it was made from.
    """
    return common_data_directory() / "cache"


def corpora_file() -> Path:
    """The committed list of corpora: sources, licences, counts and hashes."""
    return repository_root() / "data" / "corpora.toml"
