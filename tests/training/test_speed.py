"""How fast a training is on this machine: measured in another process, kept, scaled to its like."""

from pathlib import Path

import pytest

from songrnn.config import ModelConfig, TrainConfig
from songrnn.training.speed import estimate, known_speed, measure_elsewhere, remember

SMALL = ModelConfig(cell="rnn", hidden_size=4, embedding_size=4)
SHORT = TrainConfig(batch_size=2, window=8)


def test_a_speed_is_measured_in_another_process_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path))
    assert known_speed(SMALL, SHORT) is None
    measured = measure_elsewhere(SMALL, SHORT)
    assert measured is not None
    assert measured > 0
    assert known_speed(SMALL, SHORT) == measured


def test_a_net_of_a_like_size_takes_time_by_its_products(tmp_path: Path) -> None:
    remember(SMALL, SHORT, 1000.0, folder=tmp_path)
    wider = ModelConfig(cell="rnn", hidden_size=5, embedding_size=4)
    other = ModelConfig(cell="gru", hidden_size=4, embedding_size=4)
    assert (known_speed(wider, SHORT, folder=tmp_path) or 0) < 1000.0
    assert known_speed(other, SHORT, folder=tmp_path) is None


def test_an_estimate_counts_what_is_learned_from_and_what_is_only_read() -> None:
    assert estimate(100.0, 1000, 0, 3) == pytest.approx(30.0)
    assert estimate(100.0, 1000, 500, 3) > 30.0
