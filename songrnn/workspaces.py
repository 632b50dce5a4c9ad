"""Workspaces: runs, corpora, songs and notes of their own for each of many people on one server.

`SONGRNN_WORKSPACES=1` turns them on. A workspace is a folder of the shared checkpoints, named
after a hash of who it belongs to; what is shared can be seen in it and not be changed
(`songrnn.access` holds to that). Who asks is found out by the app: nothing here knows of browsers.

How much each may have is set by the environment: `SONGRNN_DISK_EACH` megabytes,
`SONGRNN_SONGS_AN_HOUR`, and `SONGRNN_TRAININGS_EACH` trainings at once (`training/waiting.py`).
"""

import hashlib
import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from songrnn.errors import QuotaError
from songrnn.event_log import log_event
from songrnn.paths import WORKSPACES_FOLDER, Places, lab_places, places

WORKSPACES = "SONGRNN_WORKSPACES"
DISK_EACH, SONGS_AN_HOUR = "SONGRNN_DISK_EACH", "SONGRNN_SONGS_AN_HOUR"
# What each may have where nothing is set. Megabytes are 10^6 bytes. So many songs are enough for
# the largest measurement that a page offers at first: 1,300, of steering.
USUAL_MEGABYTES, USUAL_SONGS = 500, 2000
_HOUR = 3600.0
# Seconds after which a workspace is measured again: its other processes write there too.
_MEASURED_FOR = 30.0
# In a full workspace a file may still be replaced by one so many bytes longer, and others may grow
# or begin with them while all such take no more than the margin: a training must be able to say
# why it ended.
_LITTLE, _MARGIN = 4096, 1 << 16
_FOLDER = re.compile(r"[a-z0-9-]{0,24}-[0-9a-f]{32}")


# What Streamlit's login asks for in [auth] of secrets.toml.
LOGIN_KEYS = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")


def workspaces_on() -> bool:
    """Whether each visitor has a workspace."""
    return os.environ.get(WORKSPACES, "").strip().lower() not in ("", "0", "false", "no")


def folder_name(identity: str) -> str:
    """The name of somebody's folder: a few letters to recognize it by, and a hash that decides.

    >>> folder_name("../../etc/passwd")
    'etc-passwd-3754d6cb3a38e1185e5b382d5f3ef3f1'
    """
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()
    letters = re.sub(r"[^a-z0-9]+", "-", identity.lower()).strip("-")[-24:].strip("-")
    return f"{letters}-{digest[:32]}"


def workspace(identity: str) -> Places:
    """The places of one person, with their limits. Nothing is made before something is written."""
    return _of(folder_name(identity), lab_places())


def closed_lab(why: str) -> Places:
    """The shared places for somebody who may only look; `why` is a sentence.

    All whom nobody knows compose as many songs together as one who is known: each of them could
    come again as another.
    """
    lab = lab_places()
    return Places(lab.checkpoints, lab.data, closed=why, songs=_songs_of_each())


def owner_of(checkpoints: Path) -> Places:
    """The places whose runs lie in `checkpoints`: a workspace's, or the lab's."""
    common = places().common
    folder = checkpoints.parent
    if folder.parent == common.checkpoints / WORKSPACES_FOLDER and _FOLDER.fullmatch(folder.name):
        return _of(folder.name, common)
    return Places(checkpoints, common.data)


def workspace_at(checkpoints: Path) -> str | None:
    """The folder's name of the workspace whose runs lie in `checkpoints`; None for the lab's."""
    return checkpoints.parent.name if owner_of(checkpoints).shared else None


def checkpoints_of(folder: str) -> Path | None:
    """Where the runs of the workspace of that name lie; None for what is no name of one."""
    if not _FOLDER.fullmatch(folder):
        return None
    return places().common.checkpoints / WORKSPACES_FOLDER / folder / "checkpoints"


def all_checkpoints() -> Iterator[Path]:
    """The folders that hold runs: the shared one, then those of all workspaces."""
    common = places().common.checkpoints
    yield common
    for path in sorted((common / WORKSPACES_FOLDER).glob("*/checkpoints")):
        if _FOLDER.fullmatch(path.parent.name):
            yield path


def _of(folder: str, lab: Places) -> Places:
    root = lab.checkpoints / WORKSPACES_FOLDER / folder
    return Places(
        checkpoints=root / "checkpoints",
        data=root / "data",
        shared=Places(lab.checkpoints, lab.data),
        disk=_whole(DISK_EACH, USUAL_MEGABYTES) * 1_000_000,
        songs=_songs_of_each(),
    )


def _songs_of_each() -> int:
    return _whole(SONGS_AN_HOUR, USUAL_SONGS)


def _whole(variable: str, usual: int) -> int:
    told = os.environ.get(variable, "").strip()
    return int(told) if told.isascii() and told.isdigit() else usual


# Disk ------------------------------------------------------------------------------------------


def bytes_used(here: Places) -> int:
    """What the files of a workspace take; its trash, which has a limit of its own, left out."""
    return bytes_of(here.checkpoints.parent)


def bytes_of(path: Path) -> int:
    """What the files of a folder take; a trash in it left out, links not followed."""
    total = 0
    for folder, inside, files in os.walk(path):
        inside[:] = [name for name in inside if name != ".trash"]
        for name in files:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except OSError:
                continue  # it was deleted while we looked
    return total


