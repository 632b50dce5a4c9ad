"""TensorBoard's own reader finds in the event files what the history holds."""

import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from songrnn.cli.runs import runs
from songrnn.errors import ConfigError
from songrnn.store.runs import open_run
from songrnn.store.tensorboard import TAGS, write_events

CHECKPOINTS = Path(__file__).resolve().parents[2] / "checkpoints"


def test_every_number_of_the_history_is_there_at_its_step(tmp_path: Path) -> None:
    run = open_run("lstm-150", checkpoints=CHECKPOINTS)
    count = write_events(run, tmp_path)
    history = run.history()
    found = 0
    for split in ("train", "validation"):
        events = EventAccumulator(str(tmp_path / "lstm-150" / split), {"tensors": 0}).Reload()
        rows = history[history["split"] == split]
        for column, tag in TAGS.items():
            known = rows[np.isfinite(rows[column].astype(float))]
            if known.empty:
                assert tag not in events.Tags()["tensors"]
                continue
            seen = events.Tensors(tag)
            found += len(seen)
            assert [event.step for event in seen] == known["step"].tolist()
            values = [float(event.tensor_proto.float_val[0]) for event in seen]
            np.testing.assert_allclose(values, known[column].astype(float), rtol=1e-6)
    assert found == count


def test_events_are_not_mixed_with_older_ones(tmp_path: Path) -> None:
    run = open_run("rnn-150", checkpoints=CHECKPOINTS)
    write_events(run, tmp_path)
    with pytest.raises(ConfigError, match="choose another folder"):
        write_events(run, tmp_path)


def test_the_command_exports_what_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(CHECKPOINTS))
    result = CliRunner().invoke(
        runs, ["export", "lstm-150", "rnn-150", "--tensorboard", str(tmp_path)]
    )
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lstm-150", "rnn-150"]


def test_without_the_package_the_command_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard.summary", None)
    with pytest.raises(ConfigError, match="pip install"):
        write_events(open_run("rnn-150", checkpoints=CHECKPOINTS), tmp_path)
