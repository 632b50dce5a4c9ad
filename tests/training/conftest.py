"""A corpus of forty tiny tunes, and runs that learn them in a second."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from songrnn.config import CorpusReference, ModelConfig, RunConfig, TrainConfig
from songrnn.corpus.tunebook import Tune, Tunebook, tune_id
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.store.creating import create_run
from songrnn.store.runs import Run


def tune(number: int) -> Tune:
    draw = random.Random(number)
    bars = [
        " ".join(draw.choices(("AB", "cd", "e2", "A2"), k=2)) for _ in range(draw.randint(2, 6))
    ]
    text = f"X:1\nM:4/4\nK:{draw.choice('DGA')}\n{'|'.join(bars)}|]\n"
    split = ("train", "train", "train", "validation", "test")[number % 5]
    return Tune(
        id=tune_id(text),
        number=str(number),
        title="",
        rhythm="",
        meter="4/4",
        unit_length="",
        key="",
        text=text,
        source="made up",
        family=str(number),
        split=split,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="session")
def book() -> Tunebook:
    return Tunebook("tiny", tuple(tune(number) for number in range(40)))


MakeRun = Callable[..., Run]


@pytest.fixture
def make_run(book: Tunebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeRun:
    """make_run(name, cell="gru", epochs=2, …): a run of 6 units, 30 steps an epoch in fp32."""
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(tmp_path))

    def make(name: str = "mine", **settings: Any) -> Run:
        model = {"hidden_size": 6, "embedding_size": 4}
        training = {"epochs": 3, "batch_size": 4, "window": 8, "precision": "fp32"}
        for key, value in settings.items():
            (model if key in ModelConfig.model_fields else training)[key] = value
        seed = training.pop("seed", 0)
        config = RunConfig(
            name=name,
            seed=seed,
            model=ModelConfig.parse(model),
            training=TrainConfig.parse(training),
            corpus=CorpusReference(name=book.name, sha256=book.sha256),
        )
        return create_run(config, Vocabulary.of(book.characters))

    return make
