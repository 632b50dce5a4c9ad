"""How a sweep drives its processes, with a stand-in for the trainer that ends at once.

The stand-in notes its arguments in calls.jsonl and does what the file named like its run says:
`finish` (the default), `fail`, `hang` until it is asked to stop, `die` without a word.
"""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from songrnn.config import CorpusReference, ModelConfig, RunConfig, TrainConfig, setting_values
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.store.creating import create_run
from songrnn.store.documents import RunStatus, now
from songrnn.store.processes import identity
from songrnn.tuning.launchers import Progress, Sweep, time_left, train_arguments
from songrnn.tuning.study import find_study

FOLK = CorpusReference(name="folk", sha256="a" * 64)

TRAINER = """
import json, os, signal, sys, time
root = os.environ["SONGRNN_CHECKPOINTS"]
arguments = sys.argv[1:]
resumed = "--resume" in arguments
name = arguments[arguments.index("--resume" if resumed else "--run") + 1]
with open(root + "/.calls.jsonl", "a") as calls:
    calls.write(json.dumps([name, arguments, os.environ["OMP_NUM_THREADS"], os.getsid(0)]) + "\\n")
try:
    todo = open(root + "/." + name).read()
except OSError:
    todo = "finish"
figures = {"loss": 1.3, "bits_per_character": 1.9, "epoch": 20, "step": 10}
stamp = "2026-01-01T00:00:00Z"
def end(status, message=None):
    os.makedirs(root + "/" + name, exist_ok=True)
    run = root + "/.prepared/" + name + "/run.json"
    open(root + "/" + name + "/run.json", "w").write(open(run).read())
    status = {"status": status, "heartbeat": stamp, "best": figures, "message": message}
    open(root + "/" + name + "/status.json", "w").write(json.dumps(status))
if todo == "fail":
    print("Error: the disk is full.", file=sys.stderr)
    sys.exit(2)
if todo == "die":
    os.kill(os.getpid(), signal.SIGKILL)
if todo == "stop":
    end("stopped")
if todo == "hang":
    def stop(*_):
        end("stopped")
        sys.exit(130)
    signal.signal(signal.SIGINT, stop)
    open(root + "/.hangs-" + name, "w").close()
    time.sleep(100)
if todo == "finish":
    end("finished")
"""

