"""Training on a graphics card: what it leaves is read on a processor and gives the same figures.

These run only where torch sees a card; elsewhere they say so and are skipped.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from songrnn.corpus.tunebook import Tunebook
from songrnn.corpus.vocabulary import START
from songrnn.model.engine import Engine
from songrnn.store.history import read_history
from songrnn.store.runs import Run
from songrnn.training.evaluation import evaluate_run
from songrnn.training.loop import train

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no graphics card")

SHAPES: list[dict[str, Any]] = [
    {"cell": "lstm"},
    {"cell": "gru", "layers": 2, "dropout": 0.2},
    {"cell": "rnn", "normalization": "batch"},
    {
        "cell": "lstm",
        "layers": 2,
        "hidden_size": 16,
        "dropout": 0.3,
        "weight_drop": 0.2,
        "normalization": "layer",
        "averaging": 0.9,
        "weight_decay": 0.02,
        "transposition": 0.5,
    },
]


def finish(run: Run, book: Tunebook, **options: Any) -> None:
    for _ in train(run.config, tunebook=book, run=run, **options):
        pass


def losses(run: Run, split: str) -> list[float]:
    return [row.loss for row in read_history(run.path / "history.jsonl") if row.split == split]


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape["cell"] + str(len(shape)))
def test_what_was_trained_on_a_card_is_the_same_network_on_a_processor(
    book: Tunebook, make_run: Any, shape: dict[str, Any], precision: str
) -> None:
    run = make_run(precision=precision, **shape)
    finish(run, book)
    summary = run.summary
    assert summary is not None
    assert summary.device == "cuda"
    assert summary.precision == precision
    found = evaluate_run(run, book, "validation")
    # Validations are read without autocast, so the precision of the training does not show;
    # a card multiplies fp32 in tf32 within its LSTM, which keeps ten bits of a factor.
    assert found.loss == pytest.approx(summary.best_validation_loss, abs=2e-3)
    validations = losses(run, "validation")
    assert validations[-1] < validations[0]
    logits = Engine.of(run).single_stepper().feed(START)
    assert np.isfinite(logits).all()


def test_a_training_stopped_on_a_card_goes_on_where_it_was(book: Tunebook, make_run: Any) -> None:
    straight, stopped = make_run("straight"), make_run("stopped")
    finish(straight, book)
    asked: Iterator[int] = iter(range(40))
    finish(stopped, book, stop=lambda: next(asked, None) is None)
    assert stopped.status.status == "stopped"
    finish(stopped, book, resume=True)
    assert stopped.status.status == "finished"
    # Kernels of a card may add in another order each time: near, where a processor's are equal.
    for split in ("train", "validation"):
        assert losses(stopped, split) == pytest.approx(losses(straight, split), abs=1e-3)


def test_a_card_learns_as_a_processor_does(book: Tunebook, make_run: Any) -> None:
    on_card, on_processor = make_run("card"), make_run("processor")
    finish(on_card, book)
    finish(on_processor, book, device=torch.device("cpu"))
    assert losses(on_card, "validation") == pytest.approx(
        losses(on_processor, "validation"), abs=0.02
    )
