"""The form of the Train page for a study: which, how much of it, and the button that starts it."""

from collections.abc import Sequence

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.state import elements
from dashboard.views.train.actions import act
from songrnn.config import RunConfig
from songrnn.tuning.launchers import cores
from songrnn.tuning.study import Study, merge, shipped_studies
from songrnn.tuning.sweeps import start_sweep

ALL = "all"


def study_form() -> None:
    """A study to train, as a whole or in part, and the button that starts it."""
    studies = {study.name: study for study in shipped_studies()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Study",
            [*studies, ALL],
            format_func=lambda n: f"All {len(studies)}" if n == ALL else studies[n].title,
            width=300,
            key=state.STUDY_NAME,
            help="The question to answer: one setting is varied, everything else is kept the same, "
            "and each value is trained with several seeds.",
        )
        asked = [*studies.values()] if name == ALL else [studies[str(name)]]
        most = max(len(study.seeds) for study in asked)
        seeds = _whole(
            "Seeds",
            most,
            "How many of the study's seeds to train. Three give intervals, six can give a p below "
            "0.05; more take longer.",
            key=state.STUDY_SEEDS,
        )
        epochs = _whole(
            "Epochs",
            10_000,
            "How many times all training tunes are read. Left empty, the study's own number.",
            key=state.STUDY_EPOCHS,
            placeholder="/".join(str(n) for n in dict.fromkeys(s.training.epochs for s in asked)),
        )
        workers = int(
            st.number_input(
                "Runs at once",
                1,
                64,
                cores(),
                width=120,
                help="How many runs train at the same time. More than one for each processor core "
                "makes all of them slower.",
                key=state.STUDY_WORKERS,
            )
        )
    chosen = asked if epochs is None else [study.at_epochs(epochs) for study in asked]
    chosen = chosen if seeds is None else [study.with_first_seeds(seeds) for study in chosen]
    runs = planned(chosen)
    rows = loaders.runs.rows()
    done = [run for run in runs if rows.get(run.name, {}).get("status") == "finished"]
    st.caption(
        f"{len(runs)} runs, {len(done)} of them finished already. Finished runs are not trained "
        "again, stopped ones are resumed; all settings of the first seed come first."
    )
    st.button(
        "Start the study",
        key=elements.START_STUDY,
        type="primary",
        disabled=len(done) == len(runs),
        on_click=act,
        args=(lambda: start_sweep(str(name), seeds=seeds, epochs=epochs, workers=workers),),
        kwargs={"done": "The study was started; it continues when this page is closed."},
    )


def _whole(
    label: str, most: int, meaning: str, *, key: str, placeholder: str = "all"
) -> int | None:
    value = st.number_input(
        label, 1, most, None, placeholder=placeholder, width=120, key=key, help=meaning
    )
    return None if value is None else int(value)


def planned(studies: Sequence[Study]) -> list[RunConfig]:
    """The runs of studies on the corpora as they are built here, each once."""
    expansions = []
    for study in studies:
        book = widgets.corpus(study.corpus)
        expansions.append(study.expand(book.reference))
    return merge(expansions)
