"""What gives a run's songs away: the traits that tell them from real tunes."""

import pandas as pd
import streamlit as st

from dashboard import widgets
from dashboard.wording import plain
from songrnn.quality.temperature_file import Row, TemperatureStudy


def giveaways(found: TemperatureStudy) -> None:
    """What gives the songs away at the suggested temperature, the most telling trait first."""
    rows = [row for row in found.rows if row.giveaways]
    if not rows:
        return
    chosen = min(rows, key=lambda row: abs((row.temperature or 0) - (found.suggested or 0.8)))
    words = f"What gives the songs away at {chosen.temperature:g}"
    if (opened := widgets.fold(words, "giveaways")) is None:
        return
    with opened:
        st.caption(
            "Each trait of a song alone: how often it ranks a song and a real tune the right way, "
            "50 % being a guess, and its median over the songs and over real tunes."
        )
        st.table(pd.DataFrame(_traits(chosen)).set_index("Trait"), border="horizontal")


def _traits(row: Row) -> list[dict[str, str]]:
    def shown(value: float | None) -> str:
        return "–" if value is None else f"{value:.3g}"

    return [
        {
            "Trait": plain(trait.meaning),
            "Tells apart": f"{trait.auc:.0%}",
            "Songs": shown(trait.songs),
            "Real tunes": shown(trait.real),
        }
        for trait in row.giveaways
    ]
