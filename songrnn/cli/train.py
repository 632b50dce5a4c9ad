"""`songrnn train`: one run, from the settings or from where it stopped."""

import sys
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from songrnn import config as settings
from songrnn.cli.afterwards import afterwards, then_the_next
from songrnn.cli.sampled import with_songs
from songrnn.cli.setting_options import setting_options
from songrnn.cli.training_display import show_training
from songrnn.config.recipes import RECIPES
from songrnn.errors import ConfigError

if TYPE_CHECKING:
    from songrnn.corpus.tunebook import Tunebook
    from songrnn.store.runs import Run

# Seconds that a training may take to finish its step and end once its parent is gone.
_PATIENCE = 60.0


@click.command()
@click.option(
    "--recipe",
    "recipe_name",
    type=click.Choice(list(RECIPES)),
    help="Settings that go together; single ones can be given besides. Without it the corpus's size "
    "decides: " + "; ".join(f"{recipe.name}: {recipe.when}" for recipe in RECIPES.values()) + ".",
)
@click.option(
    "--from",
    "source_name",
    metavar="RUN",
    help="Begin with the weights of this run instead of random ones (fine-tuning): its shape and "
    "characters are taken over, characters that are new are added.",
)
@setting_options(settings.SETTINGS.values())
@setting_options([settings.SEED])
@click.option(
    "--corpus",
    "corpus_name",
    default=settings.USUAL_CORPUS,
    show_default=True,
    help="The tunes to learn from.",
)
@click.option("--run", "name", help="The run's name (default: made from the settings).")
@click.option(
    "--study", help="Name of the study the run is started for, noted in run.json.", hidden=True
)
@click.option("--overwrite", is_flag=True, help="Replace a run of the same name.")
@click.option("--neurons", is_flag=True, help="Label its neurons once the training has finished.")
@click.option("--resume", metavar="RUN", help="Resume a stopped run, with the settings it has.")
@click.option(
    "--end-with-parent",
    is_flag=True,
    hidden=True,
    help="Stop and keep the run once standard input, a pipe held by another process, is closed.",
)
@click.pass_context
def train(
    context: click.Context,
    resume: str | None,
    end_with_parent: bool,
    **given: Any,
) -> int:
    """Train a run and store it under checkpoints/. Ctrl-C stops it and keeps it.

    Settings that are not given are those of the recipe; the defaults shown are the baseline's,
    which folk is trained with.
    """
    from songrnn.training import child
    from songrnn.training.interruption import interrupted_at_once, interrupts

    # Before anything slow is read: a stop during the start keeps the run as any other does.
    with interrupts() as stopped, then_the_next():
        if end_with_parent:
            child.end_with_parent(sys.stdin.fileno(), patience=_PATIENCE)
        chosen = {
            name: given[name]
            for name in settings.SETTINGS
            if context.get_parameter_source(name) is not ParameterSource.DEFAULT
        }
        run, book = _opened(resume) if resume is not None else _created(chosen, given)
        from songrnn.training.loop import train as train_run

        rows = train_run(
            run.config, tunebook=book, run=run, resume=resume is not None, stop=stopped
        )
        show_training(run, with_songs(run, rows))
        if not stopped():
            with interrupted_at_once():
                afterwards(run, book)
    return 130 if stopped() else 0


def _opened(name: str) -> "tuple[Run, Tunebook]":
    """A run to resume, and its tunes."""
    from songrnn.corpus.sources import load_of
    from songrnn.store.runs import open_run

    run = open_run(name)
    if run.status.status == "finished":
        raise ConfigError(f"The run {name} is finished: there is nothing to resume.")
    return run, load_of(run.config.corpus)


def _created(chosen: dict[str, Any], given: dict[str, Any]) -> "tuple[Run, Tunebook]":
    """A new run, and its tunes. chosen: the settings that were given; given: all options."""
    from songrnn.cli.output import progress_bar
    from songrnn.corpus.sources import load
    from songrnn.store.runs import open_run
    from songrnn.training.fine_tuning import prepare_fine_tuning
    from songrnn.training.planning import TrainingPlan, create, plan

    # Before the corpus is read, which may take a while.
    settings.with_settings(chosen)
    if given["name"] is not None:
        settings.check_run_name(given["name"])
    source = open_run(given["source_name"]) if given["source_name"] is not None else None
    with progress_bar("Reading the corpus") as progress:
        book = load(given["corpus_name"], progress=progress)
    tuning = prepare_fine_tuning(source, book) if source is not None else None
    planned: TrainingPlan = plan(
        book, tuning=tuning, recipe=given["recipe_name"], changes=chosen, seed=given["seed"]
    )
    for remark in planned.remarks:
        click.echo(remark, err=True)
    run = create(
        planned,
        name=given["name"],
        study=given["study"],
        overwrite=given["overwrite"],
        neurons=given["neurons"],
    )
    return run, book
