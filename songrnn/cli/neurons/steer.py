"""`songrnn neurons RUN steer PROPERTY`: compose while a direction of the state is held."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.neurons import options
from songrnn.cli.output import print_json, print_table, progress_bar
from songrnn.errors import ConfigError

if TYPE_CHECKING:
    from songrnn.inspection.steering_scores import Steered, SteeringScores
    from songrnn.store.runs import Run

_PRIME = "X:1\nT:Tune\nM:4/4\nL:1/8\nK:D\n"
_COLUMNS = {
    "strength": "strength",
    "cost": "bits/character",
    "even_bars": "even bars",
    "three_quarters": "bars of 3/4",
    "compound": "compound songs",
    "right_bars": "right bars",
    "in_key": "in key",
    "ended": "ended",
    "length": "characters",
}


@click.command()
@click.argument("name", metavar="PROPERTY")
@click.option(
    "--neuron",
    "neurons",
    type=click.IntRange(min=0),
    multiple=True,
    help="Hold this neuron alone, instead of moving the whole state; repeatable.",
)
@options.layer
@click.option(
    "--strengths",
    default="-2,-1,0.5,1,2,4",
    show_default=True,
    help="Where the state is held: 1 is where the property holds on average, -1 where it does not.",
)
@click.option(
    "--songs",
    type=click.IntRange(min=2),
    default=100,
    show_default=True,
    help="Songs at each strength.",
)
@click.option("--prime", help="How songs begin; a head in 4/4 if not given.")
@options.seed
@options.json
@click.pass_obj
def steer(
    run: "Run",
    name: str,
    neurons: tuple[int, ...],
    layer: int,
    strengths: str,
    songs: int,
    prime: str | None,
    seed: int,
    *,
    as_json: bool,
) -> None:
    """Hold the state along the direction of PROPERTY while composing, and score the songs.

    PROPERTY is one such as compound or near-the-end. Beside each strength stands a random
    direction as long. With --neuron only those neurons of a layer are held where the property has
    them, beside as many others.
    """
    import numpy as np

    from songrnn.corpus.sources import load_of
    from songrnn.inspection.clamping import clamp
    from songrnn.inspection.song_ablation import compose_pair
    from songrnn.inspection.steering_scores import score_steering
    from songrnn.model.engine import Engine

    at = _strengths(strengths)
    engine, book = Engine.of(run), load_of(run.config.corpus)
    whole = options.direction_of(run, engine, book, name, seed)
    held_there = [(layer - 1, neuron) for neuron in neurons]
    direction = clamp(whole, held_there) if neurons else whole
    prime = _PRIME if prime is None else prime
    with progress_bar("Steering") as progress:
        found = score_steering(
            engine,
            run.vocabulary,
            direction,
            book.split("validation"),
            np.random.default_rng(seed),
            strengths=at,
            prime=prime,
            songs=songs,
            progress=lambda share: progress("Composing", share),
        )
    if not as_json:
        _print(found)
        return
    pair = compose_pair(engine, run.vocabulary, direction.steering(max(at)), prime=prime, seed=seed)
    song = {"plain": pair.whole.text, "steered": pair.altered.text, "strength": max(at)}
    held = {"layer": layer, "neurons": list(neurons)} if neurons else None
    record = {"run": run.name, "prime": prime, "held": held, "song": song, **asdict(found)}
    print_json(options.plain(record))


def _strengths(given: str) -> list[float]:
    try:
        found = [float(part) for part in given.split(",")]
    except ValueError:
        found = []
    if not found or not all(abs(each) <= 100 for each in found):
        raise ConfigError(f"--strengths takes numbers such as -1,1,2, not {given!r}.")
    return found


def _row(each: "Steered", name: str) -> dict[str, Any]:
    def short(found: Any, digits: int = 2) -> str | None:
        if found is None:
            return None
        return f"{found.estimate:.{digits}f} ({found.low:.{digits}f} to {found.high:.{digits}f})"

    row = {key: short(found, 0 if key == "length" else 2) for key, found in each.figures.items()}
    return {**row, "strength": name, "cost": short(each.cost)}


def _print(found: "SteeringScores") -> None:
    rows = [_row(found.plain, "not steered")]
    rows += [_row(each, f"{each.strength:g}") for each in found.steered]
    rows += [_row(each, f"{each.strength:g}, at random") for each in found.random]
    print_table(rows, _COLUMNS, least=("compound", "in_key", "right_bars"))
    broken = (
        "no strength doubles the loss"
        if found.breaks is None
        else f"it breaks at strength {found.breaks:g}, which doubles the loss of {found.bits:.2f} bits"
    )
    click.echo(f"{found.plain.songs} songs at each strength, 95 % intervals over songs; {broken}.")
