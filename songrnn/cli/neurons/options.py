"""Options that several commands on neurons take, and what is made of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import click

from songrnn.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from songrnn.corpus.tunebook import Tunebook
    from songrnn.inspection.directions import Direction
    from songrnn.inspection.index import NeuronIndex
    from songrnn.inspection.units import Unit
    from songrnn.model.engine import Engine
    from songrnn.model.intervention import Held
    from songrnn.store.runs import Run

quantity = click.option(
    "--quantity",
    type=click.Choice(["hidden", "cell"]),
    default="hidden",
    show_default=True,
    help="The hidden state, or the tanh of the cell state of a cell that has one.",
)
layer = click.option(
    "--layer", type=click.IntRange(min=1), default=1, show_default=True, help="Counted from 1."
)
place = click.option(
    "--place",
    type=click.Choice(["recurrence", "readout"]),
    default="recurrence",
    show_default=True,
    help="Change all that follows, or only what the layer above and the readout see.",
)
most = click.option(
    "--most", type=click.IntRange(min=1), default=20, show_default=True, help="Lines to print."
)
json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
seed = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seed of all that is drawn at random: the same one gives the same figures.",
)


def _open_split(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if value == "test":
        raise ConfigError(
            "Test tunes are read by `songrnn evaluate` only, so that nothing is chosen or labelled "
            "on them. Use --split validation."
        )
    return value


def split_option(*splits: str) -> Callable[..., Any]:
    """Which tunes are read; for test the answer is an error that says why."""
    return click.option(
        "--split",
        type=click.Choice([*splits, "test"]),
        default="validation",
        show_default=True,
        callback=_open_split,
        help="Tunes to read; test stays closed here.",
    )


split = split_option("validation")


def tunes(default: int, least: int = 2) -> Callable[..., Any]:
    """How many validation tunes are read."""
    return click.option(
        "--tunes",
        type=click.IntRange(min=least),
        default=default,
        show_default=True,
        help="Validation tunes to read; more take longer and give narrower intervals.",
    )


def known_units(
    index: "NeuronIndex", quantity: "Held", layer: int, neurons: tuple[int, ...]
) -> tuple["Unit", ...]:
    """The units of a layer (from 1) by number. Raises ConfigError for one that is not there."""
    from songrnn.inspection.units import Unit

    units = tuple(Unit(quantity, layer - 1, neuron) for neuron in neurons)
    for unit in units:
        index.row_of(*unit)
    return units


def labelled_groups(
    index: "NeuronIndex", label: str, quantity: "Held", sizes: list[int]
) -> list[tuple["Unit", ...]]:
    """The top units with a label, one group for each size that there are enough for.

    Tells on standard error of sizes beyond what there is. Raises ConfigError when none has it.
    """
    from songrnn.inspection.holding import units_labelled

    units = units_labelled(index.labels, label, quantity)
    beyond = [size for size in sizes if size > len(units)]
    if beyond:
        names = ", ".join(map(str, beyond))
        click.echo(
            f"Only {len(units)} {quantity} units have the label {label!r}; "
            f"left out of --top: {names}.",
            err=True,
        )
    found = [units[:size] for size in sizes if size <= len(units)]
    return found or [units]


def remembering(index: "NeuronIndex") -> "list[tuple[tuple[Unit, ...], str | None]]":
    """Every neuron that remembers something, by itself, with its label. Raises ConfigError."""
    from songrnn.inspection.units import Unit

    found = index.memory.verdicts if index.memory is not None else ()
    told: list[tuple[tuple[Unit, ...], str | None]] = [
        ((Unit(cast("Held", each.quantity), each.layer, each.neuron),), each.label)
        for each in found
        if each.label is not None
    ]
    if not told:
        raise ConfigError("No neuron is known to remember anything; `rank --again` finds out.")
    return told


def sizes_of(top: str) -> list[int]:
    """--top 1,2,4 as numbers. Raises ConfigError."""
    try:
        sizes = [int(part) for part in top.split(",")]
    except ValueError:
        sizes = []
    if not sizes or min(sizes) < 1:
        raise ConfigError(f"--top takes numbers such as 1,2,4, not {top!r}.")
    return sizes


def interval_words(found: dict[str, Any] | None, digits: int = 3) -> str | None:
    """An interval as a person reads it; ? where there was too little to measure it on."""
    if found is None:
        return None
    estimate, low, high = (
        "?" if found[name] is None else f"{found[name]:+.{digits}f}"
        for name in ("estimate", "low", "high")
    )
    return f"{estimate} ({low} to {high})"


def plain(value: Any) -> Any:
    """For JSON, which lacks NaN: None in its place, all the way down."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return None if isinstance(value, float) and value != value else value


def counted_from_one(unit: "Unit") -> dict[str, Any]:
    """A unit as people count: layers from 1."""
    return {**unit._asdict(), "layer": unit.layer + 1}


def direction_of(
    run: "Run", engine: "Engine", book: "Tunebook", name: str, seed: int
) -> "Direction":
    """The direction of a property in a run's state, from training tunes. Raises ConfigError."""
    import numpy as np

    from songrnn.inspection.directions import learn_direction

    rng = np.random.default_rng(seed)
    return learn_direction(engine, run.vocabulary, book.split("train"), name, rng)


def text_of(path: "Path") -> str:
    """The text of a file. Raises ConfigError when it cannot be read as UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"{path} cannot be read as UTF-8 text: {error}.") from error
