"""`songrnn neurons RUN ablate`: what switching neurons off costs."""

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.output import print_json, print_table, progress_bar
from songrnn.errors import ConfigError

if TYPE_CHECKING:
    from songrnn.inspection.ablation import Effect
    from songrnn.inspection.holding import Mode
    from songrnn.store.runs import Run

_EFFECT_COLUMNS = {
    "neurons": "neurons",
    "overall": "bits/character",
    "place_overall": "place %",
    "where": "where it holds",
    "place_where": "place %",
    "elsewhere": "elsewhere",
    "verdict": "",
}


@click.command()
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

    from songrnn.corpus.sources import load_of
    from songrnn.inspection import ablation, holding
    from songrnn.inspection.index import open_index
    from songrnn.inspection.song_ablation import compose_pair, song_effect
    from songrnn.inspection.units import Unit
    from songrnn.model.engine import Engine

    engine = Engine.of(run)
    index = open_index(run.path)
    means = index.means()
    held = _held(value)
    if chosen:
        layer = given["layer"] - 1
        units = tuple(Unit(given["quantity"], layer, n) for n in chosen)
        for unit in units:
            index.row_of(*unit)
        groups = [units]
    elif label:
        units = holding.units_labelled(index.labels, label, given["quantity"])
        groups = [units[:n] for n in _sizes(top) if n <= len(units)] or [units]
    else:
        raise ConfigError("Name neurons by number, or a label with --label.")
    tunes = load_of(run.config.corpus).split("validation")
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
                chosen_units = holding.interventions(group, held, means, given["place"])
                pair = compose_pair(engine, run.vocabulary, chosen_units, prime="X:1\n", seed=seed)
                record["song"] = {
                    "whole": pair.whole.text,
                    "altered": pair.altered.text,
                    "first_difference": pair.first_difference,
                }
                rng = np.random.default_rng(seed)
                changed = song_effect(
                    engine, run.vocabulary, chosen_units, rng, prime="X:1\n", songs=given["songs"]
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
