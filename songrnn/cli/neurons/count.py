"""`songrnn neurons RUN count`: which units count bars, and how."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.neurons import options
from songrnn.cli.output import print_json, print_table, progress_bar

if TYPE_CHECKING:
    from songrnn.inspection.recording import Activity
    from songrnn.inspection.units import Unit
    from songrnn.model.intervention import Held
    from songrnn.store.runs import Run

_BEAT_COLUMNS = {
    "quantity": "quantity",
    "layer": "layer",
    "neuron": "neuron",
    "beat": "beat",
    "interval": "95 % interval",
}
_STEP_COLUMNS = {
    "distance": "after the barline",
    "interval": "mean (95 % interval)",
    "deviation": "sd",
    "characters": "characters",
    "tunes": "tunes",
}


@click.command()
@click.argument("neuron", type=click.IntRange(min=0), required=False)
@options.quantity
@options.layer
@options.tunes(50)
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="How many units are listed when no NEURON is given.",
)
@options.seed
@options.json
@click.pass_obj
def count(
    run: "Run",
    neuron: int | None,
    quantity: "Held",
    layer: int,
    tunes: int,
    most: int,
    seed: int,
    *,
    as_json: bool,
) -> None:
    """Measure how units follow the bars: those that beat once a bar, or one NEURON after a barline.

    The beat is the power at one cycle a bar over the usual power between whole numbers of cycles:
    1 means no beat.
    """
    import numpy as np

    from songrnn.inspection.units import Unit

    rng = np.random.default_rng(seed)
    activity = _activity(run, tunes, rng)
    read = {"tunes": len(activity.tunes), "characters": len(activity.ids)}
    if neuron is None:
        rows = _strongest(activity, most, rng)
        if as_json:
            print_json(options.plain({"run": run.name, "units": rows, **read}))
            return
        print_table([{**row, "interval": _ends(row["interval"])} for row in rows], _BEAT_COLUMNS)
    else:
        found = _of_unit(activity, Unit(quantity, layer - 1, neuron), rng)
        if as_json:
            print_json(options.plain({"run": run.name, **found, **read}))
            return
        steps = [
            {**step, "interval": options.interval_words(step["mean"]), "tunes": step["mean"]["n"]}
            for step in found["response"]
        ]
        print_table(steps, _STEP_COLUMNS)
        beat = found["beat"]
        click.echo(f"Beat once a bar: {beat['estimate']:.1f} ({_ends(beat)}); 1 means no beat.")
    click.echo(f"On {read['characters']:,} characters of {read['tunes']} validation tunes.")


def _activity(run: "Run", most: int, rng: Any) -> "Activity":
    from songrnn.corpus.sources import load_of
    from songrnn.inspection.recording import record_drawn
    from songrnn.model.engine import Engine

    tunes = load_of(run.config.corpus).split("validation")
    with progress_bar("Neurons") as progress:
        return record_drawn(
            Engine.of(run),
            run.vocabulary,
            tunes,
            most,
            rng,
            progress=lambda share: progress("Reading tunes", share),
        )


def _strongest(activity: "Activity", most: int, rng: Any) -> list[dict[str, Any]]:
    """The units that beat most, with intervals."""
    from songrnn.inspection.counting import strongest_beats

    return [
        {**options.counted_from_one(unit), "beat": beat.estimate, "interval": asdict(beat)}
        for unit, beat in strongest_beats(activity, most, rng)
    ]


def _of_unit(activity: "Activity", wanted: "Unit", rng: Any) -> dict[str, Any]:
    from songrnn.inspection.counting import count_unit

    found = count_unit(activity, wanted, rng)
    return {
        "unit": options.counted_from_one(found.unit),
        "response": [asdict(step) for step in found.response],
        "beat": asdict(found.beat),
        "spectrum": {"frequencies": list(found.frequencies), "power": list(found.power)},
    }


def _ends(interval: dict[str, Any]) -> str:
    return f"{interval['low']:.1f} to {interval['high']:.1f}"
