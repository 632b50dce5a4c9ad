"""`songrnn neurons`: what the units of a run do, with labels that were earned."""

import csv
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.output import print_json, print_table, progress_bar
from songrnn.errors import ConfigError

if TYPE_CHECKING:
    from songrnn.inspection.index import NeuronIndex
    from songrnn.store.runs import Run

_COLUMNS = {
    "quantity": "quantity",
    "layer": "layer",
    "neuron": "neuron",
    "words": "label",
    "score": "R²",
    "runner_up": "runner-up",
    "runner_up_score": "its R²",
    "n": "n",
}


@click.group()
@click.argument("run")
@click.pass_context
def neurons(context: click.Context, run: str) -> None:
    """Rank, show or export the neurons of RUN."""
    from songrnn.store.runs import open_run

    context.obj = open_run(run)


@neurons.command()
@click.option("--split", type=click.Choice(["validation", "test"]), default="validation")
@click.option("--corpus", "corpus_name", help="Another corpus than the run was trained on.")
@click.option("--shifts", type=click.IntRange(min=20), default=200, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--keep/--no-keep", default=True, show_default=True, help="Store it with the run.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def rank(
    run: "Run",
    split: str,
    corpus_name: str | None,
    shifts: int,
    seed: int,
    *,
    keep: bool,
    as_json: bool,
) -> None:
    """Find out what every neuron follows on held-out tunes, and keep it with the run."""
    from songrnn.corpus.sources import load
    from songrnn.inspection.index import build

    name = corpus_name or run.config.corpus.name
    book = load(name)
    tunes = book.split("test" if split == "test" else "validation")
    with progress_bar("Neurons") as progress:
        index = build(run, tunes, name, seed=seed, shifts=shifts, progress=progress)
    # Another corpus or split checks the labels; those of the pages are the first kind.
    if keep and corpus_name is None and split == "validation":
        index.write(run.path)
    _print(index, as_json=as_json)


@neurons.command()
@click.argument("neuron", type=click.IntRange(min=0), required=False)
@click.option("--quantity", type=click.Choice(["hidden", "cell"]), default="hidden")
@click.option("--layer", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(run: "Run", neuron: int | None, quantity: str, layer: int, *, as_json: bool) -> None:
    """Print what was found: all labels, or one NEURON with places to look at."""
    index = _index(run)
    if neuron is None:
        _print(index, as_json=as_json)
        return
    row = index.place_of(quantity, layer - 1, neuron)
    if row is None:
        raise ConfigError(f"{run.name} has no neuron {neuron} in layer {layer} ({quantity}).")
    label = _record(index, row)
    places = {
        kind: [asdict(example) for example in found] for kind, found in index.examples(row).items()
    }
    if as_json:
        print_json({**label, "examples": places})
        return
    print_table([label], _COLUMNS)
    mean, deviation = index.moments[row]
    click.echo(f"mean {mean:.3f}, standard deviation {deviation:.3f}")
    for kind, found in places.items():
        spots = ", ".join(f"{e['tune']} at {e['character']} ({e['value']:.2f})" for e in found)
        click.echo(f"{kind}: {spots}")


@neurons.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File (default: -).")
@click.pass_obj
def export(run: "Run", out: Path | None) -> None:
    """Write all labels as CSV."""
    index = _index(run)
    records = [_record(index, row) for row in range(len(index.labels))]
    with out.open("w", newline="", encoding="utf-8") if out else sys.stdout as file:
        writer = csv.DictWriter(file, list(records[0]))
        writer.writeheader()
        writer.writerows(records)


def _index(run: "Run") -> "NeuronIndex":
    from songrnn.inspection.index import NeuronIndex

    index = NeuronIndex.read(run.path)
    if index is None:
        raise ConfigError(
            f"The neurons of {run.name} were not ranked yet; do so with: "
            f"songrnn neurons {run.name} rank"
        )
    return index


def _record(index: "NeuronIndex", row: int) -> dict[str, Any]:
    """A label as people count: layers from 1."""
    label = asdict(index.labels[row])
    return {**label, "layer": label["layer"] + 1}


def _print(index: "NeuronIndex", *, as_json: bool) -> None:
    records = sorted(
        (_record(index, row) for row in range(len(index.labels))),
        key=lambda record: (record["label"] is None, -record["score"]),
    )
    if as_json:
        print_json(
            {
                "neurons": records,
                "untrained_labels": index.untrained_labels,
                "characters": index.characters,
                "corpus": index.corpus,
            }
        )
        return
    labelled = [record for record in records if record["label"] is not None]
    print_table(labelled, _COLUMNS)
    click.echo(
        f"{len(labelled)} of {len(records)} have a clear label on {index.characters:,} characters "
        f"of {index.corpus}; an untrained network of the same shape gets {index.untrained_labels} "
        f"of {index.untrained_neurons}."
    )
