"""`songrnn neurons RUN dose`: neurons held at a series of values within their range."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.neurons import options
from songrnn.cli.output import print_json, print_table, progress_bar
from songrnn.errors import ConfigError

if TYPE_CHECKING:
    from songrnn.inspection.dose import Dose
    from songrnn.inspection.index import NeuronIndex
    from songrnn.inspection.units import Unit
    from songrnn.model.intervention import Held, Place
    from songrnn.store.runs import Run

_COLUMNS = {
    "quantile": "quantile",
    "values": "fixed at",
    "overall": "bits/character",
    "where": "where it holds",
    "elsewhere": "elsewhere",
}


@click.command()
@click.argument("chosen", type=click.IntRange(min=0), nargs=-1, metavar="[NEURON]…")
@click.option(
    "--label", help="Measure where this label holds; when no NEURON is given, hold its top ones."
)
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="With --label: how many of its top neurons are held, all together.",
)
@options.quantity
@options.layer
@click.option(
    "--quantiles",
    default="0.01,0.1,0.25,0.5,0.75,0.9,0.99",
    show_default=True,
    help="Shares of the corpus's characters below the value held.",
)
@options.place
@options.tunes(100)
@options.seed
@options.json
@click.pass_obj
def dose(
    run: "Run",
    chosen: tuple[int, ...],
    label: str | None,
    top: int,
    quantity: "Held",
    layer: int,
    quantiles: str,
    place: "Place",
    tunes: int,
    seed: int,
    *,
    as_json: bool,
) -> None:
    """Hold neurons at quantiles of their own values, and measure what each costs in bits.

    A valley around the middle: the network misses what they carry. A slope: it minds one end.
    """
    import numpy as np

    from songrnn.corpus.sources import load_of
    from songrnn.inspection.dose import dose_curve
    from songrnn.inspection.index import open_index
    from songrnn.model.engine import Engine

    index = open_index(run.path)
    units = _units(index, chosen, label, top, quantity, layer)
    shares = _shares(quantiles)
    with progress_bar("Neurons") as progress:
        curve = dose_curve(
            Engine.of(run),
            run.vocabulary,
            load_of(run.config.corpus).split("validation"),
            units,
            np.random.default_rng(seed),
            index=index,
            label=label,
            quantiles=shares,
            place=place,
            most_tunes=tunes,
            progress=lambda share: progress("Holding", share),
        )
    if as_json:
        named = [options.counted_from_one(unit) for unit in units]
        doses = [asdict(each) for each in curve]
        found = {"run": run.name, "units": named, "label": label, "place": place, "doses": doses}
        print_json(options.plain(found))
        return
    print_table([_row(each) for each in curve], _COLUMNS)
    names = ", ".join(f"{unit.layer + 1}/{unit.neuron}" for unit in units)
    click.echo(
        f"{quantity} {names} held; change in bits per character with 95 % intervals over "
        f"{curve[0].tunes} validation tunes ({curve[0].characters:,} predictions)."
    )


def _units(
    index: "NeuronIndex",
    chosen: tuple[int, ...],
    label: str | None,
    top: int,
    quantity: "Held",
    layer: int,
) -> tuple["Unit", ...]:
    if chosen:
        return options.known_units(index, quantity, layer, chosen)
    if label is None:
        raise ConfigError("Name neurons by number, or a label with --label.")
    return options.labelled_groups(index, label, quantity, [top])[-1]


def _shares(quantiles: str) -> list[float]:
    try:
        shares = [float(part) for part in quantiles.split(",")]
    except ValueError:
        shares = []
    if not shares or not all(0 <= share <= 1 for share in shares):
        raise ConfigError(
            f"--quantiles takes numbers from 0 to 1 such as 0.1,0.5, not {quantiles!r}."
        )
    return shares


def _row(found: "Dose") -> dict[str, Any]:
    record = asdict(found)
    words = {
        name: options.interval_words(record[name]) for name in ("overall", "where", "elsewhere")
    }
    values = ", ".join(f"{value:.2f}" for value in found.values)
    return {"quantile": found.quantile, "values": values, **words}
