"""How fast a training is on this machine: measured in another process, kept, scaled to its like."""

import subprocess
import sys
from pathlib import Path

import pytest

from songrnn.config import ModelConfig, TrainConfig
from songrnn.errors import TooLargeError
from songrnn.training import memory, speed
from songrnn.training.speed import (
    check_measurable,
    estimate,
    known_speed,
    measure_elsewhere,
    remember,
)

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


def test_what_takes_much_memory_is_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path))
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("a process was started"))
    huge = TrainConfig(batch_size=4096, window=8192)
    with pytest.raises(TooLargeError, match=r"GB of memory, and up to 2 GB are tried out"):
        measure_elsewhere(ModelConfig(hidden_size=512), huge)
    with pytest.raises(TooLargeError):
        check_measurable(ModelConfig(hidden_size=4096, layers=8), SHORT)


@pytest.mark.parametrize(("units", "batch"), [(150, 64), (512, 64), (512, 256), (1024, 64)])
def test_what_people_train_is_measured(units: int, batch: int) -> None:
    check_measurable(ModelConfig(hidden_size=units), TrainConfig(batch_size=batch))


@pytest.mark.skipif(sys.platform != "linux", reason="no limit of memory that the system holds to")
@pytest.mark.skipif(memory.has_graphics_card(), reason="a graphics card's driver maps without end")
def test_the_process_that_measures_has_a_limit_of_memory() -> None:
    code = (
        "from songrnn.training.speed import _limit_memory\n"
        "_limit_memory(300_000_000)\n"
        "bytearray(100_000_000)\n"
        "print('small')\n"
        "bytearray(1_000_000_000)\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert found.stdout.strip() == "small"
    assert "MemoryError" in found.stderr


def test_a_measurement_that_fails_is_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path))
    monkeypatch.setattr(speed, "_PATIENCE", 0.01)
    assert measure_elsewhere(SMALL, SHORT) is None
