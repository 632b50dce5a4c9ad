"""`songrnn segment`: networks that label the pixels of a page of music, or of any pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.output import print_json, print_table, progress_bar
from songrnn.cli.setting_options import setting_options
from songrnn.segmentation.settings import NET_SETTINGS, SEGMENTATION_SEED, SEGMENTATION_TRAINING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from songrnn.segmentation.data import LabelledData
    from songrnn.segmentation.documents import PixelRow
    from songrnn.segmentation.evaluation import PixelEvaluation
    from songrnn.segmentation.runs import SegmentationRun

_SPLITS = {"validation": "validation", "val": "validation", "test": "test"}


@click.group()
def segment() -> None:
    """Label the pixels of printed music: train, evaluate and use U-Nets."""


@segment.command()
@click.option(
    "--data",
    "source",
    default="engraved:folk",
    show_default=True,
    help="Pictures to learn from: engraved:CORPUS, drawn now where they are not there yet, or "
    "voc:FOLDER in PASCAL VOC's layout.",
)
@click.option("--pages", type=click.IntRange(1, 100_000), help="Engraved pages (default: 240).")
@setting_options([*NET_SETTINGS.values(), *SEGMENTATION_TRAINING.values()])
@setting_options([SEGMENTATION_SEED])
@click.option("--run", "name", help="The run's name (default: made from the settings).")
@click.option("--study", hidden=True, help="Name of the study the run is started for.")
@click.option("--overwrite", is_flag=True, help="Replace a segmentation run of the same name.")
@click.option("--resume", metavar="RUN", help="Resume a stopped run, with the settings it has.")
@click.option("--json", "as_json", is_flag=True, help="Print how it ended as JSON.")
def train(resume: str | None, as_json: bool, **given: Any) -> int:
    """Train a U-Net and store it under checkpoints/. Ctrl-C stops it and keeps it."""
    from songrnn.segmentation.training import train_segmentation
    from songrnn.training.interruption import interrupts

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
    from songrnn.segmentation.runs import create_segmentation_run

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
    run = create_segmentation_run(
        config,
        classes=data.train.classes,
        channels=data.train.channels,
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


@segment.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_runs(as_json: bool) -> None:
    """List the segmentation runs with their best validation, damaged ones with the reason."""
    from songrnn.segmentation.run_table import segmentation_table
    from songrnn.segmentation.runs import list_segmentation_runs

    rows = segmentation_table(list_segmentation_runs())
    if as_json:
        print_json(rows)
    elif rows:
        names = {
            **{"name": "run", "status": "status", "data": "pictures", "depth": "depth"},
            **{"base_width": "width", "initialization": "start", "normalization": "norm"},
            **{"seed": "seed", "accuracy": "accuracy", "mean_iou": "mean IoU", "reason": ""},
        }
        print_table(rows, {k: v for k, v in names.items() if any(row.get(k) for row in rows)})
    else:
        click.echo("No segmentation runs yet; train one with: songrnn segment train --epochs 2")


@segment.command()
@click.argument("run")
@click.option("--split", type=click.Choice(list(_SPLITS)), default="validation", show_default=True)
@click.option(
    "--pages",
    "kind",
    type=click.Choice(["clean", "unseen", "scans"]),
    default="clean",
    show_default=True,
    help="Engraved pages in known fonts, in a font never trained on, or as a scanner sees them.",
)
@click.option("--count", type=click.IntRange(1, 1000), help="Pages (default: 30).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def evaluate(run: str, split: str, kind: str, count: int | None, as_json: bool) -> None:
    """Pixel accuracy, mean IoU and the IoU of each class of RUN, on whole pictures.

    Accuracy is correct pixels / all pixels, nearly all of them paper; the IoU of a class is
    |label ∩ truth| / |label ∪ truth|, and the mean counts each class alike. Intervals: 95 %, by
    bootstrap over pictures.
    """
    from songrnn.segmentation.evaluating import evaluate_run
    from songrnn.segmentation.runs import open_segmentation_run

    opened = open_segmentation_run(run)
    with progress_bar("Reading the pictures") as progress:
        found = evaluate_run(
            opened,
            split=_SPLITS[split],  # type: ignore[arg-type]
            kind=kind,  # type: ignore[arg-type]
            pages=count,
            progress=progress,
        )
    row = _evaluation_row(opened.name, _SPLITS[split], kind, found)
    if as_json:
        print_json(row)
        return
    click.echo(
        f"{run} on {row['pictures']} pictures ({row['split']}, {row['pages']}): accuracy "
        f"{row['accuracy']:.4f}, mean IoU {row['mean_iou']:.3f} "
        f"({row['mean_iou_interval'][0]:.3f} to {row['mean_iou_interval'][1]:.3f}), "
        f"frequency-weighted IoU {row['frequency_weighted_iou']:.3f}."
    )
    print_table(
        [
            {"class": name, "iou": value, "share": row["shares"][name]}
            for name, value in row["iou"].items()
        ],
        {"class": "class", "iou": "IoU", "share": "share of pixels"},
    )


def _evaluation_row(name: str, split: str, kind: str, found: "PixelEvaluation") -> dict[str, Any]:
    from songrnn.metrics import mean_iou, pixel_accuracy

    overall, right = found.interval(mean_iou), found.interval(pixel_accuracy)
    intervals = found.class_intervals()
    totals = found.confusion.sum(axis=1)
    return {
        "run": name,
        "split": split,
        "pages": kind,
        "pictures": len(found.confusions),
        "loss": found.loss,
        "accuracy": found.accuracy,
        "accuracy_interval": [right.low, right.high],
        "mean_iou": found.mean_iou,
        "mean_iou_interval": [overall.low, overall.high],
        "frequency_weighted_iou": found.frequency_weighted_iou,
        "iou": found.iou,
        "iou_intervals": {n: [each.low, each.high] for n, each in intervals.items()},
        "shares": {
            n: float(count / totals.sum()) for n, count in zip(found.classes, totals, strict=True)
        },
        "classes": list(found.classes),
        "confusion": found.confusion.tolist(),
    }


@segment.command()
@click.argument("run")
@click.argument("picture", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--page", type=click.IntRange(min=1), default=1, help="Of a PDF, from 1.")
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the labels here, as a palette PNG of the picture's size: class numbers in the "
    "classes' colours.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def predict(run: str, picture: Path, page: int, out: Path | None, as_json: bool) -> None:
    """Label the pixels of PICTURE (PNG, JPEG, TIFF, …, or a page of a PDF) with RUN."""
    import numpy as np

    from songrnn.segmentation.classes import CLASSES
    from songrnn.segmentation.prediction import check_labels_music, label_page, load_network
    from songrnn.segmentation.runs import open_segmentation_run

    opened = open_segmentation_run(run)
    check_labels_music(opened)
    found = label_page(load_network(opened), picture, page=page)
    counts = np.bincount(found.labels.ravel(), minlength=len(opened.classes))
    shares = dict(zip(opened.classes, (counts / counts.sum()).tolist(), strict=True))
    if out is not None:
        from songrnn.disk import replace_file
        from songrnn.segmentation.palette import palette_png

        colours = [each.colour for each in CLASSES]
        replace_file(out, palette_png(found.original_labels(), colours))
    row = {
        "run": run,
        "picture": str(picture),
        "height": found.size[0],
        "width": found.size[1],
        "scale": found.scale,
        "staff_space": found.staff_space,
        "mean_confidence": float(found.confidence.mean() / 255),
        "shares": shares,
        "notes": list(found.notes),
        "out": str(out) if out else None,
    }
    if as_json:
        print_json(row)
        return
    for note in found.notes:
        click.echo(note)
    print_table(
        [{"class": name, "share": share} for name, share in shares.items() if share],
        {"class": "class", "share": "share of pixels"},
    )
    if out is not None:
        click.echo(f"Labels are in {out}.")
