"""`songrnn segment`: the documented commands on a small data set in PASCAL VOC's layout, and refusals."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from songrnn.cli.runs import runs
from songrnn.cli.segment import segment
from tests.segmentation.conftest import write_voc

FEW = ("--epochs", "1", "--depth", "2", "--width", "4", "--crop", "32", "--crops", "4")


def call(*arguments: str) -> Result:
    return CliRunner().invoke(segment, arguments, catch_exceptions=True)


def refused(*arguments: str) -> str:
    result = call(*arguments)
    assert result.exception is not None
    return str(result.exception) + result.output


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a VOC data set and a run trained on it by the command."""
    root = tmp_path_factory.mktemp("lab")
    write_voc(root / "voc")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SONGRNN_CHECKPOINTS", str(root / "checkpoints"))
        result = call("train", "--data", f"voc:{root / 'voc'}", "--run", "shapes", *FEW, "--json")
    assert result.exit_code == 0, result.output
    return root


@pytest.fixture(autouse=True)
def at_the_lab(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(lab / "checkpoints"))


def printed(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_it_evaluates_by_the_command() -> None:
    row = printed(call("evaluate", "shapes", "--json"))
    assert row["pictures"] == 3
    assert row["classes"] == ["background", "square", "disc"]
    assert sum(map(sum, row["confusion"])) > 0
    right = sum(row["confusion"][k][k] for k in range(3))
    assert row["accuracy"] == pytest.approx(right / sum(map(sum, row["confusion"])))
    assert row["mean_iou"] == pytest.approx(sum(row["iou"].values()) / len(row["iou"]))
    low, high = row["mean_iou_interval"]
    assert low <= row["mean_iou"] <= high
    assert "mean IoU" in call("evaluate", "shapes").output


def test_it_is_listed_with_its_kind_only(lab: Path) -> None:
    rows = printed(call("list", "--json"))
    assert [row["name"] for row in rows] == ["shapes"]
    assert rows[0]["status"] == "finished"
    songs = CliRunner().invoke(runs, ["list", "--json"])
    assert json.loads(songs.stdout) == []


def test_a_finished_run_is_not_resumed() -> None:
    assert "finished" in refused("train", "--resume", "shapes")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("train", "--data", "voc:/nowhere"), "is missing"),
        (("train", "--data", "photos"), "engraved:CORPUS"),
        (("train", "--depth", "9"), "depth must be less than or equal to 6"),
        (("train", "--run", "../evil"), "cannot name a run"),
        (("evaluate", "nothing"), "There is no segmentation run 'nothing'"),
        (("evaluate", "shapes", "--split", "test"), "a train and a val list only"),
        (("predict", "shapes", "page.png"), "not trained on pages of music"),
    ],
)
def test_what_cannot_be_done_is_said(arguments: tuple[str, ...], words: str) -> None:
    assert words in refused(*arguments)


def test_a_study_without_runs_says_how_to_train_them() -> None:
    row = printed(call("study", "depth", "--json"))
    assert (row["finished"], row["planned"]) == (0, 9)
    assert "--train" in row["sentence"]
