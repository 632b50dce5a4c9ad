"""Music: a text read as ABC, its staff and sound, the files it is saved as."""

import logging
import os
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.loaders.background import Repeated, repeated
from dashboard.loaders.recent import Recent
from dashboard.loaders.turns import Turns
from songrnn.config import SampleConfig
from songrnn.errors import ScoreError, SongRNNError
from songrnn.generation.export import Provenance, song_files
from songrnn.notation.performance import perform
from songrnn.notation.playing.choice import Playing
from songrnn.notation.playing.rendition import Rendition
from songrnn.notation.playing.rendition import rendition as played
from songrnn.notation.playing.styles import StyleName
from songrnn.notation.reader import read
from songrnn.notation.reading import Reading
from songrnn.paths import places

if TYPE_CHECKING:
    from songrnn.notation.samples import Samples

_log = logging.getLogger(__name__)

# Pixels that a line of music is laid out for: alone on a page, one of two columns, in a form.
WIDE = 860
NARROW = 440
SMALL = 330
AS_MUSICIAN = Playing()
# What is kept in memory: ten minutes of sound are 106 MB as WAV and 8 MB as the player gets them,
# the staff of 8,000 notes is 10 MB.
MUSIC_BYTES, STAFF_BYTES, FILE_BYTES = 64 << 20, 32 << 20, 128 << 20
# And of texts as they are read: some four hundred songs. Also of texts as they are played.
READ_BYTES = 128 << 20
_BYTES_A_CHARACTER = 640
# Of what is not made yet, or could not be.
_LEAST_BYTES = 4096
# A tune that plays for longer is a long one, which takes a turn of its own.
LONG_SECONDS = 120
SOUNDS = ("wav", "flac", "ogg", "mp3")
# Cores that sound may keep busy.
WORKERS = min(2, os.cpu_count() or 1)


@dataclass(frozen=True)
class Staff:
    """An engraving, and one for a narrow window; without one, the reason."""

    svg: str | None
    reason: str = ""
    narrow: str | None = None
    passing: bool = False  # the reason is not in the tune, and may have passed at another attempt


@dataclass(frozen=True)
class Music:
    """A tune made visible and audible; what could not be made is named with its reason."""

    svg: str | None
    audio: Any
    missing: tuple[str, ...] = ()
    narrow: str | None = None  # the same staff in shorter lines, for a narrow window
    passing: bool = False  # a reason is not in the tune, and may have passed at another attempt


def reading(text: str) -> Reading:
    """The text read as ABC."""
    return _readings().made(text, lambda: read(text))


@st.cache_resource(show_spinner=False)
def _readings() -> Recent[Reading]:
    return Recent(READ_BYTES, lambda found: _bytes_read(found.text))


def rendition(text: str, style: StyleName) -> Rendition:
    """The text as it is played, for the cursor."""
    return _renditions().made((text, style), lambda: (text, played(reading(text), style)))[1]


@st.cache_resource(show_spinner=False)
def _renditions() -> Recent[tuple[str, Rendition]]:
    return Recent(READ_BYTES, lambda found: _bytes_read(found[0]))


def _bytes_read(text: str) -> int:
    return _LEAST_BYTES + _BYTES_A_CHARACTER * len(text)


def seconds(text: str) -> float:
    """How long the tune sounds; 0 for one that cannot be played."""
    try:
        return perform(reading(text)).seconds
    except SongRNNError:
        return 0.0  # it is refused at once


def made(text: str, playing: Playing = AS_MUSICIAN, width: int = WIDE) -> Music:
    """Staff and sound of a tune, made now if need be.

    Never raises for a tune that is odd: it says what is missing.
    """
    return later(text, playing, width).result()


def is_ready(text: str, patience: float, playing: Playing = AS_MUSICIAN, width: int = WIDE) -> bool:
    """Whether `made` answers at once, after waiting up to `patience` seconds for it."""
    done, _ = wait([later(text, playing, width)], timeout=patience)
    return bool(done)


def later(text: str, playing: Playing = AS_MUSICIAN, width: int = WIDE) -> "Future[Music]":
    """The same, made in the background: asking begins it, and again after a failure that may pass."""

    key = (text, playing, width)
    if (job := _music().look(key)) is not None:
        return job.look()
    is_long = _is_long(text)  # here, for it takes a while and nothing waits for it

    def begin() -> "Future[Music]":
        work = lambda: _play(text, playing, width)  # noqa: E731
        return _orchestra().submit(work, asker=asker(), is_long=is_long)

    def make() -> Repeated[Music]:
        return Repeated(begin, failed=lambda music: music.passing)

    return _music().get(key, make).look()


@st.cache_resource(show_spinner=False)
def _music() -> Recent[Repeated[Music]]:
    return Recent(MUSIC_BYTES, lambda job: _bytes(job.found()))


@st.cache_resource(show_spinner=False)
def _orchestra() -> Turns:
    return Turns(WORKERS, "music")


def _bytes(made: Music | Staff | bytes | None) -> int:
    """What it takes of the memory, about."""
    if made is None or isinstance(made, bytes):
        return _LEAST_BYTES + len(made or b"")
    drawn = len(made.svg or "") + len(made.narrow or "")
    audio = made.audio if isinstance(made, Music) else None
    return _LEAST_BYTES + drawn + (0 if audio is None else len(audio.data))


