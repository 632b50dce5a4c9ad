"""Corpus: the tunes everything is learned from, counted, charted and there to be played."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import frame, loaders, state, widgets
from dashboard.charts import tunes as charts
from dashboard.charts.theme import visible
from dashboard.views.corpus.import_form import bring_tunes
from dashboard.wording import by_best_validation
from songrnn.config import CorpusReference
from songrnn.corpus.families import SHARED_AT_LEAST, SHARED_PORTION, SHINGLE
from songrnn.corpus.figures import CorpusFigures
from songrnn.corpus.import_report import imported, plural
from songrnn.corpus.tunebook import SPLITS, Tune, Tunebook
from songrnn.store.runs import Run

NAMES = {"train": "training", "validation": "validation", "test": "test"}
MOST_LISTED = 500


def totals(book: Tunebook, figures: CorpusFigures) -> None:
    """The corpus in five numbers, and the same by split."""
    apart = divided(book)
    widgets.figures(
        [
            (
                "Tunes",
                f"{len(book.tunes):,}",
                "After cleaning and dropping exact melodic duplicates.",
            ),
            (
                "Characters",
                f"{figures.characters:,}",
                "Of all tunes' texts, headers and newlines included.",
            ),
            (
                "Distinct characters",
                f"{len(book.characters):,}",
                "The vocabulary, without START and END.",
            ),
            (
                "Families",
                f"{figures.families:,}",
                "Groups of tunes that share melodies; "
                + (
                    f"{apart:,} of them in more than one split."
                    if apart
                    else "none stands in two splits."
                ),
            ),
            (
                "Refused",
                f"{len(book.failures):,}",
                "Not in the corpus; listed with the reason below.",
            ),
        ]
    )
    st.dataframe(
        pd.DataFrame(figures.splits),
        hide_index=True,
        key="splits",
        column_config={
            "split": "Split",
            "tunes": st.column_config.NumberColumn("Tunes", format="localized"),
            "share": st.column_config.NumberColumn("Share of tunes", format="percent"),
            "characters": st.column_config.NumberColumn("Characters", format="localized"),
            "families": st.column_config.NumberColumn("Families", format="localized"),
        },
    )
    st.caption(
        f"Tunes are near-duplicates when they share at least {SHARED_AT_LEAST} runs of {SHINGLE} "
        f"notes, in whatever key, and {SHARED_PORTION:.0%} of the shorter one's; a family holds all "
        "that are linked so"
        + (
            f". {apart:,} {plural(apart, 'family stands', 'families stand')} in more than one split, as the files came: a network may "
            "know near-duplicates of what it is judged on. "
            if apart
            else ", and goes to one split as a whole. "
        )
        + "Shorter phrases do occur on both sides: the Temperature page says how many. Runs "
        "are chosen on validation; of test, only `songrnn evaluate` makes figures."
    )


def divided(book: Tunebook) -> int:
    """How many families have tunes in more than one split: none, unless files came ready split."""
    homes: dict[str, set[str]] = {}
    for tune in book.tunes:
        homes.setdefault(tune.family, set()).add(tune.split)
    return sum(len(splits) > 1 for splits in homes.values())


def provenance(book: Tunebook) -> None:
    """Where the tunes come from and on which terms."""
    rows = [
        {
            "corpus": entry.name,
            "source": source.title,
            "licence": source.licence,
            "tunes": source.tunes,
            "terms": "asked for by name" if entry.opt_in else "built by default",
        }
        for entry in loaders.corpora.available()
        for source in entry.sources
    ]
    st.subheader("Sources and licences", anchor=False)
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key="sources",
        column_config={
            "corpus": "Corpus",
            "source": st.column_config.TextColumn("Source", width="medium"),
            "licence": st.column_config.TextColumn("Licence", width="medium"),
            "tunes": st.column_config.NumberColumn(
                "Tunes", format="localized", help="In the source, before cleaning."
            ),
            "terms": st.column_config.TextColumn(
                "Use",
                help="A corpus whose licence limits its use is built only when asked for by name: "
                "`songrnn corpus build NAME`.",
            ),
        },
    )
    here = next((entry for entry in loaders.corpora.available() if entry.name == book.name), None)
    st.caption(
        "These sources come with the installed music21."
        + (f" {here.title}: {here.licence}" if here is not None else "")
        + f" Hash of the tunes shown: {book.sha256[:12]}."
    )
    report = next((report for report in imported() if report.name == book.name), None)
    if report is not None:
        st.subheader(f"How {book.name} was imported", anchor=False)
        st.caption(
            "From files given here, not from a source above; on which terms its tunes may be used, "
            "whoever brought them has to know."
        )
        st.code(str(report), language=None, wrap_lines=True, height=260)


def pictures(book: Tunebook, figures: CorpusFigures) -> None:
    """Meters, keys, rhythms and lengths."""
    colours = frame.colours()
    config = {"displayModeBar": False}
    n = f"n = {len(book.tunes):,} tunes"
    left, middle, right = st.columns(3, gap="medium")
    with left:
        st.subheader("Meters", anchor=False)
        st.plotly_chart(
            charts.counts(figures.meters, colours=colours), theme=None, key="meters", config=config
        )
        st.caption(f"The field M: of each tune, {n}. C is 4/4, C| is 2/2.")
    with middle:
        st.subheader("Keys", anchor=False)
        st.plotly_chart(
            charts.counts(figures.keys, colours=colours, most=12),
            theme=None,
            key="keys",
            config=config,
        )
        st.caption(f"The field K: of each tune; spellings of one key counted together, {n}.")
    with right:
        st.subheader("Lengths", anchor=False)
        st.plotly_chart(
            charts.lengths(figures.lengths, colours=colours),
            theme=None,
            key="lengths",
            config=config,
        )
        st.caption(f"Characters of a tune, its header included, {n}.")
        st.subheader("Rhythms", anchor=False)
        st.plotly_chart(
            charts.counts(figures.rhythms, colours=colours, most=5),
            theme=None,
            key="rhythms",
            config=config,
        )
        st.caption(
            f"The field R:, capitals aside, of the {sum(figures.rhythms.values()):,} tunes that have one."
        )


def alphabet(figures: CorpusFigures) -> None:
    """Every character of the corpus with how often it occurs."""
    st.subheader("Characters", anchor=False)
    characters = pd.DataFrame(figures.alphabet)
    characters.insert(0, "shown", characters["character"].map(visible))
    st.dataframe(
        characters.drop(columns="character"),
        hide_index=True,
        height=320,
        key="alphabet",
        column_config={
            "shown": st.column_config.TextColumn("Character", help="↵ is newline, ␣ is space."),
            "code": st.column_config.TextColumn("Code point"),
            "count": st.column_config.NumberColumn("Count", format="localized"),
            "share": st.column_config.ProgressColumn(
                "Share", format="percent", min_value=0, max_value=float(characters["share"].max())
            ),
            "tunes": st.column_config.NumberColumn(
                "In tunes", format="localized", help="Number of tunes that hold it."
            ),
        },
    )
    st.caption(
        "All splits together. A network knows these characters and two symbols more, START and END."
    )


def search(tunes: Sequence[Tune], words: str) -> list[Tune]:
    """Tunes whose title, rhythm, key, source or text holds all words, capitals aside."""
    wanted = words.casefold().split()
    return [
        tune
        for tune in tunes
        if all(
            word
            in f"{tune.title}\n{tune.rhythm}\n{tune.key}\n{tune.source}\n{tune.text}".casefold()
            for word in wanted
        )
    ]


def browse(book: Tunebook) -> None:
    """Find a tune and see, read and hear it."""
    st.subheader("Browse", anchor=False)
    words_column, split_column = st.columns([3, 2], vertical_alignment="bottom")
    words = words_column.text_input(
        "Search",
        key=state.SEARCH,
        bind="query-params",
        placeholder="Words of a title, a rhythm, a key, or a piece of melody",
        help="All words must occur in the title, rhythm, key, source or text of a tune.",
    )
    split = split_column.segmented_control(
        "Split",
        ["all", *SPLITS],
        default="all",
        required=True,
        key=state.CORPUS_SPLIT,
        bind="query-params",
    )
    pool = [tune for tune in book.tunes if split in ("all", tune.split)]
    found = search(pool, words or "")
    if not found:
        st.info("No tune holds all these words in this split; use fewer words or another split.")
        return
    listed = found[:MOST_LISTED]
    asked = state.chosen(state.TUNE)
    asked_tune = next((tune for tune in book.tunes if tune.id == asked), None)
    if asked_tune is not None and asked_tune not in listed and not words:
        listed = [asked_tune, *listed]
    if asked is not None and asked_tune is None:
        st.warning(f"The tune {asked} is not in {book.name}; another one is shown.")
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
        help="Type to filter. The tune is part of the address, so a link opens it.",
    )
    tune = next(tune for tune in listed if tune.id == picked)
    widgets.tune(tune.text, key="corpus-player")
    st.caption(
        f"{len(tune.text):,} characters · {NAMES[tune.split]} split · from {tune.source} · id {tune.id}"
    )
    if reader := reader_of(book):
        st.page_link(
            "views/neurons/page.py",
            label="See what neurons do on this tune",
            query_params={state.RUN: reader, state.TEXT: "corpus", state.TUNE: tune.id},
        )
    else:
        st.caption("No run here has learned from these tunes; the Train page starts one.")


def reader_of(book: Tunebook) -> str | None:
    """A run that learned from these tunes and has weights: the one chosen, else the best."""
    reference = CorpusReference(name=book.name, sha256=book.sha256)
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


def refused(book: Tunebook) -> None:
    """What is not in the corpus, and why."""
    st.subheader("Not in the corpus", anchor=False)
    if not book.failures:
        st.caption("Every tune of the sources is in.")
        return
    failures = pd.DataFrame(
        [
            {"source": f.source, "number": f.number, "title": f.title, "reason": f.reason}
            for f in book.failures
        ]
    )
    st.dataframe(
        failures,
        hide_index=True,
        height=260,
        key="failures",
        column_config={
            "source": "Source",
            "number": "Number",
            "title": "Title",
            "reason": st.column_config.TextColumn("Reason", width="large"),
        },
    )


def page() -> None:
    """The page."""
    frame.heading("Corpus", "The tunes that the networks learn from, and what they are made of.")
    names = loaders.corpora.built()
    name = "folk"
    if len(names) > 1:
        name = st.segmented_control(
            "Corpus",
            names,
            default="folk" if "folk" in names else names[0],
            required=True,
            key=state.CORPUS,
            bind="query-params",
            help="Corpora that are built here.",
        )
    book = widgets.corpus(name)
    figures = loaders.corpora.figures(book.name)
    totals(book, figures)
    browse(book)
    pictures(book, figures)
    left, right = st.columns(2, gap="medium")
    with left:
        alphabet(figures)
    with right:
        refused(book)
    provenance(book)
    bring_tunes()


page()