def check_room(more: int) -> None:
    """Raise QuotaError when `more` bytes do not fit into the workspace of whoever asks."""
    here = places()
    if here.shared is None or here.disk is None:
        return
    used = bytes_used(here)
    if used + more > here.disk:
        _refuse_bytes(here, used, more)


def check_room_at(path: Path, size: int) -> None:
    """Raise QuotaError when a file has no room for that many bytes in its place; one that does not
    grow always has."""
    if (more := size - (path.stat().st_size if path.is_file() else 0)) > 0:
        check_room(more)


def _refuse_bytes(here: Places, used: int, more: int) -> NoReturn:
    log_event("refused", "disk", workspace=here.checkpoints.parent.name, bytes=used + more)
    if more > (here.disk or 0):
        raise QuotaError(
            f"This needs about {_words(more)}, more than the {(here.disk or 0) / 1e6:,.0f} MB that each "
            "person may fill at all: choose something smaller."
        )
    raise QuotaError(
        f"This needs about {_words(more)}, and your workspace holds {used / 1e6:,.1f} of "
        f"the {(here.disk or 0) / 1e6:,.0f} MB that each person may fill. Delete a run, a song or a "
        "corpus that you no longer need."
    )


def _words(size: int) -> str:
    """So many bytes, for a person.

    >>> _words(1), _words(2_600), _words(99_999), _words(1_234_567)
    ('1 kB', '3 kB', '100 kB', '1.2 MB')
    """
    return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{max(round(size / 1e3), 1)} kB"


@dataclass
class _Filled:
    """Bytes of a workspace: measured at a moment of the clock, and what was written since."""

    bytes: int
    measured: float


# Of each workspace: whoever measures one, which takes a while, keeps nobody else waiting.
_filling: dict[Path, threading.Lock] = {}
_filled: dict[Path, _Filled] = {}


def check_growth(
    path: Path,
    more: int,
    *,
    appended: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Raise QuotaError when the file at `path`, in the workspace of whoever asks, may not grow by
    `more` bytes.

    appended: it grows on and on, where others are replaced. clock: seconds.
    Every write asks, heartbeats too, so the folder is measured now and then, and before a refusal;
    in between what is written is added up.
    """
    here = places()
    if more <= 0 or here.shared is None or here.disk is None:
        return
    root = here.checkpoints.parent.resolve()
    if not path.resolve().is_relative_to(root):
        return
    always = more <= _LITTLE and not appended and os.path.lexists(path)
    most = here.disk + (_MARGIN if more <= _LITTLE else 0)
    with _filling.setdefault(root, threading.Lock()):
        known = _filled.get(root)
        if known is None or clock() - known.measured >= _MEASURED_FOR or (
            not always and known.bytes + more > most
        ):  # fmt: skip
            known = _filled[root] = _Filled(bytes_used(here), clock())
        if always or known.bytes + more <= most:
            known.bytes += more
            return
    _refuse_bytes(here, known.bytes, more)


# Songs -----------------------------------------------------------------------------------------

_lock = threading.Lock()
# Checkpoints of a workspace, or of the lab for all whom nobody knows -> when the latest songs of
# theirs were begun.
_begun: dict[Path, deque[float]] = {}


def count_song(counts_as: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
    """Note that a song is being composed; raise QuotaError when there were enough in this hour.

    counts_as: as how many, for one that takes more work (`SampleConfig.counts_as`).
    """
    _songs(counts_as, clock, begin=True)


def check_songs(count: int, clock: Callable[[], float] = time.monotonic) -> None:
    """Raise QuotaError when so many songs more are not possible now; none is counted.

    For work that composes many: what is refused at its end has used up the hour for nothing.
    """
    _songs(count, clock, begin=False)


def _songs(count: int, clock: Callable[[], float], *, begin: bool) -> None:
    here = places()
    if here.songs is None:
        return
    now = clock()
    with _lock:
        begun = _begun.setdefault(here.checkpoints, deque())
        while begun and now - begun[0] >= _HOUR:
            begun.popleft()
        over = len(begun) + count - here.songs
        if over <= 0:
            begun.extend([now] * count if begin else [])
            return
        left = max(here.songs - len(begun), 0)
        wait = _HOUR - (now - begun[over - 1]) if over <= len(begun) else None
    known = here.shared is not None
    whose = here.checkpoints.parent.name if known else "nobody's"
    log_event("refused", "song", workspace=whose, songs=count)
    if known:
        allowed, they = f"Each person may compose {here.songs:,} songs an hour", "you"
    else:
        allowed = f"All who are not logged in may compose {here.songs:,} songs an hour together"
        they = "they"
    if wait is None:
        raise QuotaError(f"{allowed}, and this counts as {count:,}.")
    minutes = max(1, round(wait / 60))
    when = f"in {minutes} minute{'' if minutes == 1 else 's'}"
    if count == 1:
        raise QuotaError(f"{allowed}, and {they} have; the next one is possible {when}.")
    raise QuotaError(
        f"{allowed}. This counts as {count:,}, and {they} have {left:,} left; it is possible {when}."
    )
