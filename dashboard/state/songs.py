"""The songs of a session: the one just written, those to compare, the one being written, a pair."""

from dataclasses import dataclass
from typing import Final

from dashboard import state
from dashboard.state.key import Key
from songrnn.config import SampleConfig
from songrnn.quality.listening import Guess, Pair
from songrnn.store.songs import StoppedBy


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


_FRESH: Final = Key[Song | None]("_fresh")
_COMPARED: Final = Key[list[Song]]("_songs_beside")
_WRITING: Final = Key[Song | None]("_writing")

# Of the Listen page: the run, the settings and the pair on the page; the answer about it.
PAIR: Final = Key[tuple[str, SampleConfig, Pair]]("_listening_pair")
GUESSED: Final = Key[Guess]("_listening_guess")


def fresh_song() -> Song | None:
    """The song composed last in this session."""
    return state.get(_FRESH)


def set_fresh_song(song: Song | None) -> None:
    """Remember the song just composed, for this page and the Neurons page."""
    state.put(_FRESH, song)


def songs_compared() -> list[Song]:
    """The songs last written to be compared, in this session."""
    return state.get(_COMPARED) or []


def set_songs_compared(songs: list[Song]) -> None:
    """Remember songs written to be compared."""
    state.put(_COMPARED, songs)


def unfinished() -> Song | None:
    """The song that was being written when a person pressed stop, else None."""
    return state.get(_WRITING)


def set_unfinished(song: Song | None) -> None:
    """Note a song while it is written, so that stopping keeps what there is."""
    state.put(_WRITING, song)
