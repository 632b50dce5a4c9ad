"""`songrnn neurons`: what the units of a run do, with labels that were earned."""

import csv
import json
import math
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.output import print_json, print_table, progress_bar
from songrnn.errors import ConfigError
from songrnn.store.files import replace_file

if TYPE_CHECKING:
    from songrnn.inspection.ablation import Effect, Mode
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

_EFFECT_COLUMNS = {
    "neurons": "neurons",
    "overall": "bits/character",
    "place_overall": "place %",
    "where": "where it holds",
    "place_where": "place %",
    "elsewhere": "elsewhere",
    "verdict": "",
}


@click.group()
@click.argument("run")
@click.pass_context
def neurons(context: click.Context, run: str) -> None:
    """Rank, show, switch off or export the neurons of RUN."""
    from songrnn.store.runs import open_run

    context.obj = open_run(run)


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
    *,
    keep: bool,
    as_json: bool,
) -> None:
    """Find out what every neuron follows on held-out tunes, and keep it with the run."""
    from songrnn.corpus.sources import load
    from songrnn.inspection.survey import build

    name = corpus_name or run.config.corpus.name
    book = load(name)
    tunes = book.split("test" if split == "test" else "validation")
    with progress_bar("Neurons") as progress:
        index = build(
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
@click.argument("chosen", type=click.IntRange(min=0), nargs=-1, metavar="[NEURON]…")
@click.option("--label", help="Take the top neurons with this label, and look where it holds.")
@click.option("--top", default="1,2,4,8,16", show_default=True, help="How many with --label.")
@click.option("--quantity", type=click.Choice(["hidden", "cell"]), default="hidden")
@click.option("--layer", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--value", default="mean", show_default=True, help="mean, zero or a number to hold.")
@click.option("--place", type=click.Choice(["recurrence", "readout"]), default="recurrence")
@click.option("--tunes", type=click.IntRange(min=2), default=100, show_default=True)
@click.option("--random-sets", type=click.IntRange(min=0), default=100, show_default=True)
@click.option("--songs", type=click.IntRange(min=0), default=0, help="Pairs of songs to compose.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def ablate(
    run: "Run",
    chosen: tuple[int, ...],
    label: str | None,
    top: str,
    value: str,
    seed: int,
    *,
    as_json: bool,
    **given: Any,
) -> None:
    """Hold neurons at a value, and measure on validation tunes what that costs."""
    import numpy as np

    from songrnn.corpus.sources import load
    from songrnn.inspection import ablation
    from songrnn.inspection.song_ablation import compose_pair, song_effect
    from songrnn.model.engine import Engine

    engine = Engine.of(run)
    index = _index(run)
    means = ablation.means_of(index)
    held = _held(value)
    if chosen:
        layer = given["layer"] - 1
        units = tuple(ablation.Unit(given["quantity"], layer, n) for n in chosen)
        missing = [unit.neuron for unit in units if unit not in means]
        if missing:
            raise ConfigError(
                f"{run.name} has no neuron {missing[0]} in layer {given['layer']} "
                f"({given['quantity']})."
            )
        groups = [units]
    elif label:
        units = ablation.units_of(index.labels, label, given["quantity"])
        groups = [units[:n] for n in _sizes(top) if n <= len(units)] or [units]
    else:
        raise ConfigError("Name neurons by number, or a label with --label.")
    tunes = load(run.config.corpus.name).split("validation")
    records = []
    with progress_bar("Neurons") as progress:
        for number, group in enumerate(groups):

            def tell(share: float, done: int = number) -> None:
                progress("Switching off", (done + share) / len(groups))

            found = ablation.effect(
                engine,
                run.vocabulary,
                tunes,
                group,
                np.random.default_rng(seed),
                means=means,
                label=label,
                value=held,
                place=given["place"],
                random_sets=given["random_sets"],
                most_tunes=given["tunes"],
                progress=tell,
            )
            record = _effect_record(found)
            if given["songs"]:
                holding = ablation.interventions(group, held, means, given["place"])
                pair = compose_pair(engine, run.vocabulary, holding, prime="X:1\n", seed=seed)
                record["song"] = {
                    "whole": pair.whole.text,
                    "altered": pair.altered.text,
                    "first_difference": pair.first_difference,
                }
                rng = np.random.default_rng(seed)
                changed = song_effect(
                    engine, run.vocabulary, holding, rng, prime="X:1\n", songs=given["songs"]
                )
                record["songs"] = asdict(changed)
            records.append(record)
    if as_json:
        print_json({"run": run.name, "value": value, "place": given["place"], "effects": records})
        return
    print_table([_effect_row(record) for record in records], _EFFECT_COLUMNS)
    for record in records:
        if "songs" in record:
            click.echo(_songs_sentence(record))


@neurons.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of CSV.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File (default: -).")
@click.pass_obj
def export(run: "Run", out: Path | None, *, as_json: bool) -> None:
    """Write all labels as CSV or JSON."""
    index = _index(run)
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
                "untrained": dict(index.untrained),
                "untrained_neurons": index.untrained_neurons,
                "characters": index.characters,
                "held_out_characters": index.held,
                "corpus": index.corpus,
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


def _by_kind(found: Mapping[Any, int]) -> str:
    """How many labels of each kind, in words."""
    return ", ".join(f"{number} “{kind}”" for kind, number in found.items())


def _held(value: str) -> "Mode | float":
    if value == "mean":
        return "mean"
    if value == "zero":
        return "zero"
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not -1 <= number <= 1:
        raise ConfigError(f"--value is mean, zero or a number from −1 to 1, not {value}.")
    return number


def _sizes(top: str) -> list[int]:
    try:
        sizes = [int(part) for part in top.split(",")]
    except ValueError:
        sizes = []
    if not sizes or min(sizes) < 1:
        raise ConfigError(f"--top takes numbers such as 1,2,4, not {top!r}.")
    return sizes


def _effect_record(found: "Effect") -> dict[str, Any]:
    """As people count: layers from 1. NaN, which JSON lacks, is null."""
    record = asdict(found)
    for name in ("place_overall", "place_where"):
        if record[name] is not None and math.isnan(record[name]):
            record[name] = None
    units = [{**unit._asdict(), "layer": unit.layer + 1} for unit in found.units]
    return {**record, "units": units, "causal": found.causal}


def _effect_row(record: dict[str, Any]) -> dict[str, Any]:
    units = [f"{u['layer']}/{u['neuron']}" for u in record["units"]]
    row = {name: record[name] for name in ("place_overall", "place_where")}
    for name in ("overall", "where", "elsewhere"):
        found = record[name]
        row[name] = (
            found and f"{found['estimate']:+.3f} ({found['low']:+.3f} to {found['high']:+.3f})"
        )
    return {
        **row,
        "neurons": ", ".join(units),
        "verdict": "causal" if record["causal"] else "not shown to be causal",
    }


def _songs_sentence(record: dict[str, Any]) -> str:
    songs = record["songs"]
    parts = [
        f"{name.replace('_', ' ')} {found['estimate']:+.3f} ({found['low']:+.3f} to {found['high']:+.3f})"
        for name, found in songs.items()
        if isinstance(found, dict)
    ]
    return (
        f"{len(record['units'])} off: {songs['share_changed']:.0%} of {songs['songs']} songs differ; "
        + ", ".join(parts)
    )
