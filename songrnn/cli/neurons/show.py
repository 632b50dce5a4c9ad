"""`songrnn neurons RUN show` and `export`: what was found, on the screen and as a file."""

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.neurons import options
from songrnn.cli.neurons.check import record_of, sentence_of
from songrnn.cli.output import print_json, print_table
from songrnn.disk import replace_file
from songrnn.plain_text import inert_cell

if TYPE_CHECKING:
    from songrnn.inspection.cross_corpus import CrossCorpusCheck
    from songrnn.inspection.index import NeuronIndex
    from songrnn.inspection.memory.verdicts import MemoryIndex
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


@click.command()
@click.argument("neuron", type=click.IntRange(min=0), required=False)
@options.quantity
@options.layer
@options.json
@click.pass_obj
def show(run: "Run", neuron: int | None, quantity: str, layer: int, *, as_json: bool) -> None:
    """Print what was found: all labels, or one NEURON with places to look at."""
    from songrnn.inspection.index import open_index

    index = open_index(run.path)
    if neuron is None:
        print_index(index, as_json=as_json)
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


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of CSV.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File (default: -).")
@click.pass_obj
def export(run: "Run", out: Path | None, *, as_json: bool) -> None:
    """Write all labels as CSV or JSON."""
    from songrnn.inspection.index import open_index

    index = open_index(run.path)
    records = [_record(index, row) for row in range(len(index.labels))]
    text = json.dumps(records, indent=2, ensure_ascii=False) + "\n" if as_json else _csv(records)
    if out:
        replace_file(out, text.encode(), most=None)
    else:
        click.echo(text, nl=False)


def _csv(records: Sequence[Mapping[str, Any]]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(records[0]))
    writer.writeheader()
    writer.writerows(
        {name: inert_cell(value) for name, value in record.items()} for record in records
    )
    return file.getvalue()


def print_index(
    index: "NeuronIndex", checked: "CrossCorpusCheck | None" = None, *, as_json: bool
) -> None:
    """All labels, the clearest first, and how many an untrained network gets."""
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
                **({"memory": _memory_record(index.memory)} if index.memory is not None else {}),
                **({"check": record_of(checked)} if checked is not None else {}),
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
    if index.memory is not None:
        click.echo(_memory_sentence(index.memory))
    if checked is not None:
        click.echo(sentence_of(checked, index.corpus))


def _record(index: "NeuronIndex", row: int) -> dict[str, Any]:
    """A label as people count: layers from 1."""
    label = asdict(index.labels[row])
    return {**label, "layer": label["layer"] + 1}


def _memory_record(found: "MemoryIndex") -> dict[str, Any]:
    """As people count, layers from 1, with what follows from the verdicts."""
    verdicts = [{**asdict(each), "layer": each.layer + 1} for each in found.verdicts]
    counts = Counter(each.kind for each in found.verdicts)
    return {**asdict(found), "verdicts": verdicts, "counts": dict(counts)}


def _memory_sentence(found: "MemoryIndex") -> str:
    counts = Counter(each.kind for each in found.verdicts)
    untrained, neurons = sum(found.untrained), found.of_untrained
    return (
        f"By the stricter rule {found.remembering} of {len(found.verdicts)} neurons remember "
        f"something, {counts['echo']} are echoes of the last characters and {counts['position']} "
        f"follow the position in the tune. The same rule: {untrained} of {neurons} neurons of "
        f"{len(found.untrained)} untrained networks, {found.shuffled} with the music of other tunes."
    )


def _by_kind(found: Mapping[Any, int]) -> str:
    """How many labels of each kind, in words."""
    return ", ".join(f"{number} “{kind}”" for kind, number in found.items())
