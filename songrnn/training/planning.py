"""What a training will be before it is begun: recipe, settings, name, and what to say about it.

The command line and the Train page plan alike. Nothing is written before `create`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from songrnn.config import (
    ModelConfig,
    RunConfig,
    TrainConfig,
    Value,
    default_run_name,
    with_settings,
)
from songrnn.config.recipes import Recipe, find_recipe, fitting_recipe, usual_name
from songrnn.corpus.tunebook import Tunebook
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import CorpusError
from songrnn.store.creating import create_run
from songrnn.store.jobs import Wishes, write_wishes
from songrnn.store.runs import Run
from songrnn.training.fine_tuning import (
    FineTuning,
    check_shape,
    create_fine_tuned,
)
from songrnn.training.memory import check_memory

# Fewer training tunes, or characters of them, teach next to nothing: from nothing, fine-tuned.
FEWEST_TUNES = {False: 100, True: 20}
FEWEST_CHARACTERS = {False: 25_000, True: 4_000}


@dataclass(frozen=True, eq=False)
class TrainingPlan:
    """tuning: what is taken from the source; None without one. seed: of the run."""

    book: Tunebook
    recipe: Recipe
    model: ModelConfig
    training: TrainConfig
    seed: int
    usual_name: str
    tuning: FineTuning | None

    @property
    def remarks(self) -> list[str]:
        """What a person should know before the training, a sentence each."""
        said = [f"Recipe {self.recipe.name}: {self.recipe.when}."]
        if small := too_small(self.book, tuned=self.tuning is not None):
            said.append(small)
        return said + (self.tuning.remarks if self.tuning else [])


def training_characters(book: Tunebook) -> int:
    """Characters of the training tunes."""
    return sum(len(tune.text) for tune in book.split("train"))


def too_small(book: Tunebook, *, tuned: bool) -> str:
    """What to expect of so few tunes, and what would help; "" where they are enough."""
    tunes, characters = len(book.split("train")), training_characters(book)
    if tunes >= FEWEST_TUNES[tuned] and characters >= FEWEST_CHARACTERS[tuned]:
        return ""
    help_ = (
        "import more tunes"
        if tuned
        else "import more tunes, or start from a trained run, for which a few dozen are enough"
    )
    return (
        f"{tunes} training tunes ({characters:,} characters) are very few: expect songs that are "
        f"noise or copies, and figures that mean little. What would help: {help_}."
    )


def plan(
    book: Tunebook,
    *,
    tuning: FineTuning | None = None,
    recipe: str | None = None,
    changes: Mapping[str, Value] | None = None,
    seed: int = 0,
) -> TrainingPlan:
    """Plan a training on a corpus, from the weights of a run where `tuning` is given.

    recipe: by name; the corpus's size decides where it is None. changes: settings that differ
    from the recipe's. Raises TooLargeError when it cannot fit the machine, ConfigError when settings, recipe and source do not fit together,
    CorpusError when there is nothing to learn from or to validate on.
    """
    check_splits(book)
    characters, source = training_characters(book), tuning.source if tuning else None
    chosen = (
        find_recipe(recipe, tuned=tuning is not None)
        if recipe is not None
        else fitting_recipe(characters, tuned=tuning is not None)
    )
    shape = source.config.model if source else None
    values = chosen.values(characters, shape) | dict(changes or {})
    model, training = with_settings(values)
    symbols = source.vocabulary.size if source else Vocabulary.of(book.characters).size
    check_memory(model, training, symbols)
    if source is not None:
        check_shape(source, model)
    if source is None and chosen.name == "baseline":
        name = default_run_name(model, training, seed, book.name)
    else:
        name = usual_name(
            chosen, values, chosen.values(characters, shape), seed=seed, corpus=book.name,
            source=source.name if source else None,
        )  # fmt: skip
    return TrainingPlan(book, chosen, model, training, seed, name, tuning)


def check_splits(book: Tunebook) -> None:
    """Raise CorpusError when a corpus has nothing to learn from or nothing to validate on."""
    for split, what in (("train", "to learn from"), ("validation", "to validate on")):
        if not book.split(split):  # type: ignore[arg-type]
            raise CorpusError(
                f"The corpus {book.name!r} has no tunes {what}: its {len(book.tunes)} tunes are too "
                "few to be divided. Import more tunes."
            )


def create(
    planned: TrainingPlan,
    *,
    name: str | None = None,
    study: str | None = None,
    neurons: bool = False,
    checkpoints: Path | None = None,
    overwrite: bool = False,
) -> Run:
    """Make the folder of the run that was planned; neurons: they are labelled after the training.

    Raises what `create_run` raises.
    """
    called = name or planned.usual_name
    if planned.tuning is not None:
        return create_fine_tuned(
            planned.tuning, planned.book, name=called, model=planned.model,
            training=planned.training, seed=planned.seed, study=study, neurons=neurons,
            checkpoints=checkpoints, overwrite=overwrite,
        )  # fmt: skip
    config = RunConfig(
        name=called,
        study=study,
        seed=planned.seed,
        model=planned.model,
        training=planned.training,
        corpus=planned.book.reference,
    )

    def prepare(folder: Path) -> None:
        write_wishes(folder, Wishes(neurons=neurons))

    return create_run(
        config,
        Vocabulary.of(planned.book.characters),
        checkpoints=checkpoints,
        overwrite=overwrite,
        prepare=prepare,
    )
