"""Blind listening: a real tune and a machine's in random order; which is which?

The song is written from the real tune's own header, title left out, so meter, key and unit note
length give nothing away. Guesses are lines of a file on this machine and go nowhere else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from songrnn.access import refuse_when_read_only
from songrnn.corpus.tunebook import Tune
from songrnn.disk import Journal, read_bytes, storing
from songrnn.errors import CorpusError
from songrnn.generation.composition import Composition
from songrnn.notation.bars import bars
from songrnn.notation.reader import read
from songrnn.quality.validity import FEWEST_BARS
from songrnn.statistics import Interval, share_interval

FILE = "listening.jsonl"
# Songs written for a pair until one ends by itself with enough bars; the last one counts anyhow.
ATTEMPTS = 8


class Guess(BaseModel):
    """One answer, with all that makes the pair again.

    machine_first: the machine's song was heard first. guessed_first: it was taken for the first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: str
    temperature: float
    whole_bars: bool = False
    seed: int
    tune: str
    machine_first: bool
    guessed_first: bool
    created: datetime

    @property
    def right(self) -> bool:
        """Whether the machine was recognized."""
        return self.machine_first == self.guessed_first


@dataclass(frozen=True)
class Pair:
    """A real tune, a song written from its header, and which of them comes first."""

    tune: Tune
    song: Composition
    machine_first: bool

    @property
    def texts(self) -> tuple[str, str]:
        """Both, in the order of hearing."""
        pair = (self.song.text, self.tune.text)
        return pair if self.machine_first else pair[::-1]


def header_of(text: str) -> str:
    """A tune's header up to its key, without the title.

    >>> header_of("X:1\\nT:Secret\\nM:6/8\\nK:D\\nDFA|\\n")
    'X:1\\nM:6/8\\nK:D\\n'
    """
    lines = text[: read(text).body].splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("T:"))


def draw_pair(
    tunes: Sequence[Tune], write: Callable[[str, int], Composition], rng: np.random.Generator
) -> Pair:
    """A pair to be told apart. tunes: held-out ones. write: a song from (start sequence, seed).

    Raises CorpusError when no tune has eight bars.
    """
    for place in rng.permutation(len(tunes)):
        tune = tunes[int(place)]
        if len(bars(read(tune.text))) >= FEWEST_BARS:
            break
    else:
        raise CorpusError("No held-out tune has the eight bars that a comparison needs.")
    header = header_of(tune.text)
    for _ in range(ATTEMPTS):
        song = write(header, int(rng.integers(2**31)))
        if song.stopped_by == "end" and len(bars(read(song.text))) >= FEWEST_BARS:
            break
    return Pair(tune, song, bool(rng.integers(2)))


def keep(guess: Guess, folder: Path) -> None:
    """Add a guess to those of this machine. Raises StorageError, ReadOnlyError."""
    refuse_when_read_only("Keeping guesses")
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    journal = Journal(folder / FILE)
    try:
        journal.append(guess.model_dump_json().encode())
        journal.sync()
    finally:
        journal.close()


def kept(folder: Path) -> list[Guess]:
    """All guesses so far, oldest first; a line that is none is left out."""
    try:
        lines = read_bytes(folder / FILE).splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            found.append(Guess.model_validate_json(line))
        except ValidationError:
            continue
    return found


def tally(guesses: Sequence[Guess]) -> dict[tuple[str, float, bool], Interval]:
    """(run, temperature, whole bars) -> share of right guesses, 95 % interval (Wilson 1927)."""
    groups: dict[tuple[str, float, bool], list[bool]] = {}
    for guess in guesses:
        made = (guess.run, guess.temperature, guess.whole_bars)
        groups.setdefault(made, []).append(guess.right)
    return {key: share_interval(sum(right), len(right)) for key, right in sorted(groups.items())}
