"""Training on a data set in PASCAL VOC's layout: it learns, resumes to the bit, and tells its kind."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from songrnn.errors import ConfigError, HistoryOnlyError, RunError, RunExistsError, RunNotFoundError
from songrnn.segmentation.course import evaluate_network
from songrnn.segmentation.data import LabelledData, load_data, load_data_of
from songrnn.segmentation.evaluating import evaluate_run
from songrnn.segmentation.prediction import check_labels_music, load_network
from songrnn.segmentation.runs import (
    SegmentationRun,
    create_segmentation_run,
    list_segmentation_runs,
    open_segmentation_run,
    source_of,
)
from songrnn.segmentation.settings import SegmentationConfig, SegmentationSettings, UNetSettings
from songrnn.segmentation.training import train_segmentation
from songrnn.store.finding import kind_of
from songrnn.store.runs import DamagedRun, list_runs, open_run

CLOCK = {"seconds", "pixels_per_second"}


@pytest.fixture(scope="module")
def data(voc: Path) -> LabelledData:
    return load_data(f"voc:{voc}")


def make(root: Path, data: LabelledData, name: str = "net", **changes: Any) -> SegmentationRun:
    values = {"epochs": 3, "crops": 4, "batch_size": 4, "crop": 32, "precision": "fp32"}
    values |= {"averaging": 0.8, "class_weights": "balanced", "dice": 1.0, **changes}
    config = SegmentationConfig(
        name=name,
        model=UNetSettings(depth=2, base_width=4),
        training=SegmentationSettings.model_validate(values),
        data=data.reference,
    )
    return create_segmentation_run(
        config, classes=data.train.classes, channels=data.train.channels, checkpoints=root
    )


def finish(run: SegmentationRun, data: LabelledData, **options: Any) -> None:
    for _ in train_segmentation(run, data, **options):
        pass


def stop_after(run: SegmentationRun, data: LabelledData, steps: int, **options: Any) -> None:
    asked = iter(range(steps))
    finish(run, data, stop=lambda: next(asked, None) is None, **options)


@pytest.fixture(scope="module")
def trained(data: LabelledData, tmp_path_factory: pytest.TempPathFactory) -> SegmentationRun:
    run = make(tmp_path_factory.mktemp("checkpoints"), data, epochs=20)
    finish(run, data)
    return run


def test_it_learns_the_shapes(trained: SegmentationRun) -> None:
    rows = [row for row in trained.rows() if row.split == "validation"]
    assert len(rows) == 21
    assert rows[-1].loss < rows[0].loss / 3
    assert (rows[-1].mean_iou or 0) > 0.7
    assert trained.status.status == "finished"
    summary = trained.summary
    assert summary is not None
    assert summary.best_validation_loss == min(row.loss for row in rows)
    assert not (trained.path / "resume.pt").exists()


def test_stored_weights_give_the_figures_of_the_history(
    trained: SegmentationRun, data: LabelledData
) -> None:
    again = evaluate_network(load_network(trained), data.validation)
    summary = trained.summary
    assert summary is not None
    assert again.loss == pytest.approx(summary.best_validation_loss, abs=1e-6)
    assert again.mean_iou == pytest.approx(summary.best_validation_mean_iou, abs=1e-6)
    assert again.confusion.sum() == sum(
        int((data.validation.pair(index)[1] != 255).sum()) for index in range(3)
    )


def test_figures_equal_an_independent_computation(
    trained: SegmentationRun, data: LabelledData
) -> None:
    """The whole picture at once, torch's own argmax, sets of pixels."""
    found = evaluate_run(trained)
    network = load_network(trained)
    both, either = np.zeros(3), np.zeros(3)
    for index in range(len(data.validation)):
        picture, mask = data.validation.pair(index)
        inputs = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 127.5 - 1
        with torch.no_grad():
            labels = network(inputs)[0].argmax(dim=0).numpy()
        for number in range(3):
            guessed = set(np.flatnonzero(((labels == number) & (mask != 255)).ravel()).tolist())
            true = set(np.flatnonzero((mask == number).ravel()).tolist())
            both[number] += len(guessed & true)
            either[number] += len(guessed | true)
    assert list(found.iou.values()) == pytest.approx((both / either).tolist())


def test_stopped_and_resumed_equals_never_stopped(data: LabelledData, tmp_path: Path) -> None:
    whole, broken = make(tmp_path, data, "whole"), make(tmp_path, data, "broken")
    finish(whole, data)
    stop_after(broken, data, 4)
    assert broken.status.status == "stopped"
    stop_after(broken, data, 5, resume=True)
    finish(broken, data, resume=True)
    first, second = (
        [row.model_dump(exclude=CLOCK) for row in run.rows()] for run in (whole, broken)
    )
    assert first == second
    ours, theirs = whole.weights(), broken.weights()
    assert all((ours[name] == theirs[name]).all() for name in ours)


