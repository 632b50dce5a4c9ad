"""What things cost as they grow: docs/performance.md. Prints its table.

    python tests/benchmarks/growth.py            everything, some minutes on one core
    python tests/benchmarks/growth.py reader     what has the word in its name

How it is measured: `decades.py`; what is measured of the app: `growth_of_use.py`. Where a sum of the
network is the work, its share of the physical limit is given, as measured in the same run: of the
matrix products a core does in a second, or of the memory it reads.
"""

import functools
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from songrnn.config import CorpusReference, ModelConfig, RunConfig, SampleConfig, TrainConfig
from songrnn.corpus.vocabulary import END, Vocabulary
from songrnn.generation.composer import compose_many
from songrnn.inspection.activations import activations
from songrnn.model.engine import Engine
from songrnn.model.shapes import parameter_count, parameter_shapes
from songrnn.notation.reader import read
from songrnn.store.creating import create_run
from songrnn.store.runs import list_runs
from songrnn.store.songs import new_song, read_songs
from tests.benchmarks.decades import Series, bytes_a_second, measured, products_a_second
from tests.benchmarks.growth_of_use import USE

VOCABULARY = Vocabulary.of(["".join(map(chr, range(32, 127)))])
TUNE = "X:1\nT:Long\nM:4/4\nL:1/8\nK:D\n"
BARS = ("A2BA GFED|", "d2fd A2fd|", "gfed cdef|", "(3ABc d2 e>f g2|")

# What grows --------------------------------------------------------------------------------------


