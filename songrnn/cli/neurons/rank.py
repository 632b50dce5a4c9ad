"""`songrnn neurons RUN rank`: find out what every neuron follows, once for each state of a run."""

from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from songrnn.cli.neurons import options
from songrnn.cli.neurons.check import on_another_corpus
from songrnn.cli.neurons.show import print_index
from songrnn.cli.output import progress_bar

if TYPE_CHECKING:
    from songrnn.inspection.index import NeuronIndex
    from songrnn.store.runs import Run

# With one of these given, what is stored was measured otherwise.
_MEASURING = ("corpus_name", "training_characters", "shifts", "seed", "untrained")


@click.command()
@options.split
@click.option(
    "--corpus",
    "corpus_name",
    help="Measure on this corpus instead of the one the run was trained on.",
)
@click.option(
    "--training-characters",
    type=click.IntRange(min=0),
    default=500_000,
    show_default=True,
    help="Characters of training tunes to fit lines on; with 0, half of the split instead.",
)
@click.option(
    "--shifts",
    type=click.IntRange(min=20),
    default=200,
    show_default=True,
    help="Times that properties are shifted along the tunes to see what chance gives.",
)
@click.option(
    "--untrained",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="Untrained networks that the stricter rule compares with; with 0 it is left out.",
)
@options.seed
@click.option("--check", "check_corpus", help="Check the labels on this corpus too, such as essen.")
@click.option("--keep/--no-keep", default=True, show_default=True, help="Store it with the run.")
@click.option(
    "--again", is_flag=True, help="Measure again even if the stored result is still valid."
)
@click.option(
    "--noted",
    is_flag=True,
    hidden=True,
    help="Note in the run's folder how far it is, for the app.",
)
@options.json
@click.pass_context
def rank(
    context: click.Context,
    split: str,
    corpus_name: str | None,
    training_characters: int,
    shifts: int,
    untrained: int,
    seed: int,
    check_corpus: str | None,
    *,
    keep: bool,
    again: bool,
    noted: bool,
    as_json: bool,
) -> None:
    """Find out what every neuron follows on held-out tunes, and keep it with the run.

    A stored result is shown at once. It is measured again with --again, with a setting of the
    measurement, and when the run has other weights by now.
    """
    from songrnn.access import check_may_change

    run: Run = context.obj
    if noted:
        _noted(run)
        return
    given = any(
        context.get_parameter_source(name) is not ParameterSource.DEFAULT for name in _MEASURING
    )
    index = None if again or given else _stored(run)
    if index is None:
        if keep and corpus_name is None:
            check_may_change(run.path)
        index = _measured(run, corpus_name, training_characters, shifts, untrained, seed)
        # Another corpus gives other labels; those of the pages are the first kind.
        keep = keep and corpus_name is None
        if keep:
            index.write(run.path)
    checked = (
        on_another_corpus(run, index, check_corpus, split, keep=keep) if check_corpus else None
    )
    print_index(index, checked, as_json=as_json)


def _noted(run: "Run") -> None:
    """Measure with the usual settings, as the app asks for it."""
    from songrnn.cli.afterwards import label_neurons, then_the_next
    from songrnn.corpus.sources import load_of
    from songrnn.training.interruption import interrupted_at_once

    # It had taken a place among the trainings.
    with interrupted_at_once(), then_the_next():
        label_neurons(run, load_of(run.config.corpus))


def _stored(run: "Run") -> "NeuronIndex | None":
    """The stored index if it was made of the run as it is now."""
    from songrnn.errors import DamagedRunError
    from songrnn.inspection.index import NeuronIndex

    try:
        index = NeuronIndex.read(run.path)
    except DamagedRunError as error:
        click.echo(f"{error} Measuring again.", err=True)
        return None
    if index is None:
        return None
    if not index.is_of(run):
        click.echo("The run has changed since its neurons were ranked; measuring again.", err=True)
        return None
    return index


def _measured(
    run: "Run",
    corpus_name: str | None,
    training_characters: int,
    shifts: int,
    untrained: int,
    seed: int,
) -> "NeuronIndex":
    from songrnn.corpus.sources import load, load_of
    from songrnn.inspection.indexing import build_index

    book = load(corpus_name) if corpus_name is not None else load_of(run.config.corpus)
    with progress_bar("Neurons") as progress:
        return build_index(
            run,
            book.split("validation"),
            book.name,
            training=book.split("train"),
            seed=seed,
            shifts=shifts,
            networks=untrained,
            training_characters=training_characters,
            progress=progress,
        )
