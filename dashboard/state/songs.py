"""The songs of a session: the one just written, those to compare, the one being written, a pair."""

from dataclasses import dataclass
from typing import Any, Final

from dashboard import state
from dashboard.state.key import Key
from songrnn.config import SampleConfig
from songrnn.quality.listening import Guess, Pair
from songrnn.store.songs import StoppedBy, Variation


@dataclass(frozen=True)
class Song:
    """A song on a page: what was written, by which run, with which settings."""

    text: str
    run: str
    prime: str
    config: SampleConfig
    seed: int
    stopped_by: StoppedBy
    log_probabilities: tuple[float, ...] = ()  # nats, of the sampled symbols
    share_withheld: float | None = None  # of the probability, by the rule of whole bars
    id: str | None = None  # of a kept song
    rank: str = ""  # its place among the songs it was written with, in words
    variation: Variation | None = None  # how it was made from another song


_FRESH: Final = Key[Song | None]("_fresh")
# What was written in this session and which of it is shown; and how that was before each change.
History = tuple[tuple[Song, ...], int]
_HISTORY: Final = Key[History]("_written")
_BEFORE: Final = Key[list[History]]("_written_before")
MOST_REMEMBERED = 100

# Links of songs that are not kept: of the one shown, of those side by side; the kept song that the
# form was filled from last.
WRITTEN: Final = Key[str]("written")
BESIDE: Final = Key[list[str]]("songs")
# The kinds of files that songs side by side are downloaded as.
BESIDE_FORMATS: Final = Key[list[str]]("_beside_formats")
FORM_OF: Final = Key[str | None]("_form_of")

# Whether Compose was opened in this session; whether songs are compared with and without recall.
OPENED: Final = Key[bool]("_compose_opened")
# The run whose best settings the form may hold, and these; how many songs were to be written when
# Compose was left.
BEST_OF: Final = Key[tuple[str, dict[Key[Any], Any]] | None]("_best_of")
TRIES_LEFT: Final = Key[str]("_tries_left")
ARRIVED: Final = Key[bool]("_compose_arrived")
BOTH_RECALLS: Final = Key[bool]("both_recalls")

_COMPARED: Final = Key[list[Song]]("_songs_beside")
_WRITING: Final = Key[Song | None]("_writing")

# Of the Listen page: the run, the settings and the pair on the page; the answer about it.
PAIR: Final = Key[tuple[str, SampleConfig, Pair]]("_listening_pair")
GUESSED: Final = Key[Guess]("_listening_guess")


def arrives_by_link() -> bool:
    """Whether the session came to the page this moment, by the link of a song; once asked, no more."""
    first = state.get(ARRIVED) is None
    state.put(ARRIVED, True)
    return first and any(state.asked(key) for key in (Key[str](state.SONG), WRITTEN))


def fresh_song() -> Song | None:
    """The song composed last in this session."""
    return state.get(_FRESH)


def set_fresh_song(song: Song | None) -> None:
    """Remember the song just composed, for this page and the Neurons page, and for undo."""
    state.put(_FRESH, song)
    if song is not None:
        songs, _ = history()
        songs = (*songs, song)[-MOST_REMEMBERED:]
        _change((songs, len(songs) - 1))


def history() -> History:
    """The songs written in this session, oldest first, and the place of the one shown."""
    return state.get(_HISTORY) or ((), -1)


def can_undo() -> bool:
    """Whether there is a change of the history to take back."""
    return bool(_before())


def show_written(place: int) -> None:
    """Show another song of the history."""
    songs, _ = history()
    _change((songs, min(max(place, 0), len(songs) - 1)))


def discard_shown() -> None:
    """Take the song that is shown out of the history; the one before it is shown."""
    songs, place = history()
    left = songs[:place] + songs[place + 1 :]
    _change((left, min(place, len(left) - 1)))


def undo() -> None:
    """Take back the last change: writing, going to another song, discarding."""
    before = _before()
    if before:
        _show(before.pop())
        state.put(_BEFORE, before)


def _before() -> list[History]:
    before: list[History] | None = state.get(_BEFORE)
    return list(before or ())


def _change(new: History) -> None:
    state.put(_BEFORE, [*_before(), history()][-MOST_REMEMBERED:])
    _show(new)


def _show(new: History) -> None:
    songs, place = new
    state.put(_HISTORY, new)
    state.put(_FRESH, songs[place] if songs else None)


def songs_compared() -> list[Song]:
    """The songs last written to be compared, in this session."""
    return state.get(_COMPARED) or []


def set_songs_compared(songs: list[Song]) -> None:
    """Remember songs written to be compared."""
    state.put(_COMPARED, songs)


def songs_asked() -> list[str]:
    """The links of songs side by side that the address names."""
    return state.all_asked(BESIDE)


def unfinished() -> Song | None:
    """The song that was being written when a person pressed stop, else None."""
    return state.get(_WRITING)


def set_unfinished(song: Song | None) -> None:
    """Note a song while it is written, so that stopping keeps what there is."""
    state.put(_WRITING, song)
