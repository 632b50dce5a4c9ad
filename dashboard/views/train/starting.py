"""What a training begins with: the tunes, the weights, and the recipe its settings come from."""

from dataclasses import dataclass

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.charts.theme import CELL_NAMES
from dashboard.wording import by_best_validation
from songrnn.config import USUAL_CORPUS, ModelConfig, Value, setting_values
from songrnn.config.recipes import FREE, RECIPES, fitting_recipe
from songrnn.corpus.tunebook import Tunebook
from songrnn.store.runs import Run
from songrnn.training.fine_tuning import FineTuning
from songrnn.training.planning import check_splits, training_characters

NOTHING = "nothing"
_LIKE = "like "


@dataclass(frozen=True, eq=False)
class Start:
    """tuning: what is taken from another run; None from nothing. recipe: its name.

    values: field -> what the form begins with. origin: ends the keys of the form's fields: another
    one is another form.
    """

    book: Tunebook
    tuning: FineTuning | None
    recipe: str
    values: dict[str, Value]
    origin: str


def choose_start() -> Start:
    """The three choices that the rest of the form follows from."""
    runs = {run.name: run for run in loaders.runs.all_runs() if isinstance(run, Run)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        book = loaders.corpora.tunebook(_corpus())
        source = _source(runs)
        tuning = loaders.runs.fine_tuning(source, book) if source else None
        recipe, copied = _recipe(book, tuning, runs)
    check_splits(book)
    shape = source.config.model if source else None
    values = RECIPES[recipe].values(training_characters(book), shape)
    if copied is not None:
        theirs = setting_values(copied.config.model, copied.config.training)
        kept = [
            n for n in theirs if source is None or n in FREE or n not in ModelConfig.model_fields
        ]
        values |= {name: theirs[name] for name in kept}
    origin = f"-of-{copied.name if copied else recipe}-{source.name if source else book.name}"
    tunes = f"{len(book.split('train')):,} tunes to learn from"
    if source is None:
        st.caption(f"{RECIPES[recipe].title}: {RECIPES[recipe].when}. {tunes}.")
    else:
        model = source.config.model
        st.caption(
            f"{tunes}, from the weights of {source.name}: its shape ({CELL_NAMES[model.cell]}, "
            f"{model.layers} × {model.hidden_size} units) and characters are taken over. "
            "Epoch 0 of the history is the source as it stands."
        )
    return Start(book, tuning, recipe, values, origin)


def _corpus() -> str:
    built = [name for name in loaders.corpora.built() if loaders.corpora.is_built(name)]
    names = built or [widgets.corpus(USUAL_CORPUS).name]
    state.from_address(state.TRAIN_CORPUS, names, names[0])
    return str(
        st.selectbox(
            "Tunes",
            names,
            key=state.TRAIN_CORPUS,
            width=220,
            help="The tunes to learn from: your own come here from the Corpus page. Losses on "
            "different corpora cannot be compared.",
        )
    )


def _source(runs: dict[str, Run]) -> Run | None:
    rows = loaders.runs.rows()
    usable = [
        name for name, run in runs.items()
        if run.has_weights and rows.get(name, {}).get("status") != "running"
    ]  # fmt: skip
    names = [NOTHING, *sorted(usable, key=lambda name: by_best_validation(rows.get(name, {})))]
    state.from_address(state.START_FROM, names, NOTHING)
    picked = st.selectbox(
        "Start from",
        names,
        key=state.START_FROM,
        width=260,
        help="Nothing: random weights. A trained run: its weights are trained on with your tunes "
        "(fine-tuning), which takes minutes and needs far fewer of them.",
    )
    return runs.get(str(picked))


def _recipe(
    book: Tunebook, tuning: FineTuning | None, runs: dict[str, Run]
) -> tuple[str, Run | None]:
    """The recipe, and the run whose settings are copied instead, if one is."""
    fitting = fitting_recipe(training_characters(book), tuned=tuning is not None)
    possible = [name for name, recipe in RECIPES.items() if recipe.tuned == (tuning is not None)]
    names = sorted(possible, key=lambda name: name != fitting.name)
    copies = sorted(runs, key=lambda name: (name != "best", name))
    options = [*names, *(f"{_LIKE}{name}" for name in copies)]
    picked = str(
        st.selectbox(
            "Recipe",
            options,
            key=state.COPIED_FROM.of(tuning.source.name if tuning else NOTHING, book.name),
            format_func=lambda name: RECIPES[name].title if name in RECIPES else name,
            width=240,
            help="Fills the form with settings that go together; the one that fits the tunes comes "
            "first. *like …* takes those of another run. Change what you like, then start.",
        )
    )
    if picked in RECIPES:
        return picked, None
    return "fine-tune" if tuning else "baseline", runs[picked.removeprefix(_LIKE)]
