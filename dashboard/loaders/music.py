"""Music: a text read as ABC, its staff and sound, the files it is saved as."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboard.loaders.background import in_background
from songrnn.config import SampleConfig
from songrnn.errors import SongRNNError
from songrnn.generation.export import Provenance, song_files
from songrnn.notation.playing.choice import Playing
from songrnn.notation.playing.rendition import Rendition
from songrnn.notation.playing.rendition import rendition as played
from songrnn.notation.playing.styles import StyleName
from songrnn.notation.reader import read
from songrnn.notation.reading import Reading

if TYPE_CHECKING:
    from songrnn.notation.samples import Samples

_log = logging.getLogger(__name__)

# Pixels that a line of music is laid out for: alone on a page, one of two columns, in a form.
WIDE = 860
NARROW = 440
SMALL = 330
AS_MUSICIAN = Playing()


@dataclass(frozen=True)
class Staff:
    """An engraving, and one for a narrow window; without one, the reason."""

    svg: str | None
    reason: str = ""
    narrow: str | None = None


@dataclass(frozen=True)
class Music:
    """A tune made visible and audible; what could not be made is named with its reason."""

    svg: str | None
    audio: Any
    missing: tuple[str, ...] = ()
    narrow: str | None = None  # the same staff in shorter lines, for a narrow window


@st.cache_resource(max_entries=64, show_spinner=False)
def reading(text: str) -> Reading:
    """The text read as ABC."""
    return read(text)


@st.cache_resource(max_entries=64, show_spinner=False)
def rendition(text: str, style: StyleName) -> Rendition:
    """The text as it is played, for the cursor."""
    return played(reading(text), style)


def made(text: str, playing: Playing = AS_MUSICIAN, width: int = WIDE) -> Music:
    """Staff and sound of a tune, made now if need be.

    Never raises for a tune that is odd: it says what is missing.
    """
    return later(text, playing, width).result()


def is_ready(text: str, patience: float, playing: Playing = AS_MUSICIAN, width: int = WIDE) -> bool:
    """Whether `made` answers at once, after waiting up to `patience` seconds for it."""
    done, _ = wait([later(text, playing, width)], timeout=patience)
    return bool(done)


@st.cache_resource(max_entries=32, show_spinner=False)
def later(text: str, playing: Playing = AS_MUSICIAN, width: int = WIDE) -> "Future[Music]":
    """The same, made in the background: asking begins it."""
    return _orchestra().submit(_play, text, playing, width)


@st.cache_resource(show_spinner=False)
def _orchestra() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="music")


def staff(text: str, width: int, patience: float) -> Staff | None:
    """The staff of a text; None while it is being made, after waiting `patience` seconds for it."""
    job = _staff(text, width)
    done, _ = wait([job], timeout=patience)
    return job.result() if done else None


@st.cache_resource(max_entries=64, show_spinner=False)
def _staff(text: str, width: int) -> "Future[Staff]":
    return _engravers().submit(_draw, text, width)


@st.cache_resource(show_spinner=False)
def _engravers() -> ThreadPoolExecutor:
    # Not the orchestra's: what is being written must not wait for the sound of something else.
    return ThreadPoolExecutor(1, thread_name_prefix="staff")


def _draw(text: str, width: int) -> Staff:
    try:
        wide, narrow = _engrave(reading(text), width, keep=False)
        return Staff(wide, narrow=narrow)
    except SongRNNError as error:
        return Staff(None, str(error))
    except Exception:
        _log.exception("The staff failed")
        return Staff(None, "The staff could not be made; the terminal that runs the app says why.")


def samples(instrument: str) -> "Samples | None":
    """The single notes of an instrument; None while they are being recorded, or when none can be."""
    job = _samples(instrument)
    return job.result() if job.done() and not job.exception() else None


def samples_are_coming(instrument: str) -> bool:
    """Whether they are still being recorded; asking begins it."""
    return not _samples(instrument).done()


@st.cache_resource(max_entries=8, show_spinner=False)
def _samples(instrument: str) -> "Future[Samples]":
    return in_background(lambda: _record(instrument))


def _record(instrument: str) -> "Samples":
    from songrnn.notation.samples import note_samples

    return note_samples(instrument)


def _play(text: str, playing: Playing, width: int) -> Music:
    tune = read(text)
    missing: list[str] = []

    def attempt(name: str, make: Callable[[], Any]) -> Any:
        try:
            return make()
        except SongRNNError as error:
            missing.append(str(error))
        except Exception:
            _log.exception("%s failed", name)
            missing.append(f"{name} could not be made; the terminal that runs the app says why.")
        return None

    wide, narrow = attempt("The staff", lambda: _engrave(tune, width)) or (None, None)
    return Music(
        svg=wide,
        audio=attempt("The sound", lambda: _render(tune, playing)),
        missing=tuple(missing),
        narrow=narrow,
    )


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


@st.cache_data(max_entries=64, show_spinner=False)
def song_file(
    text: str,
    provenance: Provenance | None,
    format: str,
    playing: Playing = AS_MUSICIAN,
) -> bytes:
    """One file of a song. Raises SongRNNError with the reason when it can't be made."""
    unsaid = Provenance("", SampleConfig(), 0, "")  # only .abc says where a song comes from
    made = song_files(text, provenance or unsaid, (format,), playing=playing)
    if format in made.missing:
        raise SongRNNError(made.missing[format])
    return made.files[format]
