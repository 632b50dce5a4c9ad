"""What a training takes of the memory: never more than it was seen to take, and refused in a sentence."""

from pathlib import Path
from typing import Any

import pytest

from songrnn.config import ModelConfig, TrainConfig
from songrnn.corpus.tunebook import Tunebook
from songrnn.errors import TooLargeError
from songrnn.paths import using
from songrnn.store.runs import Run
from songrnn.training import launch, memory
from songrnn.training.memory import bytes_of_training, check_memory, machine_bytes, most_for_one
from songrnn.training.planning import plan
from songrnn.workspaces import workspace

GB = 1e9

# Peaks of a process that makes two steps and a checkpoint, in GB (torch 2.13, one thread, 95 symbols).
MEASURED = [
    (1.56, "lstm", 128, 1, 256, 512, "fp32"),
    (1.06, "lstm", 128, 1, 256, 512, "bf16"),
    (1.23, "gru", 128, 1, 256, 512, "fp32"),
    (0.98, "gru", 128, 1, 256, 512, "bf16"),
    (0.79, "rnn", 128, 1, 256, 512, "fp32"),
    (0.65, "rnn", 128, 1, 256, 512, "bf16"),
    (2.04, "lstm", 512, 2, 64, 512, "fp32"),
    (1.36, "lstm", 512, 2, 64, 512, "bf16"),
    (1.11, "gru", 512, 2, 64, 256, "fp32"),
    (2.24, "lstm", 8, 1, 1024, 1024, "fp32"),
    (1.88, "rnn", 8, 1, 1024, 1024, "bf16"),
    (1.87, "rnn", 2048, 4, 1, 8, "fp32"),
    (1.32, "lstm", 2048, 1, 1, 8, "bf16"),
]


def settings(
    cell: str, units: int, layers: int, batch: int, window: int, precision: str = "auto"
) -> tuple[ModelConfig, TrainConfig]:
    embedding = 4 if units == 8 else 64
    model = {"cell": cell, "hidden_size": units, "layers": layers, "embedding_size": embedding}
    training = {"batch_size": batch, "window": window, "precision": precision}
    return ModelConfig.parse(model), TrainConfig.parse(training)


HUGE = settings("lstm", 512, 1, 4096, 8192)


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of 16 GB without a graphics card."""
    monkeypatch.setattr(memory, "has_graphics_card", lambda: False)
    monkeypatch.setattr(memory, "machine_bytes", lambda **_: 16 * 10**9)


@pytest.mark.parametrize("measured", MEASURED, ids=str)
def test_the_estimate_is_near_what_was_measured_and_never_above(measured: tuple[Any, ...]) -> None:
    peak, *shape = measured
    model, training = settings(*shape)
    estimate = bytes_of_training(model, training, 95) / GB
    assert 0.5 * peak < estimate < peak


def test_the_shapes_that_people_train_fit_a_small_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "machine_bytes", lambda **_: 2 * 10**9)
    for units, layers in ((150, 1), (512, 1), (512, 3), (1024, 1)):
        check_memory(*settings("lstm", units, layers, 64, 128), 95)


def test_what_cannot_fit_is_refused_in_a_sentence_with_the_limit() -> None:
    with pytest.raises(
        TooLargeError, match=r"needs about \d.* GB .* has 16\.0 GB; choose a smaller"
    ):
        check_memory(*HUGE, 95)


def test_with_a_graphics_card_the_machines_memory_does_not_bound_a_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "has_graphics_card", lambda: True)
    check_memory(*HUGE, 95)
    with pytest.raises(TooLargeError):
        check_memory(*settings("lstm", 4096, 8, 1, 1), 95)


def test_one_person_may_take_a_share_of_a_server(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(tmp_path))
    assert most_for_one() == 16 * 10**9
    with using(workspace("ann")):
        assert most_for_one() == 12 * 10**9
        with pytest.raises(TooLargeError, match=r"one training may take here 12\.0 GB"):
            check_memory(*HUGE, 95)


def test_a_plan_and_a_start_refuse_it(
    book: Tunebook, make_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TooLargeError):
        plan(book, changes={"hidden_size": 512, "batch_size": 4096, "window": 8192})
    run: Run = make_run("old", hidden_size=512, batch_size=4096, window=8192)
    monkeypatch.setattr(launch, "_start", lambda *_: pytest.fail("it was started"))
    with pytest.raises(TooLargeError):
        launch.resume_training(run)
    assert run.status.status == "created"


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize(
    ("groups", "files"),
    [
        ("0::/lab/train\n", {"lab/memory.max": "1000", "lab/memory.swap.max": "500"}),
        ("0::/a\n", {"memory.max": "1000", "memory.swap.max": "500", "a/memory.max": "max"}),
        (
            "7:cpu:/\n4:memory:/lab\n",
            {
                "memory/lab/memory.limit_in_bytes": "1000",
                "memory/lab/memory.memsw.limit_in_bytes": "1500",
            },
        ),
    ],
)
def test_the_limit_of_a_container_counts(
    groups: str, files: dict[str, str], swap: bool, tmp_path: Path
) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(groups)
    for name, text in files.items():
        path = tmp_path / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert machine_bytes(swap=swap, root=tmp_path) == (1500 if swap else 1000)


def test_a_machine_without_groups_has_all_its_memory(tmp_path: Path) -> None:
    assert machine_bytes(swap=True, root=tmp_path) >= machine_bytes(swap=False, root=tmp_path) > 0
