"""The question of what a small corpus should start from: the sentence, the chart, the figures."""

import pandas as pd
import streamlit as st

from dashboard import widgets
from dashboard.charts.starts import start_losses
from dashboard.state import elements
from dashboard.wording import file_name
from songrnn.tuning.start_study import QUESTION, Starts


def show(found: Starts) -> None:
    """All that the study's runs say."""
    st.markdown(f"**{QUESTION}** {found.sentence}")
    if not found.regions:
        return
    widgets.chart(
        lambda colours: start_losses(found, colours),
        file_name(QUESTION, "validation loss"),
        key=elements.STARTS,
        alt=f"Best validation losses of small corpora by what the training began with: "
        f"{found.sentence}",
    )
    st.dataframe(
        pd.DataFrame([region.row() for region in found.regions]),
        hide_index=True,
        key=elements.STARTS_TABLE,
        placeholder="–",
    )
    st.caption(
        "Five regions of the Essen collection, 100 to 1,000 tunes each, none of them kin of a tune "
        "that `best` learned from. Best validation loss in bits per character (−log₂ p of the right "
        "symbol, mean over all characters and ENDs of the region's validation tunes); ± is half of "
        "the 95 % interval over seeds (Student's t). *− best*: how many bits a rival needs more than "
        "the fine-tuned `best`, paired by seed; above 0 the fine-tuning is better. PPMd order 12 is "
        "a text compressor that learns while it reads. `small` and `baseline` are [recipes](train) "
        "for a network that begins with random weights; the former is the one chosen for corpora of "
        "this size. The weights are not shipped: the collection is for non-commercial use."
    )
