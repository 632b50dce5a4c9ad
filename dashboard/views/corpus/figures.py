"""The corpus in numbers and pictures: splits, families, meters, keys, lengths, characters."""

import pandas as pd
import streamlit as st

from dashboard import widgets
from dashboard.charts import tunes as charts
from dashboard.charts.theme import visible
from dashboard.state import elements
from songrnn.corpus.families import SHARED_AT_LEAST, SHARED_PORTION, SHINGLE
from songrnn.corpus.figures import CorpusFigures
from songrnn.corpus.import_report import plural
from songrnn.corpus.tunebook import Tunebook
from songrnn.plain_text import inert_table


def totals(book: Tunebook, figures: CorpusFigures) -> None:
    """The corpus in five numbers, and the same by split."""
    widgets.figures(
        [
            ("Tunes", f"{len(book.tunes):,}", "After cleaning, without exact melodic duplicates."),
            (
                "Characters",
                f"{figures.characters:,}",
                "Length of all texts together, headers and newlines included.",
            ),
            (
                "Distinct characters",
                f"{len(book.characters):,}",
                "The vocabulary of a network that learns from them, without START and END.",
            ),
            ("Families", f"{figures.families:,}", "Groups of tunes that share much of a melody."),
            (
                "Refused",
                f"{len(book.failures):,}",
                "Tunes of the sources that were not taken; listed below with the reason.",
            ),
        ]
    )
    st.dataframe(
        pd.DataFrame(figures.splits),
        hide_index=True,
        key=elements.SPLITS,
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
        f"notes, in any key, and {SHARED_PORTION:.0%} of the runs of the shorter one. A family is "
        f"all tunes linked in this way{divided(figures.divided)} Shorter phrases do occur on both "
        "sides: the Temperature page says how many. Runs are chosen on validation, never on test; "
        "what looks at test is listed under [How loss is measured](glossary?read=loss)."
    )


def divided(families: int) -> str:
    """How families and splits go together."""
    if not families:
        return "; each family is in one split as a whole."
    return (
        f". {families:,} {plural(families, 'family is', 'families are')} in more than one split, as "
        "the files came: a network may know near-duplicates of what it is judged on."
    )


def pictures(book: Tunebook, figures: CorpusFigures) -> None:
    """Meters, keys, rhythms and lengths."""
    config = {"displayModeBar": False}
    corpus = book.name
    n, same = f"n = {len(book.tunes):,} tunes", (corpus, book.sha256)
    left, middle, right = st.columns(3, gap="medium")
    with left:
        st.subheader("Meters", anchor=False)
        widgets.chart(
            lambda colours: charts.counts(figures.meters, colours=colours),
            f"{corpus}-meters",
            key=elements.METERS,
            alt="How many tunes have each meter",
            config=config,
            same=same,
        )
        st.caption(f"The field M: of each tune, {n}. C is 4/4, C| is 2/2.")
    with middle:
        st.subheader("Keys", anchor=False)
        widgets.chart(
            lambda colours: charts.counts(figures.keys, colours=colours, most=12),
            f"{corpus}-keys",
            key=elements.KEYS,
            alt="How many tunes have each key",
            config=config,
            same=same,
        )
        st.caption(f"The field K: of each tune, {n}; different spellings of a key count as one.")
    with right:
        st.subheader("Lengths", anchor=False)
        widgets.chart(
            lambda colours: charts.lengths(figures.lengths, colours=colours),
            f"{corpus}-lengths",
            key=elements.LENGTHS,
            alt="How many tunes are how long, in characters",
            config=config,
            same=same,
        )
        st.caption(f"Characters of a tune, its header included, {n}.")
        st.subheader("Rhythms", anchor=False)
        widgets.chart(
            lambda colours: charts.counts(figures.rhythms, colours=colours, most=5),
            f"{corpus}-rhythms",
            key=elements.RHYTHMS,
            alt="How many tunes have each rhythm",
            config=config,
            same=same,
        )
        st.caption(
            f"The field R: of the {sum(figures.rhythms.values()):,} tunes that have one; capitals are "
            "ignored."
        )


def alphabet(figures: CorpusFigures) -> None:
    """Every character of the corpus with how often it occurs."""
    st.subheader("Characters", anchor=False)
    characters = pd.DataFrame(figures.alphabet)
    characters.insert(0, "shown", characters["character"].map(visible))
    st.dataframe(
        inert_table(characters.drop(columns="character")),
        hide_index=True,
        height=320,
        key=elements.ALPHABET,
        column_config={
            "shown": st.column_config.TextColumn(
                "Character", help="↵ stands for a newline, ␣ for a space."
            ),
            "code": st.column_config.TextColumn("Code point"),
            "count": st.column_config.NumberColumn("Count", format="localized"),
            "share": st.column_config.ProgressColumn(
                "Share", format="percent", min_value=0, max_value=float(characters["share"].max())
            ),
            "tunes": st.column_config.NumberColumn(
                "In tunes", format="localized", help="Number of tunes that contain it."
            ),
        },
    )
    st.caption(
        "Of all splits. A network knows these characters and two more symbols, START and END."
    )
