"""`songrnn neurons RUN ablate`: what switching neurons off costs."""

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

import click

from songrnn.cli.neurons import options
from songrnn.cli.output import print_json, print_table, progress_bar
from songrnn.errors import ConfigError
from songrnn.plain_text import visible

if TYPE_CHECKING:
    from songrnn.inspection.ablation import Effect
    from songrnn.inspection.holding import Mode
    from songrnn.inspection.units import Unit
    from songrnn.model.engine import Engine
    from songrnn.model.intervention import Held, Place
    from songrnn.store.runs import Run

    # Units that are switched off together, and the label they are asked for.
    Tested = tuple[tuple[Unit, ...], str | None]

_EFFECT_COLUMNS = {
    "neurons": "neurons",
    "overall": "bits/character",
    "place_overall": "place %",
    "where": "where it holds",
    "elsewhere": "elsewhere",
    "specific": "difference",
    "place_specific": "place %",
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
    "--remembered",
    is_flag=True,
    help="Every neuron that remembers something, each for its own label.",
)
@click.option(
    "--value",
    default="resample",
    show_default=True,
    help="What takes the place of their values: those of other places drawn at random (resample), "
    "their mean, zero, or a number.",
)
@options.place
@options.tunes(100)
@click.option(
    "--random-sets",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    help="Sets of other units to compare with, matched in influence.",
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
    remembered: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """Switch neurons off, and measure on validation tunes what that costs.

    With --label it is said whether they are causal for it: whether the loss rises more where the
    label holds than elsewhere, and by more than with sets of other units of as much influence. A
    number or an angle holds where its value decides the next character.
    """
    from songrnn.inspection.index import open_index

    index = open_index(run.path)
    held = _held(value)
    tested: list[Tested]
    if remembered:
        tested = options.remembering(index)
    elif chosen:
        tested = [(options.known_units(index, quantity, layer, chosen), label)]
    elif label:
        groups = options.labelled_groups(index, label, quantity, options.sizes_of(top))
        tested = [(units, label) for units in groups]
    else:
        raise ConfigError("Name neurons by number, or a label with --label.")
    records, decided = _effects(run, index.means(), tested, held, **settings)
    if as_json:
        found = {"run": run.name, "value": value, "place": settings["place"], "effects": records}
        print_json({**found, "decides": decided})
        return
    for name, contexts in decided.items():
        click.echo(_decided_sentence(run, name, contexts))
    print_table([_effect_row(record) for record in records], _EFFECT_COLUMNS)
    for record in records:
        if "songs" in record:
            click.echo(_songs_sentence(record))


def _effects(
    run: "Run",
    means: "dict[Unit, float]",
    tested: "list[Tested]",
    value: "Mode | float",
    *,
    place: "Place",
    tunes: int,
    random_sets: int,
    songs: int,
    seed: int,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What switching each group off does to bits and, if asked, to songs; where labels decide."""
    import numpy as np

    from songrnn.corpus.sources import load_of
    from songrnn.inspection.ablation import effect, verdicts
    from songrnn.inspection.deciding import learn_deciding
    from songrnn.model.engine import Engine

    engine = Engine.of(run)
    book = load_of(run.config.corpus)
    deciding = {
        label: learn_deciding(
            label, run.vocabulary, book.split("train"), np.random.default_rng(seed)
        )
        for label in dict.fromkeys(label for _, label in tested if label)
    }
    effects = []
    with progress_bar("Neurons") as progress:
        for number, (units, label) in enumerate(tested):

            def tell(share: float, done: int = number) -> None:
                progress("Switching off", (done + share) / len(tested))

            effects.append(
                effect(
                    *(engine, run.vocabulary, book.split("validation"), units),
                    np.random.default_rng(seed),
                    means=means,
                    label=label,
                    deciding=deciding.get(label or ""),
                    value=value,
                    place=place,
                    random_sets=random_sets,
                    most_tunes=tunes,
                    progress=tell,
                )
            )
    decided = {
        label: [asdict(context) for context in each.contexts]
        for label, each in deciding.items()
        if each is not None
    }
    records = [_effect_record(*told) for told in zip(effects, verdicts(effects), strict=True)]
    if songs:
        for record, found in zip(records, effects, strict=True):
            record |= _in_songs(engine, run, found, means, place, songs, seed)
    return records, decided


def _in_songs(
    engine: "Engine",
    run: "Run",
    found: "Effect",
    means: "dict[Unit, float]",
    place: "Place",
    songs: int,
    seed: int,
) -> dict[str, Any]:
    """Songs with the units held; at their mean where they were resampled."""
    import numpy as np

    from songrnn.inspection.holding import interventions
    from songrnn.inspection.song_ablation import compose_pair, song_effect

    value = "mean" if found.value == "resample" else found.value
    holding = interventions(found.units, value, means, place)
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
    if value in ("resample", "mean", "zero"):
        return cast("Mode", value)
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not -1 <= number <= 1:
        raise ConfigError(f"--value is resample, mean, zero or a number from −1 to 1, not {value}.")
    return number


def _effect_record(found: "Effect", verdict: str) -> dict[str, Any]:
    units = [options.counted_from_one(unit) for unit in found.units]
    record: dict[str, Any] = options.plain({**asdict(found), "units": units})
    return {
        **record,
        "verdict": verdict,
        "causal": verdict == "causal for",
        "disagree": list(found.disagree),
    }


def _effect_row(record: dict[str, Any]) -> dict[str, Any]:
    units = [f"{u['layer']}/{u['neuron']}" for u in record["units"]]
    row = {name: record[name] for name in ("place_overall", "place_specific")}
    for name in ("overall", "where", "elsewhere", "specific"):
        row[name] = options.interval_words(record[name])
    verdict = record["verdict"]
    if record["causal"]:
        verdict = f"{verdict} {record['label']}"
    if record["disagree"]:
        verdict += f"; otherwise with {' and '.join(record['disagree'])}"
    return {**row, "neurons": ", ".join(units), "verdict": verdict}


def _decided_sentence(run: "Run", name: str, contexts: list[dict[str, Any]]) -> str:
    """Where a value decides the next character, its most frequent places."""
    symbols = run.vocabulary.symbols
    places = ", ".join(
        f"{visible(symbols[each['character']])} at {_bounds(each)} "
        f"(then {visible(symbols[each['likely']])}, {each['share']:.1%})"
        for each in contexts
    )
    return (
        f"“{name}” is measured where its value decides the next character, such as after {places}."
    )


def _bounds(context: dict[str, Any]) -> str:
    low, high = context["low"], context["high"]
    if math.isinf(low):
        return f"below {high:.3g}"
    return f"above {low:.3g}" if math.isinf(high) else f"{low:.3g} to {high:.3g}"


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
