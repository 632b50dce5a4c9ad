"""`songrnn segment evaluate`: the exact figures of a run on whole pictures."""

from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.output import print_json, print_table, progress_bar

if TYPE_CHECKING:
    from songrnn.segmentation.evaluation import PixelEvaluation

_SPLITS = {"validation": "validation", "val": "validation", "test": "test"}


@click.command()
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