RUNS = find_study("cells").with_seeds(2).expand(FOLK)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkpoints folder in which the stand-in finds what it needs."""
    for config in RUNS:
        create_run(config, Vocabulary.of("ab"), checkpoints=tmp_path / ".prepared")
    (tmp_path / "trainer.md").write_text(TRAINER)
    return tmp_path


def sweep_in(root: Path, runs: list[RunConfig] = RUNS, workers: int = 2) -> Sweep:
    trainer = [sys.executable, "-S", str(root / "trainer.md")]
    return Sweep(runs, workers=workers, checkpoints=root, trainer=trainer)


def drive(sweep: Sweep) -> int:
    """Step until nothing is left; the largest number of processes at once."""
    most = 0
    while sweep.step():
        most = max(most, sum(one.state == "running" for one in sweep.progress()))
        time.sleep(0.01)
    return most


def calls(root: Path) -> list[list[object]]:
    path = root / ".calls.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def states(sweep: Sweep) -> list[str]:
    return [one.state for one in sweep.progress()]


def test_all_runs_are_trained_once_in_their_order_with_one_thread_each(root: Path) -> None:
    sweep = sweep_in(root, workers=1)
    assert drive(sweep) == 1
    assert states(sweep) == ["finished"] * 6
    assert [call[0] for call in calls(root)] == [config.name for config in RUNS]
    assert {call[2] for call in calls(root)} == {"1"}
    assert sweep.progress()[0].bits == 1.9


def test_no_more_processes_than_workers(root: Path) -> None:
    assert drive(sweep_in(root, workers=2)) <= 2


def test_finished_runs_are_not_trained_again(root: Path) -> None:
    drive(sweep_in(root))
    again = sweep_in(root)
    assert not again.step()
    assert states(again) == ["finished"] * 6
    assert len(calls(root)) == 6


@pytest.mark.parametrize(
    ("todo", "reason"), [("fail", "the disk is full."), ("die", "ended with code -9")]
)
def test_a_failed_run_says_why_and_does_not_stop_the_others(
    root: Path, todo: str, reason: str
) -> None:
    (root / ".gru-150").write_text(todo)
    sweep = sweep_in(root)
    drive(sweep)
    assert states(sweep) == ["finished", "failed", *["finished"] * 4]
    assert reason in sweep.progress()[1].message


def test_stopping_reaches_all_processes_and_starting_again_resumes(root: Path) -> None:
    for name in ("rnn-150", "gru-150"):
        (root / f".{name}").write_text("hang")
    sweep = sweep_in(root)
    while len(list(root.glob(".hangs-*"))) < 2:
        assert sweep.step()
        time.sleep(0.01)
    sweep.stop()
    assert not sweep.step()
    assert states(sweep) == ["stopped", "stopped", *["waiting"] * 4]
    for name in ("rnn-150", "gru-150"):
        (root / f".{name}").unlink()
        (root / name / "resume.pt").touch()
    again = sweep_in(root)
    # Their turn is still to come: nobody is told that they have ended.
    assert states(again) == ["waiting"] * 6
    drive(again)
    assert states(again) == ["finished"] * 6
    resumed = [call[1] for call in calls(root) if "--resume" in call[1]]
    assert sorted(resumed) == [["--resume", "gru-150"], ["--resume", "rnn-150"]]


def test_a_run_that_ended_before_its_first_checkpoint_starts_over(root: Path) -> None:
    config = RUNS[0].model_copy(update={"name": "rnn-150"})
    run = create_run(config, Vocabulary.of("ab"), checkpoints=root)
    status = RunStatus(status="failed", heartbeat=now())
    (run.path / "status.json").write_bytes(status.to_json())
    sweep = sweep_in(root, RUNS[:1])
    drive(sweep)
    assert calls(root)[0][1][-1] == "--overwrite"
    assert states(sweep) == ["finished"]


def test_a_run_stopped_by_someone_stays_stopped_and_the_others_go_on(root: Path) -> None:
    (root / ".gru-150").write_text("stop")
    sweep = sweep_in(root)
    drive(sweep)
    assert states(sweep) == ["finished", "stopped", *["finished"] * 4]


def test_a_run_that_another_process_trains_is_waited_for_and_takes_a_worker(root: Path) -> None:
    run = create_run(RUNS[0], Vocabulary.of("ab"), checkpoints=root)
    running = RunStatus(status="running", heartbeat=now(), process=identity(), epoch=5, seconds=10)
    (run.path / "status.json").write_bytes(running.to_json())
    sweep = sweep_in(root, RUNS[:2], workers=1)
    assert sweep.step()
    assert states(sweep) == ["elsewhere", "waiting"]
    assert sweep.progress()[0].seconds_left == 30
    finished = RunStatus(status="finished", heartbeat=now())
    (run.path / "status.json").write_bytes(finished.to_json())
    drive(sweep)
    assert [call[0] for call in calls(root)] == ["gru-150"]


def test_a_run_of_the_name_with_other_settings_is_left_alone(root: Path) -> None:
    other = RUNS[0].model_copy(update={"training": TrainConfig(epochs=3)})
    create_run(other, Vocabulary.of("ab"), checkpoints=root)
    sweep = sweep_in(root, RUNS[:1])
    drive(sweep)
    assert calls(root) == []
    assert "other settings (epochs 3 instead of 20)" in sweep.progress()[0].message


def test_a_damaged_run_is_reported_and_not_overwritten(root: Path) -> None:
    (root / "rnn-150").mkdir()
    sweep = sweep_in(root, RUNS[:2])
    drive(sweep)
    assert states(sweep) == ["failed", "finished"]
    assert "no run.json" in sweep.progress()[0].message
    assert list((root / "rnn-150").iterdir()) == []


def test_a_run_of_another_kind_that_has_the_name_fails_that_one_alone(root: Path) -> None:
    (root / "rnn-150").mkdir()
    (root / "rnn-150" / "run.json").write_text('{"kind": "segmentation"}')
    sweep = sweep_in(root, RUNS[:2])
    drive(sweep)
    assert states(sweep) == ["failed", "finished"]
    assert "labels pictures" in sweep.progress()[0].message


def test_ctrl_c_in_the_terminal_reaches_the_sweep_alone(root: Path) -> None:
    drive(sweep_in(root, RUNS[:1]))
    assert calls(root)[0][3] != os.getsid(0)


def test_the_options_of_a_run_are_those_of_the_command() -> None:
    from songrnn.cli.train import train

    config = RunConfig(
        name="mine",
        seed=3,
        model=ModelConfig(
            **{"cell": "gru", "layers": 2, "hidden_size": 8, "embedding_size": 5, "dropout": 0.25},
            **{"weight_drop": 0.4, "initialization": "kaiming", "normalization": "layer"},
        ),
        training=TrainConfig(
            **{"epochs": 2, "batch_size": 3, "window": 9, "learning_rate": 0.01, "patience": 4},
            **{"schedule": "cosine", "weight_decay": 0.5, "clip": 2.0, "averaging": 0.9},
            **{"precision": "fp32", "transposition": 0.7, "trainable": "readout"},
        ),
        corpus=FOLK,
    )
    usual = setting_values(ModelConfig(), TrainConfig())
    for name, value in setting_values(config.model, config.training).items():
        assert value != usual[name], "a setting that is left as it is proves nothing"
    given = train.make_context("train", train_arguments(config)).params
    values = setting_values(config.model, config.training)
    assert {name: given[name] for name in values} == values
    assert {name: value for name, value in given.items() if name not in values} == {
        **{"name": "mine", "study": None, "seed": 3, "corpus_name": "folk"},
        **{"overwrite": False, "resume": None, "end_with_parent": False},
        **{"recipe_name": None, "source_name": None, "neurons": False},
    }


def test_time_left_is_shared_by_the_workers_and_never_less_than_the_longest_run_needs() -> None:
    done = Progress("a", "finished", 20, 20, seconds=40)
    half = Progress("b", "running", 10, 20, seconds=20)
    waiting = Progress("c", "waiting", 0, 20)
    assert time_left([waiting], 2) is None
    assert time_left([done, half, waiting], 1) == 20 + 40
    assert time_left([done, half, waiting], 2) == 40
