"""`songrnn neurons RUN patch`: the state of one tune put into another at one character."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from songrnn.cli.neurons import options
from songrnn.cli.output import print_json, print_table, progress_bar
from songrnn.errors import ConfigError
from songrnn.plain_text import visible

if TYPE_CHECKING:
    from songrnn.inspection.patching import Pair, Patched
    from songrnn.model.engine import Engine
    from songrnn.store.runs import Run

_COLUMNS = {"part": "part of the state", "share": "share of the change"}
_NEXT = {"character": "next character", "before": "before", "after": "after"}


@click.command()
@click.argument("chosen", type=click.IntRange(min=0), nargs=-1, metavar="[NEURON]…")
@click.option(
    "--pair",
    default="meter",
    show_default=True,
    help="Two heads written for the purpose: meter (4/4 and 6/8) or key (D and G).",
)
@click.option("--base", type=click.Path(path_type=Path), help="A file whose head is the base.")
@click.option("--source", type=click.Path(path_type=Path), help="One whose head is the source.")
@click.option("--at", type=click.IntRange(min=2), help="Characters of each file that are its head.")
@options.layer
@click.option("--along", help="Also along the direction of this property, such as compound.")
@options.tunes(20, least=2)
@options.most
@options.seed
@options.json
@click.pass_obj
def patch(
    run: "Run",
    chosen: tuple[int, ...],
    layer: int,
    along: str | None,
    most: int,
    seed: int,
    *,
    as_json: bool,
    **given: Any,
) -> None:
    """Put the state of one head into another, and read on: what carries the difference?

    The share of a part is how much of the change that the whole state makes to the next
    characters' probabilities it makes by itself. NEURONs are patched together, and each neuron by
    itself.
    """
    import numpy as np

    from songrnn.corpus.sources import load_of
    from songrnn.inspection.indexing import untrained_engine
    from songrnn.inspection.patching import patch as patched
    from songrnn.model.engine import Engine

    engine = Engine.of(run)
    units = _known(engine, layer, chosen)
    book = load_of(run.config.corpus)
    pair = _pair(run, book.split("validation"), **given)
    with progress_bar("Patching") as progress:
        found = patched(
            engine,
            run.vocabulary,
            pair,
            np.random.default_rng(seed),
            units=units,
            direction=options.direction_of(run, engine, book, along, seed) if along else None,
            untrained=untrained_engine(run, seed),
            progress=lambda share: progress("Reading on", share),
        )
    if as_json:
        pairs = {"base": pair.base, "source": pair.source}
        print_json(options.plain({"run": run.name, **pairs, **asdict(found)}))
        return
    _print(pair, found, most)


def _known(engine: "Engine", layer: int, neurons: tuple[int, ...]) -> list[tuple[int, int]]:
    from songrnn.inspection.units import no_such_neuron

    for neuron in neurons:
        if layer > engine.config.layers or neuron >= engine.config.hidden_size:
            raise no_such_neuron("hidden", layer - 1, neuron)
    return [(layer - 1, neuron) for neuron in neurons]


def _pair(
    run: "Run",
    validation: Any,
    *,
    pair: str,
    base: Path | None,
    source: Path | None,
    at: int | None,
    tunes: int,
) -> "Pair":
    from songrnn.inspection.patching import READ_ON, Pair, written_pair

    if base is None and source is None:
        return written_pair(pair, validation, run.vocabulary, most=tunes)
    if base is None or source is None or at is None:
        raise ConfigError("To patch tunes of your own, give --base, --source and --at.")
    texts = [options.text_of(path) for path in (base, source)]
    if min(map(len, texts)) <= at:
        raise ConfigError(f"--at {at} lies beyond the {min(map(len, texts))} characters of a file.")
    first, second = (text[:at] for text in texts)
    return Pair(first, second, (texts[0][at : at + READ_ON],))


def _print(pair: "Pair", found: "Patched", most: int) -> None:
    def row(part: str, share: Any) -> dict[str, Any]:
        return {"part": part, "share": options.interval_words(asdict(share), 2)}

    click.echo(f"{visible(pair.source)}\nput into\n{visible(pair.base)}")
    print_table(
        [
            {
                "character": visible(each.character),
                "before": f"{each.before:.1%}",
                "after": f"{each.after:.1%}",
            }
            for each in found.next
        ],
        _NEXT,
    )
    print_table([row(each.part, each.share) for each in found.parts], _COLUMNS)
    print_table([row(f"neuron {each.part}", each.share) for each in found.neurons[:most]], _COLUMNS)
    said = options.interval_words(asdict(found.total))
    twin = options.interval_words(asdict(found.untrained)) if found.untrained else "–"
    click.echo(
        f"The whole state moves each of {len(found.bits)} predictions by {said} bits on average over "
        f"{found.tunes} tunes, half of it within {found.half + 1} characters; in an untrained network {twin}."
    )
