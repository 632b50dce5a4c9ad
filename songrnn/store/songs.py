"""Songs that a person, or the command line, kept with a run: one small JSON file each."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, cast

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat
from typing_extensions import TypedDict

from songrnn.config import SampleConfig
from songrnn.disk import replace_file, storing
from songrnn.errors import DamagedRunError, RunError
from songrnn.store.documents import Document, now

StoppedBy = Literal["end", "length", "person"]


class SongFigures(TypedDict, total=False):
    """What was measured of a song, as `songrnn.quality.reference.song_record` gives it."""

    bars: int
    right_bars: FiniteFloat | None
    well_formed: bool
    valid: bool  # what songs had before well_formed, and now the same
    novelty: FiniteFloat | None
    problems: int
    errors: int
    in_key: FiniteFloat | None
    ends_on_tonic: bool | None
    range: int | None
    repeated_bars: FiniteFloat | None
    form: str
    repeats_1: FiniteFloat | None
    repeats_2: FiniteFloat | None
    repeats_4: FiniteFloat | None
    repeats_8: FiniteFloat | None
    fifth_is_first: FiniteFloat | None
    endings_alike: FiniteFloat | None
    square_sections: FiniteFloat | None
    sections_on_tonic: FiniteFloat | None
    leaps: FiniteFloat | None
    longest_notes: int | None
    longest_characters: int | None
    nearest_tune: str | None
    nearest_share: FiniteFloat | None


VariationRule = Literal["tail", "pitches", "transposed", "edited"]
_INTERVALS = {2: "a tone", 5: "a fourth", 7: "a fifth", 12: "an octave"}


class Variation(BaseModel):
    """How a song was made from another one.

    of, title: the other song's id, and its title at that time, as the song itself may be gone.
    rule: its head with a new tail, its rhythm with new pitches, transposed by `semitones`, or edited
    by hand.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    of: str = Field(pattern=r"^[0-9a-f]{12}$")
    title: str = ""
    rule: VariationRule
    semitones: int = Field(default=0, ge=-127, le=127)

    def words(self) -> str:
        """In a few words.

        >>> Variation(of="0123456789ab", title="The Kite", rule="transposed", semitones=-5).words()
        '“The Kite” transposed down a fourth'
        """
        song = f"“{self.title}”" if self.title else "a song without a title"
        if self.rule == "tail":
            return f"the head of {song} with a new tail"
        if self.rule == "pitches":
            return f"the rhythm of {song} with new pitches"
        if self.rule == "edited":
            return f"{song}, then changed by hand"
        size = abs(self.semitones)
        interval = _INTERVALS.get(size, f"{size} semitone{'' if size == 1 else 's'}")
        return f"{song} transposed {'up' if self.semitones > 0 else 'down'} {interval}"


class KeptSong(Document):
    """A song and all that is needed to make it again.

    id: 12 hex digits over run, settings (the prime among them), seed and text: a run trained again
    writes other songs from the same seed. text: prime included. log_probability: the sum over its
    sampled symbols in nats, as the model has it at temperature 1; None when it is not known.
    share_withheld: of the probability, by the rule of whole bars, 0 to 1; None without the rule.
    run: the folder's, whatever the file says: a folder that was copied owns its songs.
    variation: how it was made from another song, which settings and seed do not tell; None of a
    song of its own.
    """

    largest: ClassVar[int] = 4 << 20
    called: ClassVar[str] = "The song"

    id: str = Field(pattern=r"^[0-9a-f]{12}$")
    run: str
    text: str
    config: SampleConfig
    prime: str = ""
    seed: int = Field(ge=0, lt=2**63)
    stopped_by: StoppedBy
    log_probability: float | None = None
    share_withheld: float | None = None
    created: AwareDatetime
    figures: SongFigures = Field(default_factory=SongFigures)
    variation: Variation | None = None
    tags: tuple[str, ...] = ()
    notes: str = ""
    star: bool = False


@dataclass(frozen=True)
class DamagedSong:
    """A file among the songs of a run that cannot be read as one, and why, in a sentence."""

    name: str
    path: Path
    reason: str


def song_id(run: str, config: SampleConfig, prime: str, seed: int, text: str) -> str:
    """The same 12 hex digits for the same run, settings, seed and text."""
    settings = config.model_dump(mode="json")
    # Songs that were kept before there were these settings keep their ids.
    since = {"recall": 0, "filters_in_turn": False, "ways": 1, "form": False, "drafts": 1}
    for later, unsaid in since.items():
        if settings[later] == unsaid:
            del settings[later]
    made = json.dumps([run, settings, prime, seed, text], sort_keys=True)
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
    figures: Mapping[str, Any] | None = None,
    variation: Variation | None = None,
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
        figures=cast(SongFigures, figures or {}),
        variation=variation,
    )


def keep_song(folder: Path, song: KeptSong) -> Path:
    """Keep a song in the run folder `folder`; return its file. Raises StorageError.

    A song that is there already keeps its star, tags, notes and day.
    """
    try:
        there = _read(_path(folder, song.id))
    except (DamagedRunError, FileNotFoundError):
        return write_song(folder, song)
    noted = there.model_dump(include={"star", "tags", "notes", "created"})
    noted["variation"] = song.variation or there.variation
    return write_song(folder, song.model_copy(update=noted))


def write_song(folder: Path, song: KeptSong) -> Path:
    """Write a song as it is in place of the one there; return its file. Raises StorageError."""
    path = _path(folder, song.id)
    with storing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, song.to_json())
    return path


def list_songs(folder: Path) -> list[KeptSong | DamagedSong]:
    """The songs of a run folder, oldest first, then those that cannot be read. Never fails."""
    songs: list[KeptSong] = []
    damaged: list[DamagedSong] = []
    try:
        paths = sorted((folder / "songs").glob("[!.]*.json"))
    except OSError:
        return []
    for path in paths:
        try:
            songs.append(_read(path))
        except FileNotFoundError:
            continue  # it was deleted while we looked
        except DamagedRunError as error:
            damaged.append(DamagedSong(path.stem, path, str(error)))
    songs.sort(key=_order)
    return [*songs, *damaged]


def read_songs(folder: Path, additions: Path | None = None) -> list[KeptSong]:
    """The songs of a run folder that can be read, oldest first.

    additions: a folder of songs on top of them; of two with one id, the one there.
    """
    folders = dict.fromkeys((folder, additions or folder))
    every = [song for each in folders for song in list_songs(each)]
    songs = {song.id: song for song in every if isinstance(song, KeptSong)}
    return sorted(songs.values(), key=_order)


def _order(song: KeptSong) -> tuple[object, ...]:
    return song.created, song.config.temperature, song.id


def _read(path: Path) -> KeptSong:
    song = KeptSong.read(path)
    if song.id != path.stem:
        raise DamagedRunError(f"{path} says it is the song {song.id}; a song's file has its id.")
    run = path.parent.parent.name
    return song if song.run == run else song.model_copy(update={"run": run})


def remove_song(folder: Path, id: str) -> None:
    """Delete a song; nothing happens when there is none. Raises StorageError."""
    path = _path(folder, id)
    with storing(path):
        path.unlink(missing_ok=True)


def _path(folder: Path, id: str) -> Path:
    if len(id) != 12 or set(id) - set("0123456789abcdef"):
        raise RunError(f"{id!r} is not the id of a song: that is 12 hex digits.")
    return folder / "songs" / f"{id}.json"
