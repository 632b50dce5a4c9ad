"""`songrnn neurons RUN select` and `search`: neurons for a place, and places for a neuron."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from songrnn.cli.neurons import options
from songrnn.cli.output import print_json, print_table, progress_bar
from songrnn.errors import ConfigError

if TYPE_CHECKING:
    from songrnn.store.runs import Run

_MATCH_COLUMNS = {
    "quantity": "quantity",
    "layer": "layer",
    "neuron": "neuron",
    "difference": "difference (sd)",
    "on": "on",
    "off": "off",
    "auroc": "AUROC",
    "p": "chance",
}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mark", "marks", multiple=True, required=True, metavar="START:END", help="Characters from START up to END, counted from 0; may be given again.")  # fmt: skip
@options.most
@options.json
@click.pass_obj
def select(run: "Run", file: Path, marks: tuple[str, ...], most: int, *, as_json: bool) -> None:
    """Find the neurons that are on at the marked characters of FILE (ABC) and off elsewhere."""
    from songrnn.inspection.activations import activations
    from songrnn.inspection.index import NeuronIndex
    from songrnn.inspection.selection import select as find
    from songrnn.model.engine import Engine

    text = options.text_of(file)
    spans = [_span(mark) for mark in marks]
    seen = activations(Engine.of(run), run.vocabulary, text)
    found = find(seen, spans, index=NeuronIndex.read(run.path), most=most)
    rows = [{**asdict(match), "layer": match.layer + 1} for match in found.matches]
    if as_json:
        print_json({**asdict(found), "matches": rows})
        return
    print_table(rows, _MATCH_COLUMNS)
    click.echo(
        f"{found.marked} marked characters against {found.others} others, {found.neurons} neurons "
        f"(hidden and cell state). Difference of means in standard deviations over the "
        f"{found.scale}; chance: how often any neuron differs as much when the marks are moved "
        "along the text."
    )


@click.command()
@click.argument("neuron", type=click.IntRange(min=0))
@options.quantity
@options.layer
@click.option("--above", type=float, help="Find where the neuron is at least at this value.")
@click.option("--below", type=float, help="Find where the neuron is at most at this value.")
@click.option("--quantile", type=click.FloatRange(0, 1), help="Instead of a value: the value that it stays below on this share of the corpus; below 0.5, where it is at most there. Default 0.99.")  # fmt: skip
@click.option(
    "--corpus", "corpus_name", help="Search this corpus instead of the one the run was trained on."
)
@options.split_option("train", "validation")
@options.most
@options.json
@click.pass_obj
def search(
    run: "Run",
    neuron: int,
    quantity: str,
    layer: int,
    above: float | None,
    below: float | None,
    quantile: float | None,
    corpus_name: str | None,
    split: str,
    most: int,
    *,
    as_json: bool,
) -> None:
    """Find tunes where NEURON goes beyond a value, the strongest first."""
    from songrnn.corpus.sources import load, load_of
    from songrnn.inspection.index import open_index
    from songrnn.inspection.search import search as find
    from songrnn.model.engine import Engine

    if sum(given is not None for given in (above, below, quantile)) > 1:
        raise ConfigError("Give one of --above, --below and --quantile.")
    is_above = below is None and (quantile is None or quantile >= 0.5)
    threshold = above if above is not None else below
    if threshold is None:
        share = 0.99 if quantile is None else quantile
        index = open_index(run.path)
        threshold = index.value_at(index.row_of(quantity, layer - 1, neuron), share)
    book = load(corpus_name) if corpus_name is not None else load_of(run.config.corpus)
    name = book.name
    tunes = book.split("train" if split == "train" else "validation")
    with progress_bar("Neurons") as progress:
        found = find(
            Engine.of(run),
            run.vocabulary,
            tunes,
            quantity,
            layer - 1,
            neuron,
            threshold,
            above=is_above,
            most=most,
            progress=lambda part: progress(f"Reading {name}", part),
        )
    rows = [asdict(place) for place in found.places]
    if as_json:
        print_json({**asdict(found), "places": rows, "corpus": name, "split": split})
        return
    print_table(rows, {"tune": "tune", "character": "character", "value": "value"})
    click.echo(
        f"{'At least' if is_above else 'At most'} {found.threshold:.3f} in {found.tunes} of "
        f"{found.read} tunes, at {found.characters:,} of {found.of:,} characters."
    )


def _span(mark: str) -> tuple[int, int]:
    start, _, end = mark.partition(":")
    if not (start.isdecimal() and end.isdecimal() and int(start) < int(end)):
        raise ConfigError(f"--mark takes START:END such as 20:24, not {mark!r}.")
    return int(start), int(end)