def asker() -> Hashable:
    """Whose turn it is: that of a person with a workspace, or of a window. None where nobody is
    known: in the thread in which a file is made for a download. Ask where its button is drawn."""
    here = places()
    if here.shared is not None:
        return str(here.checkpoints)
    context = get_script_run_ctx(suppress_warning=True)
    return None if context is None else context.session_id


def _is_long(text: str) -> bool:
    return seconds(text) > LONG_SECONDS


def staff(text: str, width: int, patience: float) -> Staff | None:
    """The staff of a text; None while it is being made, after waiting `patience` seconds for it."""

    def begin() -> "Future[Staff]":
        return _engravers().submit(lambda: _draw(text, width), asker=asker(), is_long=False)

    def make() -> Repeated[Staff]:
        return Repeated(begin, failed=lambda staff: staff.passing)

    job = _staffs().get((text, width), make).look()
    done, _ = wait([job], timeout=patience)
    return job.result() if done else None


@st.cache_resource(show_spinner=False)
def _staffs() -> Recent[Repeated[Staff]]:
    return Recent(STAFF_BYTES, lambda job: _bytes(job.found()))


@st.cache_resource(show_spinner=False)
def _engravers() -> Turns:
    # Not the orchestra's: what is being written must not wait for the sound of something else.
    return Turns(1, "staff")


def _draw(text: str, width: int) -> Staff:
    try:
        wide, narrow = _engrave(reading(text), width, keep=False)
        return Staff(wide, narrow=narrow)
    except SongRNNError as error:
        return Staff(None, str(error), passing=not isinstance(error, ScoreError))
    except Exception:
        _log.exception("The staff failed")
        reason = "The staff could not be made; the terminal that runs the app says why."
        return Staff(None, reason, passing=True)


def samples(instrument: str) -> "Samples | None":
    """The single notes of an instrument; None while they are being recorded, or when none can be."""
    job = _samples(instrument).look()
    return job.result() if job.done() and not job.exception() else None


def why_no_samples(instrument: str) -> str:
    """Why there are none, once recording them failed; it is tried again."""
    return _samples(instrument).reason()


def samples_are_coming(instrument: str) -> bool:
    """Whether they are still being recorded; asking begins it."""
    return not _samples(instrument).look().done()


@st.cache_resource(max_entries=8, show_spinner=False)
def _samples(instrument: str) -> "Repeated[Samples]":
    return repeated(lambda: _record(instrument))


def _record(instrument: str) -> "Samples":
    from songrnn.notation.samples import note_samples

    return note_samples(instrument)


def _play(text: str, playing: Playing, width: int) -> Music:
    tune = read(text)
    missing: list[str] = []
    passing = False

    def attempt(name: str, make: Callable[[], Any]) -> Any:
        nonlocal passing
        try:
            return make()
        except SongRNNError as error:
            missing.append(str(error))
            passing |= not isinstance(error, ScoreError)
        except Exception:
            passing = True
            _log.exception("%s failed", name)
            missing.append(f"{name} could not be made; the terminal that runs the app says why.")
        return None

    wide, narrow = attempt("The staff", lambda: _engrave(tune, width)) or (None, None)
    audio = attempt("The sound", lambda: _render(tune, playing))
    return Music(wide, audio, tuple(missing), narrow, passing)


def _engrave(tune: Reading, width: int, *, keep: bool = True) -> tuple[str, str | None]:
    """The staff at a width, and in lines of half of it where those would be wide."""
    from songrnn.notation.engraving import engrave_widths

    if width <= NARROW:
        return engrave_widths(tune, [width], keep=keep)[0], None
    wide, narrow = engrave_widths(tune, [width, NARROW], keep=keep)
    return wide, narrow


def _render(tune: Reading, playing: Playing) -> Any:
    from songrnn.notation.sound import sound_of

    # A sixth of what FLAC takes: every window is sent the sound, and dozens are kept here.
    return sound_of(tune, playing, "ogg")


def song_file(
    text: str,
    provenance: Provenance | None,
    format: str,
    playing: Playing = AS_MUSICIAN,
    turn_of: Hashable = None,
) -> bytes:
    """One file of a song, made in the turn of that asker, else of who asks now. Raises SongRNNError
    with the reason when it can't be made."""

    def make() -> bytes:
        unsaid = Provenance("", SampleConfig(), 0, "")  # only .abc says where a song comes from
        made = song_files(text, provenance or unsaid, (format,), playing=playing)
        if format in made.missing:
            raise SongRNNError(made.missing[format])
        return made.files[format]

    if format in ("txt", "abc"):
        return make()
    key = (text, repr(provenance), format, playing)
    if (job := _files().look(key)) is not None:
        return job.look().result()
    is_long = format in SOUNDS and _is_long(text)

    def begin() -> "Future[bytes]":
        return _orchestra().submit(make, asker=turn_of or asker(), is_long=is_long)

    return _files().get(key, lambda: Repeated(begin)).look().result()


@st.cache_resource(show_spinner=False)
def archives() -> Turns:
    """Turns of whole archives, whose files are then made in turns of their own."""
    return Turns(2, "archive")


@st.cache_resource(show_spinner=False)
def _files() -> Recent[Repeated[bytes]]:
    return Recent(FILE_BYTES, lambda job: _bytes(job.found()))
