"""`songrnn segment read`: the tune on a picture of a page, as ABC."""

from pathlib import Path

import click

from songrnn.cli.output import print_json


@click.command()
@click.argument("run")
@click.argument("picture", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--page", type=click.IntRange(min=1), default=1, help="Of a PDF, from 1.")
@click.option("--title", default="From a page", show_default=True, help="What the tune is called.")
@click.option(
    "-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the ABC here."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the ABC, each note's place.")
def read(run: str, picture: Path, page: int, title: str, out: Path | None, as_json: bool) -> None:
    """Read the tune on PICTURE: label its pixels with RUN, and put the signs together as ABC.

    One voice on each staff, staff after staff; no words, dynamics or ornaments. What the key
    signature means is written as its major key. Confidence: the mean probability of a notehead's
    pixels, less where the head lies between two positions.
    """
    from songrnn.segmentation.prediction import check_labels_music, label_page, load_network
    from songrnn.segmentation.reading import read_labels
    from songrnn.segmentation.runs import open_segmentation_run

    opened = open_segmentation_run(run)
    check_labels_music(opened)
    labelled = label_page(load_network(opened), picture, page=page)
    found = read_labels(
        labelled.labels,
        labelled.staff_space,
        confidence=labelled.confidence,
        title=title,
    )
    if out is not None:
        from songrnn.disk import replace_file

        replace_file(out, found.abc.encode())
    if as_json:
        print_json(
            {
                "run": run,
                "picture": str(picture),
                "abc": found.abc,
                "staves": found.staves,
                "confidence": found.confidence,
                "scale": labelled.scale,
                "notes": list(labelled.notes),
                "signs": [
                    {"span": each.span, "box": each.box, "confidence": each.confidence}
                    for each in found.signs
                ],
            }
        )
        return
    for note in labelled.notes:
        click.echo(note, err=True)
    if out is None:
        click.echo(found.abc, nl=False)
    click.echo(
        f"{len(found.signs)} notes and rests on {found.staves} staves, mean confidence "
        f"{found.confidence:.2f}" + (f"; in {out}" if out else "") + ".",
        err=True,
    )
