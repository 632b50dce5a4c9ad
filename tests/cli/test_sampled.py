"""The songs of a training's epochs."""

import numpy as np
import pytest

from songrnn.cli.sampled import _song
from songrnn.config import SampleConfig
from songrnn.generation.composer import compose
from songrnn.model.engine import Engine
from songrnn.store.runs import Run, open_run


def test_a_song_of_an_epoch_begins_as_one_on_the_compose_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise a training of one epoch is heard as noise, whatever it has learned."""
    run, best = open_run("lstm-150"), Run.weights

    def read(self: Run, _: str = "") -> dict[str, np.ndarray]:
        return best(self)  # a shipped run has its best weights alone

    monkeypatch.setattr(Run, "weights", read)
    config = SampleConfig(temperature=0.7, limit=400)
    song = compose(Engine.of(run), run.vocabulary, prime="X:1\n", config=config, seed=1)
    assert _song(run) == song.text
    assert song.text.startswith("X:1\n")
