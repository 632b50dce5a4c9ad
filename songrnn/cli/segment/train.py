"""`songrnn segment train`: one run, from the settings or from where it stopped."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.output import print_json, progress_bar
from songrnn.cli.setting_options import setting_options
from songrnn.segmentation.settings import NET_SETTINGS, SEGMENTATION_SEED, SEGMENTATION_TRAINING

if TYPE_CHECKING:
    from songrnn.segmentation.data import LabelledData
    from songrnn.segmentation.documents import PixelRow
    from songrnn.segmentation.runs import SegmentationRun


@click.command()
@click.option(
    "--data",
    "source",
    default="engraved:folk",
    show_default=True,
    help="Pictures to learn from: engraved:CORPUS, drawn now where they are not there yet, or "
    "voc:FOLDER in PASCAL VOC's layout.",
)
@click.option("--pages", type=click.IntRange(1, 100_000), help="Engraved pages (default: 120).")
@setting_options([*NET_SETTINGS.values(), *SEGMENTATION_TRAINING.values()])
@setting_options([SEGMENTATION_SEED])
@click.option("--run", "name", help="The run's name (default: made from the settings).")
@click.option("--from", "source_name", metavar="RUN", help="Begin with this run's weights.")
@click.option("--study", hidden=True, help="Name of the study the run is started for.")
@click.option("--overwrite", is_flag=True, help="Replace a segmentation run of the same name.")
@click.option("--resume", metavar="RUN", help="Resume a stopped run, with the settings it has.")
@click.option("--json", "as_json", is_flag=True, help="Print how it ended as JSON.")
def train(resume: str | None, as_json: bool, **given: Any) -> int:
    """Train a U-Net and store it under checkpoints/. Ctrl-C stops it and keeps it."""
    from songrnn.access import refuse_when_read_only
    from songrnn.segmentation.training import train_segmentation
    from songrnn.training.interruption import interrupts

    refuse_when_read_only("Training")
    with interrupts() as stopped:
        run, data = _opened(resume) if resume is not None else _created(given)
        _show(run, train_segmentation(run, data, resume=resume is not None, stop=stopped))
    if as_json:
        summary = run.summary
        print_json(
            {
                "run": run.name,
                "status": run.status.status,
                "summary": summary.model_dump(mode="json") if summary else None,
            }
        )
    return 130 if stopped() else 0


def _opened(name: str) -> "tuple[SegmentationRun, LabelledData]":
    from songrnn.segmentation.data import load_data_of
    from songrnn.segmentation.runs import open_segmentation_run

    run = open_segmentation_run(name)
    with progress_bar("Reading the pictures") as progress:
        return run, load_data_of(run.config.data, progress=progress)


def _created(given: dict[str, Any]) -> "tuple[SegmentationRun, LabelledData]":
    from songrnn.config import check_run_name
    from songrnn.segmentation import settings
    from songrnn.segmentation.data import load_data
    from songrnn.segmentation.runs import create_segmentation_run, open_segmentation_run, source_of

    model = settings.UNetSettings.parse({name: given[name] for name in NET_SETTINGS})
    training = settings.SegmentationSettings.parse(
        {name: given[name] for name in SEGMENTATION_TRAINING}
    )
    name = given["name"] or settings.default_net_name(model, training, given["seed"])
    check_run_name(name)  # before pages are drawn, which may take a while
    with progress_bar("Reading the pictures") as progress:
        data = load_data(given["source"], pages=given["pages"], progress=progress)
    config = settings.SegmentationConfig(
        name=name,
        study=given["study"],
        seed=given["seed"],
        model=model,
        training=training,
        data=data.reference,
    )
    source = open_segmentation_run(given["source_name"]) if given["source_name"] else None
    if source is not None:
        config = config.model_copy(update={"source": source_of(source, config)})
    run = create_segmentation_run(
        config,
        classes=data.train.classes,
        channels=data.train.channels,
        source=source,
        overwrite=given["overwrite"],
    )
    return run, data


def _show(run: "SegmentationRun", rows: "Iterable[PixelRow]") -> None:
    """Drive a live bar with the rows of a training and sum up at its end."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("epoch {task.completed:.1f} of {task.total:.0f}"),
        TextColumn("{task.fields[figures]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(run.name, total=run.config.training.epochs, figures="")
        training = validation = ""
        for row in rows:
            if row.split == "train":
                speed = (row.pixels_per_second or 0) / 1000
                training = f"train {row.loss:.4f} nats · {speed:,.0f}k pixels/s"
            else:
                validation = f"accuracy {row.accuracy:.4f}, mean IoU {row.mean_iou:.3f} · "
            progress.update(task, completed=row.epoch, figures=validation + training)
    summary, status = run.summary, run.status.status
    words = f"{run.name}: {status}"
    if summary is not None:
        words += (
            f"; best validation: {summary.best_validation_loss:.4f} nats per pixel, accuracy "
            f"{summary.best_validation_accuracy:.4f}, mean IoU "
            f"{summary.best_validation_mean_iou:.3f} (epoch {summary.best_epoch:g}), in {run.path}"
        )
    if status != "finished":
        words += f"; resume with: songrnn segment train --resume {run.name}"
    click.echo(words, err=True)
