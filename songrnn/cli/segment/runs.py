"""`songrnn segment list` and `study`: the segmentation runs, and what those of a study answer."""

import click

from songrnn.cli.output import print_json, print_table, progress_bar


@click.command("list")
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


@click.command()
@click.argument("name", type=click.Choice(["start", "depth"]))
@click.option("--train", "train_missing", is_flag=True, help="Train the runs that are missing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def study(name: str, train_missing: bool, as_json: bool) -> None:
    """What the runs of a study answer: which start (start), how deep (depth)."""
    from songrnn.access import refuse_when_read_only
    from songrnn.segmentation.data import USUAL_DATA, load_data
    from songrnn.segmentation.runs import list_segmentation_runs
    from songrnn.segmentation.studies import PAGES, answer, find_study, train_study

    chosen = find_study(name)
    if train_missing:
        refuse_when_read_only("Training")
        with progress_bar("Reading the pictures") as progress:
            data = load_data(USUAL_DATA, pages=PAGES, progress=progress)
        for run in train_study(chosen, data):
            click.echo(f"{run.name}: {run.status.status}", err=True)
    found = answer(chosen, list_segmentation_runs())
    rows = [
        {"value": value, "mean_iou": each.estimate, "low": each.low, "high": each.high, "n": each.n}
        for value, each in found.groups.items()
    ]
    if as_json:
        print_json(
            {
                "study": name,
                "question": chosen.question,
                "sentence": found.sentence,
                "finished": found.finished,
                "planned": found.planned,
                "groups": rows,
            }
        )
        return
    click.echo(f"{chosen.question} {found.sentence}")
    if rows:
        print_table(rows, {"value": "", "mean_iou": "mean IoU", "low": "from", "high": "to"})
