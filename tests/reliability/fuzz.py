"""Inputs made up or damaged, through everything that takes a text; how many, how long, what came of it."""

import random
import resource
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from songrnn.corpus.cleaning import clean
from songrnn.corpus.tunebook import Tunebook
from songrnn.errors import SongRNNError
from songrnn.notation.annotations import annotate
from songrnn.notation.audio import render
from songrnn.notation.bars import bars
from songrnn.notation.engraving import engrave
from songrnn.notation.files.decoding import decode
from songrnn.notation.performance import perform
from songrnn.notation.reader import read
from songrnn.notation.score import to_midi, to_musicxml
from songrnn.notation.stream import StreamingReader
from songrnn.notation.transpose import transpose
from tests.notation.test_toughness import damaged

SCRAPS = (
    *"ABcz^_=,'2/()[]{}<>|:-\"!~% \n\\&", "|:", ":|", "[1", "|2", "[1-2-3", "(3", "(10:8:10", "Z4",
    *("[C-E]", '"Am"', '"(G"', "{a>b}", "\n\n", "[M:3/4]", "[V:1]", "\nK:D transpose=2\n", "\nX:2\n"),
    *("\nV:2 clef=bass-8 name=x\n", "\nP:A\n", "\nw:la-la * |_\n", "\n%%begintext\n", "\nU:T=!trill!\n"),
    *("\nm:~n=(3o/n/m/\n", "99999", "/0", "\u2028", "\ud800", "\x00", "K:none", "\nQ:1/0=0\n", "\nM:0/0\n"),
)  # fmt: skip
# One in so many inputs goes through these: they take long.
STREAMED, WRITTEN, ENGRAVED, HEARD = 20, 100, 500, 1000
# Of damaged tunes; the others are pieces in any order, which are shorter and stranger.
DAMAGED = 0.3
# Processor seconds that anything may take with one input.
MOST_SECONDS = 30.0


@dataclass
class Found:
    """inputs: how many. by: how often each was used. refused: sentences. failures: what else came.

    slowest: processor seconds of the slowest input, processes that were started for it included.
    megabytes: the most that this process had, and the largest of those it started.
    """

    inputs: int = 0
    by: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    slowest: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    processor_seconds: float = 0.0
    megabytes: tuple[float, float] = (0.0, 0.0)


def texts(book: Tunebook, rng: random.Random) -> Iterator[str]:
    """Damaged tunes, and pieces of tunes in any order, without end."""
    while True:
        if rng.random() < DAMAGED:
            yield damaged(rng.choice(book.tunes).text, rng)
        else:
            head = rng.choice(["", "X:1\nL:1/4\nP:AB2(BA)\nK:C\n", "V:1\nV:2\nK:C\n", "X:1\nK:D\n"])
            yield head + "".join(rng.choice(SCRAPS) for _ in range(rng.randrange(60)))


def imported(text: str) -> object:
    """As a file that somebody gives to the lab."""
    return clean(decode(text.encode("utf-8", "surrogatepass")).text)


def played(text: str) -> object:
    """Read, played, and its bars counted."""
    reading = read(text)
    return perform(reading), bars(reading)


def ways() -> dict[str, tuple[int, Callable[[str], object]]]:
    """Name -> (one input in so many goes through it, what is done)."""
    return {
        "import": (1, imported),
        "reader": (1, played),
        "transposition": (1, lambda text: transpose(read(text), 3)),
        "annotations": (2, lambda text: annotate(read(text))),
        "streaming": (STREAMED, lambda text: StreamingReader(text[:400])),
        "midi": (WRITTEN, lambda text: to_midi(read(text))),
        "musicxml": (WRITTEN, lambda text: to_musicxml(read(text))),
        "engraving": (ENGRAVED, lambda text: engrave(read(text), keep=False)),
        "audio": (HEARD, lambda text: render(to_midi(read(text)))),
    }


class TooSlowError(Exception):
    """An input took more than MOST_SECONDS."""


def _too_slow(*_: object) -> None:
    raise TooSlowError(f"it took more than {MOST_SECONDS:g} processor seconds")


def _used() -> float:
    """Processor seconds of this process, and of those that it started and that have ended."""
    each = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in each)


def fuzz(book: Tunebook, *, seconds: float = 1e9, most: int = 10**9, seed: int = 0) -> Found:
    """Send inputs through until the time or their number is over."""
    rng, found, began = random.Random(seed), Found(), time.monotonic()
    every, used = ways(), _used()
    before = signal.signal(signal.SIGPROF, _too_slow)
    try:
        for text in texts(book, rng):
            if found.inputs >= most or time.monotonic() - began > seconds:
                break
            for name, (share, do) in every.items():
                if found.inputs % share == 0:
                    _send(text, name, do, found)
            found.inputs += 1
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    found.seconds = time.monotonic() - began
    found.processor_seconds = _used() - used
    own, started = (
        resource.getrusage(who).ru_maxrss / 1000
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    found.megabytes = (own, started)
    return found


def _send(text: str, name: str, do: Callable[[str], object], found: Found) -> None:
    start = _used()
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
    try:
        do(text)
    except SongRNNError:
        found.refused[name] = found.refused.get(name, 0) + 1
    except Exception as error:
        found.failures.append((name, f"{type(error).__name__}: {error}", text))
    signal.setitimer(signal.ITIMER_PROF, 0)
    found.by[name] = found.by.get(name, 0) + 1
    found.slowest[name] = max(found.slowest.get(name, 0.0), _used() - start)
