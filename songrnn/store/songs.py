"""Songs that a person, or the command line, kept with a run: one small JSON file each."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from songrnn.config import SampleConfig
from songrnn.disk import replace_file, storing
from songrnn.errors import DamagedRunError, RunError
from songrnn.store.documents import Document, now

StoppedBy = Literal["end", "length", "person"]


class KeptSong(Document):
    """A song and all that is needed to make it again.

    id: 12 hex digits over run, settings (the prime among them), seed and text: a run trained anew
    writes other songs from the same seed. text: prime included. log_probability: the sum over its
    sampled symbols in nats, as the model has it at temperature 1; None when it is not known.
    share_withheld: of the probability, by the rule of whole bars, 0 to 1; None without the rule.
    figures: what was measured of it, as `songrnn.quality.reference.song_record` gives it.
    """

    id: str = Field(pattern=r"^[0-9a-f]{12}$")
    run: str
    text: str
    config: SampleConfig
    prime: str = ""
    seed: int
    stopped_by: StoppedBy
    log_probability: float | None = None
    share_withheld: float | None = None
    created: datetime
    figures: dict[str, Any] = Field(default_factory=dict)
    tags: tuple[str, ...] = ()
    notes: str = ""
    star: bool = False


def song_id(run: str, config: SampleConfig, prime: str, seed: int, text: str) -> str:
    """The same 12 hex digits for the same run, settings, seed and text."""
    made = json.dumps([run, config.model_dump(mode="json"), prime, seed, text], sort_keys=True)
    return hashlib.sha256(made.encode()).hexdigest()[:12]


def new_song(
    run: str,
    text: str,
    config: SampleConfig,
    *,
    prime: str,
    seed: int,
    stopped_by: StoppedBy,
    log_probabilities: Sequence[float] = (),
    share_withheld: float | None = None,
    figures: dict[str, Any] | None = None,
) -> KeptSong:
    """A song of `run` ready to keep; log_probabilities (n,) nats, one a sampled symbol."""
    return KeptSong(
        id=song_id(run, config, prime, seed, text),
        run=run,
        text=text,
        config=config,
        prime=prime,
        seed=seed,
        stopped_by=stopped_by,
        log_probability=float(sum(log_probabilities)) if len(log_probabilities) else None,
        share_withheld=share_withheld,
        created=now(),
        figures=figures or {},
    )


def keep_song(folder: Path, song: KeptSong) -> Path:
    """Keep a song in the run folder `folder`; return its file. Raises StorageError.

    A song that is there already keeps its star, tags, notes and day.
    """
    try:
        there = KeptSong.read(_path(folder, song.id))
    except (DamagedRunError, FileNotFoundError):
        return write_song(folder, song)
    noted = there.model_dump(include={"star", "tags", "notes", "created"})
    return write_song(folder, song.model_copy(update=noted))


def write_song(folder: Path, song: KeptSong) -> Path:
    """Write a song as it is in place of the one there; return its file. Raises StorageError."""
    path = _path(folder, song.id)
    with storing(path):
        path.parent.mkdir(exist_ok=True)
    replace_file(path, song.to_json())
    return path


def read_songs(folder: Path) -> list[KeptSong]:
    """The songs of a run folder, oldest first; one that cannot be read is left out."""
    songs = []
    for path in (folder / "songs").glob("[0-9a-f]*.json"):
        try:
            songs.append(KeptSong.read(path))
        except (DamagedRunError, FileNotFoundError):
            continue
    return sorted(songs, key=lambda song: (song.created, song.config.temperature, song.id))


def find_song(folder: Path, id: str) -> KeptSong:
    """The song with that id. Raises RunError when there is none, DamagedRunError."""
    try:
        return KeptSong.read(_path(folder, id))
    except FileNotFoundError as error:
        raise RunError(f"{folder.name} has no song {id!r}.") from error


def remove_song(folder: Path, id: str) -> None:
    """Delete a song; nothing happens when there is none. Raises StorageError."""
    path = _path(folder, id)
    with storing(path):
        path.unlink(missing_ok=True)


def _path(folder: Path, id: str) -> Path:
    if len(id) != 12 or set(id) - set("0123456789abcdef"):
        raise RunError(f"{id!r} is not the id of a song: that is 12 hex digits.")
    return folder / "songs" / f"{id}.json"
