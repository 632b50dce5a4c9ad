"""Inputs made up or damaged, through everything that takes a text; how many, how long, what came of it."""

import random
import resource
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
ENGRAVED, HEARD = 20, 100


@dataclass
class Found:
    """inputs: how many. by: how often each was used. refused: sentences. failures: what else came."""

    inputs: int = 0
    by: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    slowest: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    megabytes: float = 0.0


def texts(book: Tunebook, rng: random.Random) -> Iterator[str]:
    """Damaged tunes, and pieces of tunes in any order, without end."""
    while True:
        if rng.random() < 0.5:
            yield damaged(rng.choice(book.tunes).text, rng)
        else:
            head = rng.choice(["", "X:1\nL:1/4\nP:AB2(BA)\nK:C\n", "V:1\nV:2\nK:C\n", "X:1\nK:D\n"])
            yield head + "".join(rng.choice(SCRAPS) for _ in range(rng.randrange(60)))


def ways() -> dict[str, tuple[int, Callable[[str], object]]]:
    """Name -> (one input in so many goes through it, what is done)."""
    return {
        "import": (1, lambda text: clean(decode(text.encode("utf-8", "surrogatepass")).text)),
        "reader": (1, lambda text: (read(text), perform(read(text)), bars(read(text)))),
        "annotations": (1, lambda text: annotate(read(text))),
        "transposition": (1, lambda text: transpose(read(text), 3)),
        "streaming": (5, lambda text: StreamingReader(text[:400])),
        "midi": (5, lambda text: to_midi(read(text))),
        "musicxml": (5, lambda text: to_musicxml(read(text))),
        "engraving": (ENGRAVED, lambda text: engrave(read(text), keep=False)),
        "audio": (HEARD, lambda text: render(to_midi(read(text)))),
    }


def fuzz(book: Tunebook, *, seconds: float = 1e9, most: int = 10**9, seed: int = 0) -> Found:
    """Send inputs through until the time or their number is over."""
    rng, found, began = random.Random(seed), Found(), time.monotonic()
    every = ways()
    for text in texts(book, rng):
        if found.inputs >= most or time.monotonic() - began > seconds:
            break
        for name, (share, do) in every.items():
            if found.inputs % share:
                continue
            start = time.monotonic()
            try:
                do(text)
            except SongRNNError:
                found.refused[name] = found.refused.get(name, 0) + 1
            except Exception as error:
                found.failures.append((name, f"{type(error).__name__}: {error}", text))
            found.by[name] = found.by.get(name, 0) + 1
            took = time.monotonic() - start
            found.slowest[name] = max(found.slowest.get(name, 0.0), took)
        found.inputs += 1
    found.seconds = time.monotonic() - began
    found.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return found
