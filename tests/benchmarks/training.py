"""Training against a bare loop: the same network, sums and precision, and nothing else.

The bare loop is what one would write in torch: nn.LSTM, readout, cross entropy, fused Adam. It
clips no gradients, carries no state, writes no files and has no schedule.
"""

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from measuring import CannotRunError, Result, Work, benchmark, compare, measure_time
from torch import nn

from songrnn.config import Cell, CorpusReference, ModelConfig, Precision, RunConfig, TrainConfig
from songrnn.corpus.tunebook import Split, Tune, Tunebook, tune_id
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.model.device import autocast, one_thread
from songrnn.model.precision import BF16_FROM, pick_precision
from songrnn.store import documents, weights
from songrnn.store.creating import create_run
from songrnn.store.documents import HistoryRow
from songrnn.store.history import read_frame
from songrnn.store.run_table import run_table
from songrnn.store.runs import list_runs
from songrnn.training.loop import train

CHARACTERS = "".join(map(chr, range(32, 124)))
B, T, STEPS = 64, 128, 20
CPU = torch.device("cpu")


def book() -> Tunebook:
    """Noise in the shape of tunes: enough for an epoch longer than a measurement."""
    rng = np.random.default_rng(0)

    def tune(number: int, split: Split) -> Tune:
        text = "".join(rng.choice(list(CHARACTERS), 300))
        fields = dict.fromkeys(("title", "rhythm", "meter", "unit_length", "key", "source"), "")
        return Tune(
            id=tune_id(text), number=str(number), text=text, family="", split=split, **fields
        )

    tunes = [tune(number, "train") for number in range(4300)]
    return Tunebook("noise", (*tunes, tune(4300, "validation")))


def bare_loop(model: ModelConfig, vocabulary_size: int, precision: Precision) -> Callable[[], None]:
    """`STEPS` steps of the bare loop."""
    one_thread()
    layers = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[model.cell]
    net = nn.ModuleList(
        [
            nn.Embedding(vocabulary_size, model.embedding_size),
            layers(model.embedding_size, model.hidden_size, model.layers, batch_first=True),
            nn.Linear(model.hidden_size, vocabulary_size),
        ]
    )
    optimizer = torch.optim.Adam(net.parameters(), fused=True)
    ids = torch.randint(vocabulary_size, (B, T + 1))

    def steps() -> None:
        for _ in range(STEPS):
            with autocast(precision, CPU):
                x, _ = net[1](net[0](ids[:, :-1]))
                logits = net[2](x)
                loss = nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return steps


def trainer(
    model: ModelConfig, precision: Precision, folder: str
) -> tuple[Callable[[], None], Callable[[], None]]:
    """`STEPS` steps of a training under way, with rows, heartbeats and checkpoints; its end."""
    tunes = book()
    config = RunConfig(
        name="bench",
        model=model,
        training=TrainConfig(batch_size=B, window=T, precision=precision),
        corpus=CorpusReference(name=tunes.name, sha256=tunes.sha256),
    )
    run = create_run(config, Vocabulary.of([CHARACTERS]), checkpoints=Path(folder))
    rows = train(config, tunebook=tunes, run=run)
    before = next(rows)  # the validation before training

    def steps() -> None:
        """A training row comes every twenty steps; the shorter one at an epoch's end is left out."""
        nonlocal before
        while True:
            row = next(rows)
            whole = row.split == "train" and row.step - before.step == STEPS
            before = row
            if whole:
                return

    return steps, rows.close


def against_bare(
    cell: Cell, hidden: int, ours: Precision, theirs: Precision, at_least: float
) -> Result:
    if "bf16" in (ours, theirs) and not _processor_has("avx512_bf16"):
        raise CannotRunError("this processor has no instructions for bf16")
    model = ModelConfig(cell=cell, hidden_size=hidden)
    with tempfile.TemporaryDirectory() as folder:
        steps, close = trainer(model, ours, folder)
        try:
            return compare(
                Work(steps, STEPS * B * T),
                Work(bare_loop(model, len(CHARACTERS) + 2, theirs), STEPS * B * T),
                at_least=at_least,
                unit="characters",
                against=f"bare loop, {theirs}",
                pairs=5,
            )
        finally:
            close()


