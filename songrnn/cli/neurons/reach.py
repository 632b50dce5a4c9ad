"""`songrnn neurons RUN reach` and `wiring`: how far back the run looks, and who feeds whom."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.neurons import options
from songrnn.cli.output import print_json, print_table, progress_bar

if TYPE_CHECKING:
    from songrnn.store.runs import Run

_REACH_COLUMNS = {"name": "what is watched", "half": "half the effect within", "total": "effect"}
_WIRING_COLUMNS = {
    "source": "from",
    "target": "to",
    "gate": "gate",
    "effect": "weight × deviation",
    "rank": "rank",
}


@click.command()
@click.option("--along", multiple=True, help="Also what is read off for this property; repeatable.")
@options.tunes(60)
@options.seed
@options.json
@click.pass_obj
def reach(run: "Run", along: tuple[str, ...], tunes: int, seed: int, *, as_json: bool) -> None:
    """How far back the run looks: a character is replaced, and the tune read on.

    Told for the predictions, for each layer's state, and for what a property's direction reads:
    within how many characters half of the effect lies.
    """
    import numpy as np

    from songrnn.corpus.sources import load_of
    from songrnn.inspection.reach import measure_reach
    from songrnn.model.engine import Engine

    engine, book = Engine.of(run), load_of(run.config.corpus)
    directions = [options.direction_of(run, engine, book, name, seed) for name in along]
    with progress_bar("Reach") as progress:
        found = measure_reach(
            engine,
            run.vocabulary,
            book.split("validation"),
            np.random.default_rng(seed),
            directions=directions,
            most_tunes=tunes,
            progress=lambda share: progress("Replacing characters", share),
        )
    if as_json:
        print_json({"run": run.name, "tunes": tunes, "reach": [asdict(each) for each in found]})
        return
    rows = [
        {
            "name": each.name,
            "half": f"{each.half.estimate:.0f} ({each.half.low:.0f} to {each.half.high:.0f})",
            "total": f"{sum(each.effect):.3g}",
        }
        for each in found
    ]
    print_table(rows, _REACH_COLUMNS)
    click.echo(
        f"Characters from the replaced one on, with 95 % intervals over {tunes} validation tunes; 0 is "
        "the replaced character itself. Effects: bits of predictions, mean squares of the rest."
    )


@click.command()
@options.most
@options.json
@click.pass_obj
def wiring(run: "Run", most: int, *, as_json: bool) -> None:
    """The strongest weights between neurons that remember something, gate by gate."""
    from songrnn.inspection.index import open_index
    from songrnn.inspection.wiring import wiring_of

    found = wiring_of(run, open_index(run.path), most=most)
    labels, edges = found.labels, found.edges
    rows: list[dict[str, Any]] = []
    for edge in edges:
        ends = {"source": edge.source, "target": edge.target}
        named = {
            end: {"layer": layer + 1, "neuron": neuron, "label": labels[layer, neuron]}
            for end, (layer, neuron) in ends.items()
        }
        rows.append({**asdict(edge), **named})
    if as_json:
        print_json({"run": run.name, "edges": rows})
        return
    for row in rows:
        for end in ("source", "target"):
            row[end] = f"{row[end]['layer']}/{row[end]['neuron']} {row[end]['label']}"
        row |= {"effect": f"{row['effect']:+.2f}", "rank": f"{row['rank'] + 1} of {row['of']}"}
    print_table(rows, _WIRING_COLUMNS)
