"""`songrnn neurons`: what the units of a run do, with labels that were earned."""

import csv
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.neurons_ablate import ablate
from songrnn.cli.neurons_find import search, select
from songrnn.cli.output import print_json, print_table, progress_bar
from songrnn.errors import ConfigError
from songrnn.store.files import replace_file

if TYPE_CHECKING:
    from songrnn.inspection.cross_corpus import CrossCorpusCheck
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

_CHECK_COLUMNS = {
    "quantity": "quantity",
    "layer": "layer",
    "neuron": "neuron",
    "kind": "kind",
    "label": "label",
    "score": "R²",
    "n": "n",
    "score_there": "R² there",
    "n_there": "n there",
}


@click.group()
@click.argument("run")
@click.pass_context
def neurons(context: click.Context, run: str) -> None:
    """Rank, show, check, find, switch off or export the neurons of RUN."""
    from songrnn.store.runs import open_run

    context.obj = open_run(run)


neurons.add_command(ablate)
neurons.add_command(select)
neurons.add_command(search)


@neurons.command()
@click.option("--split", type=click.Choice(["validation", "test"]), default="validation")
@click.option("--corpus", "corpus_name", help="Another corpus than the run was trained on.")
@click.option(
    "--training-characters",
    type=click.IntRange(min=0),
    default=500_000,
    show_default=True,
    help="Characters of training tunes to fit lines on; with 0, half of the split instead.",
)
@click.option("--shifts", type=click.IntRange(min=20), default=200, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--check", "check_corpus", help="Check the labels on this corpus too, such as essen.")
@click.option("--keep/--no-keep", default=True, show_default=True, help="Store it with the run.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def rank(
    run: "Run",
    split: str,
    corpus_name: str | None,
    training_characters: int,
    shifts: int,
    seed: int,
    check_corpus: str | None,
    *,
    keep: bool,
    as_json: bool,
) -> None:
    """Find out what every neuron follows on held-out tunes, and keep it with the run."""
    from songrnn.corpus.sources import load, load_of
    from songrnn.inspection.indexing import build_index

    book = load(corpus_name) if corpus_name is not None else load_of(run.config.corpus)
    name = book.name
    tunes = book.split("test" if split == "test" else "validation")
    with progress_bar("Neurons") as progress:
        index = build_index(
            run,
            tunes,
            name,
            training=book.split("train"),
            seed=seed,
            shifts=shifts,
            training_characters=training_characters,
            progress=progress,
        )
    # Another corpus or split tells other labels; those of the pages are the first kind.
    keep = keep and corpus_name is None and split == "validation"
    if keep:
        index.write(run.path)
    checked = _check(run, index, check_corpus, split, keep=keep) if check_corpus else None
    _print(index, checked, as_json=as_json)


@neurons.command()
@click.argument("corpus_name", metavar="CORPUS", default="essen")
@click.option("--split", type=click.Choice(["validation", "test"]), default="validation")
@click.option("--keep/--no-keep", default=True, show_default=True, help="Store it with the run.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def check(run: "Run", corpus_name: str, split: str, *, keep: bool, as_json: bool) -> None:
    """Score the labels on tunes of a CORPUS that they were not chosen on (default: essen)."""
    from songrnn.inspection.index import open_index

    index = open_index(run.path)
    checked = _check(run, index, corpus_name, split, keep=keep)
    if as_json:
        print_json(_check_record(checked))
        return
    rows = sorted(_check_record(checked)["labels"], key=lambda each: -each["score"])
    print_table(rows, _CHECK_COLUMNS)
    click.echo(_check_sentence(checked, index.corpus))


@neurons.command()
@click.argument("neuron", type=click.IntRange(min=0), required=False)
@click.option("--quantity", type=click.Choice(["hidden", "cell"]), default="hidden")
@click.option("--layer", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(run: "Run", neuron: int | None, quantity: str, layer: int, *, as_json: bool) -> None:
    """Print what was found: all labels, or one NEURON with places to look at."""
    from songrnn.inspection.index import open_index

    index = open_index(run.path)
    if neuron is None:
        _print(index, as_json=as_json)
        return
    row = index.row_of(quantity, layer - 1, neuron)
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
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of CSV.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File (default: -).")
@click.pass_obj
def export(run: "Run", out: Path | None, *, as_json: bool) -> None:
    """Write all labels as CSV or JSON."""
    from songrnn.inspection.index import open_index

    index = open_index(run.path)
    records = [_record(index, row) for row in range(len(index.labels))]
    if as_json:
        text = json.dumps(records, indent=2, ensure_ascii=False) + "\n"
        if out:
            replace_file(out, text.encode())
        else:
            click.echo(text, nl=False)
        return
    with out.open("w", newline="", encoding="utf-8") if out else sys.stdout as file:
        writer = csv.DictWriter(file, list(records[0]))
        writer.writeheader()
        writer.writerows(records)


def _record(index: "NeuronIndex", row: int) -> dict[str, Any]:
    """A label as people count: layers from 1."""
    label = asdict(index.labels[row])
    return {**label, "layer": label["layer"] + 1}


def _check(
    run: "Run", index: "NeuronIndex", corpus: str, split: str, *, keep: bool
) -> "CrossCorpusCheck":
    from songrnn.corpus.sources import load
    from songrnn.inspection.cross_corpus import check_labels
    from songrnn.model.engine import Engine

    if corpus == index.corpus:
        raise ConfigError(f"The labels of {run.name} were chosen on {corpus}; name another corpus.")
    tunes = load(corpus).split("test" if split == "test" else "validation")
    with progress_bar("Neurons") as progress:
        found = check_labels(
            Engine.of(run),
            run.vocabulary,
            index,
            tunes,
            corpus,
            split,
            progress=lambda share: progress(f"Reading {corpus}", share),
        )
    if keep:
        found.write(run.path)
    return found


def _check_record(found: "CrossCorpusCheck") -> dict[str, Any]:
    """As people count, layers from 1, with what follows from the scores."""
    labels = [
        {**asdict(label), "layer": label.layer + 1, "holds": label.holds} for label in found.labels
    ]
    return {**asdict(found), "labels": labels, "labelled": len(labels), "holding": found.holding}


def _check_sentence(found: "CrossCorpusCheck", corpus: str) -> str:
    skipped = f" ({found.skipped} with unknown characters left out)" if found.skipped else ""
    return (
        f"{found.holding} of {len(found.labels)} labels chosen on {corpus} would be earned again "
        f"on {found.corpus}: an R² of at least 0.25 on {found.held_out:,} held-out characters of "
        f"{found.tunes} {found.split} tunes{skipped}."
    )


def _print(
    index: "NeuronIndex", checked: "CrossCorpusCheck | None" = None, *, as_json: bool
) -> None:
    records = sorted(
        (_record(index, row) for row in range(len(index.labels))),
        key=lambda record: (record["label"] is None, -record["score"]),
    )
    if as_json:
        print_json(
            {
                "neurons": records,
                "untrained_labels": index.untrained_labels,
                "untrained": dict(index.untrained),
                "untrained_neurons": index.untrained_neurons,
                "characters": index.characters,
                "held_out_characters": index.held,
                "corpus": index.corpus,
                **({"check": _check_record(checked)} if checked is not None else {}),
            }
        )
        return
    labelled = [record for record in records if record["label"] is not None]
    print_table(labelled, _COLUMNS)
    found = {
        kind: sum(record["kind"] == kind for record in records) for kind in ("reads", "remembers")
    }
    click.echo(
        f"{len(labelled)} of {len(records)} have a clear label, {_by_kind(found)}, on "
        f"{index.held:,} held-out characters of {index.corpus}; an untrained network of the same "
        f"shape gets {index.untrained_labels} of {index.untrained_neurons}, "
        f"{_by_kind(index.untrained)}."
    )
    if checked is not None:
        click.echo(_check_sentence(checked, index.corpus))


def _by_kind(found: Mapping[Any, int]) -> str:
    """How many labels of each kind, in words."""
    return ", ".join(f"{number} “{kind}”" for kind, number in found.items())