def _processor_has(feature: str) -> bool:
    try:
        return feature in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


@benchmark("training: lstm-150 bf16 against a bare loop")
def lstm_bf16() -> Result:
    return against_bare("lstm", 150, "bf16", "bf16", 0.95)


@benchmark("training: lstm-150 fp32 against a bare loop")
def lstm_fp32() -> Result:
    return against_bare("lstm", 150, "fp32", "fp32", 0.95)


@benchmark("training: gru-150 fp32 against a bare loop")
def gru_fp32() -> Result:
    return against_bare("gru", 150, "fp32", "fp32", 0.95)


@benchmark("training: rnn-150 fp32 against a bare loop")
def rnn_fp32() -> Result:
    return against_bare("rnn", 150, "fp32", "fp32", 0.95)


@benchmark("training: lstm-150 bf16 against a bare fp32 loop")
def lstm_bf16_against_fp32() -> Result:
    """Matrix units (AMX) are worth more than bf16 instructions alone."""
    at_least = 2.0 if _processor_has("amx_bf16") else 1.8
    return against_bare("lstm", 150, "bf16", "fp32", at_least)


def chosen_against_other(cell: Cell, share: float, at_least: float) -> Result:
    """What `auto` takes at a share of the table's limit against the other precision."""
    model = ModelConfig(cell=cell, hidden_size=int(share * BF16_FROM[cell] / B))
    ours = pick_precision("auto", model, batch_size=B, device=CPU)
    other: Precision = "bf16" if ours == "fp32" else "fp32"
    return compare(
        *(
            Work(bare_loop(model, len(CHARACTERS) + 2, precision), STEPS * B * T)
            for precision in (ours, other)
        ),
        at_least=at_least,
        unit="characters",
        against=other,
        pairs=5,
    )


for _cell in BF16_FROM:
    benchmark(f"precision: {_cell} well above the table's limit")(
        partial(chosen_against_other, _cell, 2, 1.1)
    )
    # An LSTM of a few units runs nearly alike in both: what is lost there is small.
    benchmark(f"precision: {_cell} well below the table's limit")(
        partial(chosen_against_other, _cell, 1 / 4, 0.8)
    )


def _history(path: Path, rows: int) -> Path:
    line = HistoryRow(
        step=123456,
        epoch=12.345678901234567,
        split="train",
        loss=1.2345678901234567,
        bits_per_character=1.7811049283829475,
        learning_rate=0.0012345678901234,
        gradient_norm=0.12345678901234567,
        characters_per_second=123456.7,
        seconds=12345.678,
    ).to_line()
    path.write_bytes((line + b"\n") * rows)
    return path


@benchmark("store: read a history of 1,000,000 rows")
def long_history() -> Result:
    with tempfile.TemporaryDirectory() as folder:
        path = _history(Path(folder) / "history.jsonl", 1_000_000)
        work = Work(lambda: read_frame(path), clock=time.process_time)
        return measure_time(work, at_most=2.5, repeats=3)


@benchmark("store: list 1,000 runs, nothing in memory yet")
def many_runs() -> Result:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = RunConfig(name="run", corpus=CorpusReference(name="noise", sha256="0" * 64))
        vocabulary = Vocabulary.of([CHARACTERS])
        for number in range(1000):
            named = config.model_copy(update={"name": f"run-{number}"})
            create_run(named, vocabulary, checkpoints=folder)

        def list_all() -> None:
            documents._read.cache_clear()
            weights._read_header.cache_clear()
            run_table(list_runs(checkpoints=folder))

        return measure_time(Work(list_all), at_most=1.0, repeats=3)
