"""`songrnn study-temperature`: what a run's songs gain and lose as the temperature rises."""

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.output import print_json, print_table, progress_bar

if TYPE_CHECKING:
    from songrnn.quality.temperature_file import TemperatureStudy

# What fits a terminal; --json has the rest.
_COLUMNS = {
    "temperature": "T",
    "told_apart": "AUC",
    "well_formed": "well-formed",
    "repeated_bars": "bars again",
    "fifth_is_first": "bar 5 = 1",
    "right_bars": "complete bars",
    "ended": "ended",
    "seen_notes": "8 notes seen",
    "divergence": "divergence",
    "characters": "length",
}


@click.command("study-temperature")
@click.argument("run")
@click.option(
    "--songs",
    type=click.IntRange(min=2),
    default=200,
    show_default=True,
    help="Songs at each temperature; more take longer and give narrower intervals.",
)
@click.option(
    "--temperatures",
    help="Temperatures separated by commas (default: from 0, always the likeliest character, to 2).",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seed of the first song; further songs count up from it.",
)
@click.option(
    "--length",
    type=click.IntRange(min=10),
    default=2000,
    show_default=True,
    help="Most characters of a song; one that reaches the limit is cut off there.",
)
@click.option(
    "--whole-bars", is_flag=True, help="Allow only characters that can still lead to complete bars."
)
@click.option(
    "--recall",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="How readily songs say their own bars again; see `songrnn generate --recall`.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--keep/--no-keep", default=True, show_default=True, help="Store it with the run.")
def study_temperature(
    run: str,
    songs: int,
    temperatures: str | None,
    seed: int,
    length: int,
    *,
    whole_bars: bool,
    recall: float,
    as_json: bool,
    keep: bool,
) -> None:
    """Write songs at many temperatures, measure them, and suggest a temperature.

    The last row is that of the corpus's validation tunes.
    """
    from songrnn.access import check_may_change
    from songrnn.corpus.sources import load_of
    from songrnn.generation.composer import compose_each
    from songrnn.model.engine import Engine
    from songrnn.paths import cache_directory
    from songrnn.quality import temperature as study
    from songrnn.quality.ear import Ear
    from songrnn.quality.reference import training_index
    from songrnn.recall.stored import read_gate
    from songrnn.store.runs import open_run

    chosen = study.TEMPERATURES if temperatures is None else _numbers(temperatures)
    opened = open_run(run)
    if keep:
        check_may_change(opened.path)  # before the songs, not after
    engine = Engine.of(opened)
    book = load_of(opened.config.corpus)

    with progress_bar("Writing songs") as progress:
        result = study.study_run(
            opened,
            partial(compose_each, engine, opened.vocabulary, gate=read_gate(opened)),
            book,
            training_index(book, cache_directory()),
            temperatures=chosen,
            songs=songs,
            seed=seed,
            limit=length,
            whole_bars=whole_bars,
            recall=recall,
            ear=Ear.kept(book, cache_directory()),
            progress=lambda done, total: progress("Writing songs", done / total),
        )
    if keep:
        result.write(opened.path)
    if as_json:
        print_json(result.model_dump())
        return
    _print(result)


def _print(result: "TemperatureStudy") -> None:
    print_table([_printed(name, row.model_dump()) for name, row in result.named_rows], _COLUMNS)
    if result.kin:
        click.echo(
            f"{result.kin:,} of the {result.rows[-1].songs:,} real tunes are kin of tunes that the "
            "run, or a run it was fine-tuned from, learned from."
        )
    click.echo(result.reason)


def _numbers(text: str) -> tuple[float, ...]:
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is not a list of numbers separated by commas, such as 0.5,1,2."
        ) from error
    if not all(0 <= value <= 100 for value in values):  # NaN fails too
        raise click.BadParameter("a temperature is a number from 0 to 100.")
    return values


def _printed(name: str, row: dict[str, Any]) -> dict[str, Any]:
    cells: dict[str, Any] = {"temperature": name}
    for name, figure in row["figures"].items():
        half = None if figure["low"] is None else (figure["high"] - figure["low"]) / 2
        cells[name] = f"{figure['estimate']:.3g}" + ("" if half is None else f" ±{half:.1g}")
    return cells
