"""Find a tune of the corpus and see, read and hear it."""

import streamlit as st

from dashboard import loaders, state, widgets
from dashboard.state import elements
from dashboard.wording import by_best_validation, plain
from songrnn.corpus.search import search
from songrnn.corpus.tunebook import SPLITS, Tune, Tunebook
from songrnn.notation.limits import MOST_IN_FIELD
from songrnn.store.runs import Run

NAMES = {"train": "training", "validation": "validation", "test": "test"}
MOST_LISTED = 500


def browse(book: Tunebook) -> None:
    """The search, the tunes it finds, and one of them."""
    st.subheader("Browse", anchor=False)
    words, found = search_field(book)
    if not found:
        st.info("No tune contains all these words in this split; try fewer words or another split.")
        return
    tune = pick(book, words, found)
    widgets.tune(tune.text, key=elements.CORPUS_PLAYER)
    # A link to the page one is on would change its address but not what was chosen there.
    st.button(
        "Edit, transpose or export this tune",
        key=elements.EDIT_TUNE,
        type="tertiary",
        on_click=lambda: state.put_all({state.VIEW: "tune", state.WHOSE: "corpus"}),
        help="Opens it in an editor; the corpus keeps its own.",
    )
    st.caption(
        f"{len(tune.text):,} characters · {NAMES[tune.split]} split · from "
        f"{plain(tune.source)} · id {plain(tune.id)}"
    )
    if reader := reader_of(book):
        st.page_link(
            "views/neurons/page.py",
            label="See what neurons do on this tune",
            query_params=state.link({state.RUN: reader, state.TEXT: "corpus", state.TUNE: tune.id}),
        )
    else:
        st.caption("No run here learned from these tunes; start one on the Train page.")


def search_field(book: Tunebook) -> tuple[str, list[Tune]]:
    """The words looked for, and the tunes that contain them."""
    words_column, split_column = st.columns([3, 2], vertical_alignment="bottom")
    words = words_column.text_input(
        "Search",
        key=state.SEARCH,
        max_chars=MOST_IN_FIELD,
        bind="query-params",
        placeholder="Words of a title, a rhythm, a key, or a piece of melody",
        help="Lists the tunes that contain all these words, in title, rhythm, key, source or text.",
    )
    split = split_column.segmented_control(
        "Split",
        ["all", *SPLITS],
        default="all",
        required=True,
        key=state.CORPUS_SPLIT,
        bind="query-params",
        help="Lists only tunes that networks learn from (train), are chosen on (validation) or "
        "are judged on (test).",
    )
    pool = [tune for tune in book.tunes if split in ("all", tune.split)]
    return words or "", search(pool, words or "")


def pick(book: Tunebook, words: str, found: list[Tune]) -> Tune:
    """One of the tunes found, or the one that a link asks for."""
    listed = found[:MOST_LISTED]
    asked = state.chosen(state.TUNE)
    asked_tune = next((tune for tune in book.tunes if tune.id == asked), None)
    if asked_tune is not None and asked_tune not in listed and not words:
        listed = [asked_tune, *listed]
    if asked is not None and asked_tune is None:
        st.warning(plain(f"The tune {asked} is not in {book.name}; another one is shown."))
    st.caption(
        f"{len(found):,} of {len(book.tunes):,} tunes"
        + (f"; the first {MOST_LISTED} can be chosen below." if len(found) > MOST_LISTED else ".")
    )
    titles = {tune.id: title(tune) for tune in listed}
    picked = state.shared(state.TUNE, list(titles))
    st.selectbox(
        "Tune",
        list(titles),
        key=state.widget_key(state.TUNE),
        format_func=lambda id: titles.get(id, id),
        help="The tune shown below; type to filter. It is part of the address, so a link opens it.",
    )
    return next(tune for tune in listed if tune.id == picked)


def reader_of(book: Tunebook) -> str | None:
    """A run that learned from these tunes and has weights: the one chosen, else the best."""
    reference = book.reference
    runs = [run for run in loaders.runs.all_runs() if isinstance(run, Run) and run.has_weights]
    names = [run.name for run in runs if run.config.corpus == reference]
    rows = loaders.runs.rows()
    best = min(names, key=lambda name: by_best_validation(rows.get(name, {})), default=None)
    chosen = state.chosen(state.RUN)
    return chosen if chosen in names else best


def title(tune: Tune) -> str:
    """A tune's line in a list."""
    about = ", ".join(part for part in (tune.rhythm, tune.meter, tune.key) if part)
    return f"{tune.title or 'Untitled'} ({about})"