def text_of(characters: int) -> str:
    """A tune of so many characters."""
    body = "\n".join(BARS[n % 4] * 2 for n in range(characters // 20 + 1))
    return (TUNE + body)[:characters]


def engine(units: int) -> Engine:
    """An LSTM of random weights that never ends a song."""
    config = ModelConfig(hidden_size=units, embedding_size=32)
    rng = np.random.default_rng(0)
    weights = {
        name: rng.normal(0, 0.1, shape).astype(np.float32)
        for name, shape in parameter_shapes(config, VOCABULARY.size).items()
    }
    weights["readout.bias"][END] = -100
    return Engine(config, VOCABULARY.size, weights)


def weights_of(units: int) -> float:
    """Numbers that a step multiplies by: recurrent weights and readout."""
    return 4.0 * units * units + units * VOCABULARY.size


def looked_at(characters: int) -> Callable[[], object]:
    """The least that Python does with each character: look it up."""
    text, known = text_of(characters), dict.fromkeys(map(chr, range(128)), 0)
    return lambda: [known[character] for character in text]


def multiplied(units: int, columns: int, steps: int) -> Callable[[], object]:
    """The products of `steps` steps of an LSTM alone, of `columns` songs."""
    recurrent = np.random.default_rng(0).normal(size=(4 * units, units)).astype(np.float32)
    readout = np.random.default_rng(0).normal(size=(VOCABULARY.size, units)).astype(np.float32)
    state = np.ones((units, columns), np.float32)

    def steps_of() -> None:
        for _ in range(steps):
            recurrent @ state
            readout @ state

    return steps_of


def composed(songs: int, characters: int) -> Callable[[int], Callable[[], object]]:
    """Units -> composing so many songs at a time."""

    def of(units: int) -> Callable[[], object]:
        ready, config = engine(units), SampleConfig(limit=characters)
        return lambda: compose_many(ready, VOCABULARY, seeds=range(songs), config=config)

    return of


def reading(characters: int) -> Callable[[], object]:
    text = text_of(characters)
    return lambda: read(text)


def activated(characters: int) -> Callable[[], object]:
    ready, text = engine(150), text_of(characters).replace("\n", " ")
    return lambda: activations(ready, VOCABULARY, text)


def trained(units: int) -> Callable[[], object]:
    """A step of training: 64 windows of 128 characters, forward, backward, and Adam."""
    import torch

    from songrnn.training.learner import Learner

    torch.set_num_threads(1)
    learner = Learner(
        ModelConfig(hidden_size=units, embedding_size=32), TrainConfig(), VOCABULARY.size,
        precision="fp32", device=torch.device("cpu"),
    )  # fmt: skip
    ids = np.random.default_rng(0).integers(2, VOCABULARY.size, (64, 129))
    return lambda: learner.step(ids[:, :-1], ids[:, 1:], rate=1e-3, number=1)


def stepped_bare(units: int) -> Callable[[], object]:
    """The same in torch alone: nn.LSTM, readout, cross entropy, fused Adam."""
    import torch
    from torch import nn

    parts = nn.ModuleList(
        [nn.Embedding(VOCABULARY.size, 32), nn.LSTM(32, units, batch_first=True),
         nn.Linear(units, VOCABULARY.size)]
    )  # fmt: skip
    optimizer = torch.optim.Adam(parts.parameters(), fused=True)
    ids = torch.randint(VOCABULARY.size, (64, 129))

    def step() -> None:
        logits = parts[2](parts[1](parts[0](ids[:, :-1]))[0])
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


@functools.cache
def folder_of_runs(runs: int) -> Path:
    """Copies of one run; made without waiting for the disk."""
    root = Path(tempfile.mkdtemp(dir=SCRATCH))
    config = RunConfig(
        name="run-0",
        model=ModelConfig(hidden_size=4, embedding_size=2),
        corpus=CorpusReference(name="none", sha256="0" * 64),
    )
    first = create_run(config, VOCABULARY, checkpoints=root).path
    document = json.loads((first / "run.json").read_text())
    for number in range(1, runs):
        shutil.copytree(first, root / f"run-{number}")
        other = json.dumps(document | {"name": f"run-{number}"})
        (root / f"run-{number}" / "run.json").write_text(other)
    return root


def listed(runs: int) -> Callable[[], object]:
    root = folder_of_runs(runs)
    return lambda: list_runs(checkpoints=root)


def documents_read(runs: int) -> Callable[[], object]:
    """Every run.json and status.json read and parsed, and nothing checked."""
    root = folder_of_runs(runs)
    return lambda: [
        json.loads((path / name).read_bytes())
        for path in root.iterdir() if path.name != ".lock"
        for name in ("run.json", "status.json")
    ]  # fmt: skip


@functools.cache
def folder_of_songs(songs: int) -> Path:
    folder = Path(tempfile.mkdtemp(dir=SCRATCH)) / "run"
    (folder / "songs").mkdir(parents=True)
    for seed in range(songs):
        song = new_song("run", text_of(300), SampleConfig(), prime="", seed=seed, stopped_by="end")
        (folder / "songs" / f"{song.id}.json").write_bytes(song.to_json())
    return folder


def shelf(songs: int) -> Callable[[], object]:
    folder = folder_of_songs(songs)
    return lambda: read_songs(folder)


def songs_parsed(songs: int) -> Callable[[], object]:
    """Every song's file read and parsed, and nothing checked."""
    folder = folder_of_songs(songs) / "songs"
    return lambda: [json.loads(path.read_bytes()) for path in folder.iterdir()]


UNITS = (16, 32, 64, 128, 256, 512)
SERIES = (
    Series("reader", "characters", (100, 1_000, 10_000, 100_000),
           reading, looked_at,
           "looking each character up"),
    Series("activations of 150 units", "characters", (10, 100, 1_000, 10_000),
           activated, lambda n: multiplied(150, 1, n), "the products alone",
           products=lambda n: n * weights_of(150)),
    Series("composing 1 song of 100 characters", "units", UNITS,
           composed(1, 100), lambda n: multiplied(n, 1, 100), "the products alone",
           products=lambda n: 100 * weights_of(n), read=lambda n: 400 * weights_of(n)),
    Series("composing 64 songs of 100 characters", "units", UNITS,
           composed(64, 100), lambda n: multiplied(n, 64, 100), "the products alone",
           products=lambda n: 6400 * weights_of(n)),
    Series("training, a step of 64 × 128 characters", "units", UNITS[:-1],
           trained, stepped_bare, "the same in torch alone",
           products=lambda n: 3 * 64 * 128 * (weights_of(n) + 4 * n * 32)),
    Series("list of runs", "runs", (1, 10, 100, 1_000),
           listed, documents_read, "reading and parsing their documents"),
    Series("shelf of kept songs", "songs", (1, 10, 100, 1_000),
           shelf, songs_parsed, "reading and parsing their files"),
    *USE,
)  # fmt: skip
SCRATCH = ""


def main(words: Sequence[str]) -> None:
    """Measure what was asked for and print it as a table of Markdown."""
    global SCRATCH
    with tempfile.TemporaryDirectory() as SCRATCH:
        products, read = products_a_second(), bytes_a_second()
        print(
            f"Matrix product: {products / 1e9:.1f} × 10^9 multiply-adds a second, float32, one core."
        )
        print(f"Memory: {read / 1e9:.1f} × 10^9 bytes a second, read by one core.\n")
        print("| what | size | time | × reference | of the limit | exponent (reference's) |")
        print("|---|---|---|---|---|---|")
        for series in SERIES:
            if not words or any(word in series.name for word in words):
                for row in measured(series, products, read):
                    print(row, flush=True)
        print()
        for series in SERIES:
            print(f"- {series.name}: the reference is {series.against}.")
    # Not used by the products themselves: how many numbers the largest network has.
    largest = ModelConfig(hidden_size=UNITS[-1], embedding_size=32)
    print(f"\nThe largest network has {parameter_count(largest, VOCABULARY.size):,} numbers.")


if __name__ == "__main__":
    main(sys.argv[1:])
