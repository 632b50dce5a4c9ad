"""What a person does in the lab, as a script: opens pages, changes choices, composes, uploads.

A guest marks all that is its own (the title of its songs, its seeds, its uploads) and searches
every byte that the server sends it for the marks of others.
"""

import json
import random
import re
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.browser.visitor import Visitor

NEURON_VIEWS = (
    *("text", "card", "atlas", "find", "cause", "count", "state", "patch", "steer", "memory"),
)
PAGES = ("", "runs", "run", "train", "compose", "temperature", "listen", "segments", "glossary")
TUNE = "X:1\nT:{title}\nM:6/8\nL:1/8\nK:D\nDFA d2f|edB AFD|DFA d2f|edc d3:|\n"
# Titles of songs and of files, and seeds: six letters, or three digits, are the guest's own. What is
# sent holds names made of hashes, where any nine digits stand at some time.
MARK = re.compile(rb"Zq(?:song|file)[a-z]{6}|(?<![0-9a-f])7312[0-9]{5}(?![0-9a-f])")


def _nothing() -> None:
    """A guest that never rests."""


@dataclass
class Guest:
    """One session and what it does. number: tells its marks from those of others.

    runs: which ones it looks at. rest: called before each step. steps: name and seconds of each.
    heard, strange: its own marks that the server sent to it, and those of others.
    """

    address: str
    number: int
    runs: tuple[str, ...] = ("lstm-150", "rnn-150")
    rest: Callable[[], object] = _nothing
    patience: float = 180.0
    steps: list[tuple[str, float]] = field(default_factory=list)
    heard: set[str] = field(default_factory=set)
    strange: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.number)
        letters = "".join(self.dice.choices(string.ascii_lowercase, k=6))
        self.song, self.file = f"Zqsong{letters}", f"Zqfile{letters}"
        self.visitor = Visitor(self.address, patience=self.patience, hear=self._hear)

    def __enter__(self) -> "Guest":
        self.visitor.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.visitor.__exit__()

    def _hear(self, data: bytes) -> None:
        for found in MARK.finditer(data):
            mark = found[0].decode()
            if mark in (self.song, self.file) or mark.startswith(self._own_seeds()):
                self.heard.add(mark)
            else:
                around = data[max(found.start() - 60, 0) : found.end() + 60]
                self.strange.add(f"{mark} in {around!r}")

    def _own_seeds(self) -> str:
        return str(7_312_000 + self.number % 1000)

    def _new_seed(self) -> int:
        # Of eight songs the best may be shown, with a seed that much higher.
        return int(f"{self._own_seeds()}{self.dice.randrange(90):02}")

    def _any_run(self) -> str:
        return self.dice.choice(self.runs)

    # Steps -------------------------------------------------------------------------------------

    def visit(self, page: str, **query: str) -> None:
        """Open a page by its link."""
        self.rest()
        self.steps.append((f"open {page or 'overview'}", self.visitor.visit(page, **query)))

    def set(self, key: str, **state: Any) -> None:
        """Give the widget of that key a state."""
        self.rest()
        self.steps.append((key, self.visitor.act(self.visitor.find(key), **state)))

    # What it does, each in a few steps ---------------------------------------------------------

    def open_page(self) -> None:
        """A page by its link."""
        page = self.dice.choice(PAGES)
        self.visit(page, **({} if page in ("", "glossary") else {"run": self._any_run()}))

    def compose(self) -> None:
        """A song with an opening and a seed of one's own."""
        self.visit("compose", run="lstm-150")
        opening = {"revision": 0, "number": self.dice.randrange(1, 1 << 30), "transpose": 0}
        opening["text"] = f"X:1\nT:{self.song}\nM:6/8\nK:D\n"
        self.set("prime-editor", json_value=json.dumps({"edit": opening}))
        self.set("seed", double_value=float(self._new_seed()))
        self.set("compose", trigger_value=True)

    def choose(self) -> None:
        """Another temperature."""
        self.visit("compose", run=self._any_run())
        self.set("temperature", double_array_value=[self.dice.randrange(10, 150) / 100])

    def compare(self) -> None:
        """Runs picked by hand, and compared."""
        self.visit("glossary")
        self.visit("runs", study="chosen")
        names = [option.partition(" ")[0] for option in self.visitor.find("runs").options]
        self.set("runs", string_array_value=self.dice.sample(names, 2))

    def unit(self) -> None:
        """A neuron in one of the views."""
        self.visit("glossary")  # an address is taken at its word on arriving at a page
        view, neuron = self.dice.choice(NEURON_VIEWS), str(self.dice.randrange(150))
        self.visit("neurons", run=self._any_run(), view=view, neuron=neuron)

    def upload(self) -> None:
        """A tune from a file, read by a run."""
        self.visit("glossary")
        self.visit("neurons", run="lstm-150", text="uploaded")
        self.rest()
        tune = TUNE.format(title=self.file).encode()
        uploader = self.visitor.find("_uploaded")
        self.steps.append(("upload", self.visitor.upload(uploader, f"{self.file}.abc", tune)))

    def own_song(self) -> None:
        """The song just composed, read by a run."""
        self.visit("glossary")
        self.visit("neurons", run="lstm-150", text="fresh")

    def tune(self) -> None:
        """The corpus, or one of its tunes."""
        self.visit("corpus", **({"view": "tune"} if self.dice.random() < 0.7 else {}))

    def open_everything(self) -> None:
        """Every page, and every view of neurons, of every run."""
        for run in self.runs:
            for page in PAGES:
                self.visit(page, **({} if page in ("", "glossary") else {"run": run}))
            for view in NEURON_VIEWS:
                self.visit("glossary")  # an address is taken at its word on arriving at a page
                self.visit("neurons", run=run, view=view, neuron="0")
        for view in ("", "tune"):
            self.visit("corpus", **({"view": view} if view else {}))

    def everything(self) -> "list[Callable[[Guest], None]]":
        """All there is to do, in an order of its own."""
        return self.dice.sample(DOINGS, len(DOINGS))


DOINGS: list[Callable[[Guest], None]] = [
    *(Guest.open_page, Guest.open_page, Guest.open_page, Guest.compose, Guest.choose),
    *(Guest.compare, Guest.unit, Guest.unit, Guest.upload, Guest.own_song, Guest.tune),
]