def test_a_checkpoint_every_step_and_a_crash_cost_nothing(
    data: LabelledData, tmp_path: Path
) -> None:
    whole, broken = make(tmp_path, data, "whole", epochs=2), make(tmp_path, data, "hit", epochs=2)
    finish(whole, data)
    rows = train_segmentation(broken, data, checkpoint_steps=1)
    for _ in range(2):
        next(rows)
    rows.close()
    finish(broken, data, resume=True)
    assert [row.loss for row in whole.rows()] == [row.loss for row in broken.rows()]


def test_time_ends_a_training_at_the_end_of_an_epoch(data: LabelledData, tmp_path: Path) -> None:
    run = make(tmp_path, data, epochs=1000, minutes=1e-6)
    finish(run, data)
    assert run.status.status == "finished"
    assert run.status.epoch < 3
    assert "minutes" in (run.status.message or "")


def test_class_weights_dice_and_flips_train_too(data: LabelledData, tmp_path: Path) -> None:
    run = make(tmp_path, data, epochs=1, class_weights="balanced", dice=0.5, flip=True, jitter=0.2)
    finish(run, data)
    assert run.status.status == "finished"


def test_song_runs_and_segmentation_runs_do_not_see_each_other(trained: SegmentationRun) -> None:
    root = trained.path.parent
    assert kind_of(trained.path) == "segmentation"
    assert list_runs(checkpoints=root) == []
    assert [run.name for run in list_segmentation_runs(checkpoints=root)] == ["net"]
    with pytest.raises(RunError, match="writes no songs"):
        open_run("net", checkpoints=root)
    shipped = Path(__file__).parents[2] / "checkpoints"
    with pytest.raises(RunError, match="writes songs"):
        open_segmentation_run("lstm-150", checkpoints=shipped)


def test_a_run_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunNotFoundError, match="no segmentation run 'nothing'"):
        open_segmentation_run("nothing", checkpoints=tmp_path)


def test_a_name_is_given_once(data: LabelledData, tmp_path: Path) -> None:
    make(tmp_path, data)
    with pytest.raises(RunExistsError):
        make(tmp_path, data)


def test_a_damaged_folder_hides_no_other(data: LabelledData, tmp_path: Path) -> None:
    make(tmp_path, data, "good")
    bad = make(tmp_path, data, "bad")
    document = bad.path / "run.json"
    document.write_text(document.read_text().replace('"depth": 2', '"depth": 200'))
    found = {run.name: run for run in list_segmentation_runs(checkpoints=tmp_path)}
    assert isinstance(found["bad"], DamagedRun)
    assert isinstance(found["good"], SegmentationRun)


def test_without_weights_it_is_history_only(data: LabelledData, tmp_path: Path) -> None:
    with pytest.raises(HistoryOnlyError):
        load_network(make(tmp_path, data))


def test_a_net_for_photographs_labels_no_music(trained: SegmentationRun) -> None:
    with pytest.raises(RunError, match="not trained on pages of music"):
        check_labels_music(trained)


def test_changed_pictures_are_noticed(data: LabelledData, voc: Path, tmp_path: Path) -> None:
    import shutil

    from songrnn.errors import CorpusError

    copy = tmp_path / "voc"
    shutil.copytree(voc, copy)
    reference = load_data(f"voc:{copy}").reference
    (copy / "ImageSets" / "Segmentation" / "val.txt").write_text("2007_000006\n")
    with pytest.raises(CorpusError, match="changed"):
        load_data_of(reference)


def test_a_run_can_begin_with_anothers_weights(
    trained: SegmentationRun, data: LabelledData, tmp_path: Path
) -> None:
    config = SegmentationConfig(
        name="on",
        model=trained.config.model,
        training=trained.config.training.model_copy(update={"epochs": 1}),
        data=data.reference,
    )
    config = config.model_copy(update={"source": source_of(trained, config)})
    run = create_segmentation_run(
        config, classes=data.train.classes, channels=3, source=trained, checkpoints=tmp_path
    )
    finish(run, data)
    summary = trained.summary
    assert summary is not None
    assert run.rows()[0].loss == pytest.approx(summary.best_validation_loss, abs=1e-6)
    assert not (run.path / "initial.safetensors").exists()
    other = config.model_copy(update={"model": UNetSettings(depth=1)})
    with pytest.raises(ConfigError, match="another shape: depth 2"):
        source_of(trained, other)
