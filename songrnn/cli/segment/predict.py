"""`songrnn segment predict`: the labels of a picture that a person brings."""

from pathlib import Path

import click

from songrnn.cli.output import print_json, print_table


@click.command()
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
        replace_file(out, palette_png(found.original_labels(), colours), most=None)
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
