"""`songrnn neurons RUN ablate`: what switching neurons off costs."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.neurons import options
from songrnn.cli.output import print_json, print_table, progress_bar
from songrnn.errors import ConfigError

if TYPE_CHECKING:
    from songrnn.inspection.ablation import Effect
    from songrnn.inspection.holding import Mode
    from songrnn.inspection.units import Unit
    from songrnn.model.engine import Engine
    from songrnn.model.intervention import Held, Intervention, Place
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
@click.option(
    "--label", help="Switch off the top neurons with this label, and measure where it holds."
)
@click.option(
    "--top",
    default="1,2,4,8,16",
    show_default=True,
    help="With --label: how many units to hold, one measurement for each number.",
)
@options.quantity
@options.layer
@click.option(
    "--value", default="mean", show_default=True, help="Value to hold: mean, zero or a number."
)
@options.place
@options.tunes(100)
@click.option(
    "--random-sets",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    help="Sets of as many random units to compare with.",
)
@click.option(
    "--songs",
    type=click.IntRange(min=0),
    default=0,
    help="Pairs of songs to compose with and without the units; 0 for none.",
)
@options.seed
@options.json
@click.pass_obj
def ablate(
    run: "Run",
    chosen: tuple[int, ...],
    label: str | None,
    top: str,
    quantity: "Held",
    layer: int,
    value: str,
    *,
    as_json: bool,
    **settings: Any,
) -> None:
    """Hold neurons at a value, and measure on validation tunes what that costs."""
    from songrnn.inspection.index import open_index

    index = open_index(run.path)
    held = _held(value)
    if chosen:
        groups = [options.known_units(index, quantity, layer, chosen)]
    elif label:
        groups = options.labelled_groups(index, label, quantity, options.sizes_of(top))
    else:
        raise ConfigError("Name neurons by number, or a label with --label.")
    records = _effects(run, index.means(), groups, label, held, **settings)
    if as_json:
        found = {"run": run.name, "value": value, "place": settings["place"], "effects": records}
        print_json(found)
        return
    print_table([_effect_row(record) for record in records], _EFFECT_COLUMNS)
    for record in records:
        if "songs" in record:
            click.echo(_songs_sentence(record))


def _effects(
    run: "Run",
    means: "dict[Unit, float]",
    groups: "list[tuple[Unit, ...]]",
    label: str | None,
    value: "Mode | float",
    *,
    place: "Place",
    tunes: int,
    random_sets: int,
    songs: int,
    seed: int,
) -> list[dict[str, Any]]:
    """What holding each group does to bits and, if asked, to songs."""
    import numpy as np

    from songrnn.corpus.sources import load_of
    from songrnn.inspection.ablation import effect
    from songrnn.inspection.holding import interventions
    from songrnn.model.engine import Engine

    engine = Engine.of(run)
    validation = load_of(run.config.corpus).split("validation")
    records = []
    with progress_bar("Neurons") as progress:
        for number, units in enumerate(groups):

            def tell(share: float, done: int = number) -> None:
                progress("Switching off", (done + share) / len(groups))

            found = effect(
                engine,
                run.vocabulary,
                validation,
                units,
                np.random.default_rng(seed),
                means=means,
                label=label,
                value=value,
                place=place,
                random_sets=random_sets,
                most_tunes=tunes,
                progress=tell,
            )
            record = _effect_record(found)
            if songs:
                holding = interventions(units, value, means, place)
                record |= _in_songs(engine, run, holding, songs, seed)
            records.append(record)
    return records


def _in_songs(
    engine: "Engine", run: "Run", holding: "Sequence[Intervention]", songs: int, seed: int
) -> dict[str, Any]:
    import numpy as np

    from songrnn.inspection.song_ablation import compose_pair, song_effect

    pair = compose_pair(engine, run.vocabulary, holding, prime="X:1\n", seed=seed)
    rng = np.random.default_rng(seed)
    changed = song_effect(engine, run.vocabulary, holding, rng, prime="X:1\n", songs=songs)
    return {
        "song": {
            "whole": pair.whole.text,
            "altered": pair.altered.text,
            "first_difference": pair.first_difference,
        },
        "songs": asdict(changed),
    }


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


def _effect_record(found: "Effect") -> dict[str, Any]:
    units = [options.counted_from_one(unit) for unit in found.units]
    record: dict[str, Any] = options.plain(
        {**asdict(found), "units": units, "causal": found.causal}
    )
    return record


def _effect_row(record: dict[str, Any]) -> dict[str, Any]:
    units = [f"{u['layer']}/{u['neuron']}" for u in record["units"]]
    row = {name: record[name] for name in ("place_overall", "place_where")}
    for name in ("overall", "where", "elsewhere"):
        row[name] = options.interval_words(record[name])
    return {
        **row,
        "neurons": ", ".join(units),
        "verdict": "causal" if record["causal"] else "not shown to be causal",
    }


def _songs_sentence(record: dict[str, Any]) -> str:
    songs = record["songs"]
    parts = [
        f"{name.replace('_', ' ')} {options.interval_words(found)}"
        for name, found in songs.items()
        if isinstance(found, dict)
    ]
    return (
        f"{len(record['units'])} off: {songs['share_changed']:.0%} of {songs['songs']} songs differ; "
        + ", ".join(parts)
    )
