"""What a run was made of: its source, its settings, its size, its log."""

from datetime import UTC
from urllib.parse import quote

import pandas as pd
import streamlit as st

from dashboard import loaders, widgets
from dashboard.state import elements
from dashboard.wording import duration, plain
from songrnn.config import SETTINGS, setting_values
from songrnn.disk import read_bytes
from songrnn.store.runs import Run

_LARGEST_LOG = 1 << 20
_LINES = 60


def origin(run: Run) -> None:
    """Where it comes from, and its figures in a row."""
    source, corpus = run.config.source, run.config.corpus
    if source is not None:
        there = source.name in loaders.runs.rows()
        name = (
            f"[{plain(source.name)}](run?run={quote(source.name)})" if there else plain(source.name)
        )
        st.markdown(
            f"Fine-tuned from **{name}** (weights {plain(source.weights_sha256[:12])}…) on "
            f"**{plain(corpus.name)}**."
        )
    else:
        st.markdown(f"Trained from random weights on **{plain(corpus.name)}**.")
    status = run.status
    best = status.best
    size = sum(path.stat().st_size for path in run.path.rglob("*") if path.is_file())
    widgets.figures(
        [
            ("Validation, bits", f"{best.bits_per_character:.4f}" if best else "–",
             "Best validation loss, bits per character."),
            *(
                [("Without kin", f"{best.bits_without_kin:.4f}" if best.bits_without_kin else "–",
                  f"The same without the {best.kin} validation tunes that are kin of tunes that it, "
                  "or a run it was fine-tuned from, learned from.")]
                if best and best.kin else []
            ),
            ("Accuracy", f"{best.accuracy:.1%}" if best and best.accuracy else "–",
             "Share of characters whose most probable prediction was right."),
            ("Epochs", f"{status.epoch:.3g} of {run.config.training.epochs}",
             "Done, and planned at most."),
            ("Duration", duration(status.seconds), "Time spent training, pauses left out."),
            ("Parameters", f"{run.parameters:,}", "Numbers that the network learns."),
            ("On disk", f"{size / 1e6:.1f} MB", "All files of the run's folder."),
        ]
    )  # fmt: skip
    if status.message:
        st.caption(plain(status.message))


def settings(run: Run) -> None:
    """All settings; those that differ from the default are marked."""
    values = setting_values(run.config.model, run.config.training)
    rows = [
        {
            "Setting": setting.label,
            "Value": str(values[name]),
            "Default": "" if values[name] == setting.default else str(setting.default),
        }
        for name, setting in SETTINGS.items()
    ]
    rows.append({"Setting": "Seed", "Value": str(run.config.seed), "Default": ""})
    if (opened := widgets.fold("All settings", "settings")) is None:
        return
    with opened:
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            key=elements.RUN_SETTINGS,
            height="content",
            column_config={"Default": st.column_config.TextColumn("Default, where it differs")},
        )
        made = run.document.created.astimezone(UTC)
        versions = ", ".join(f"{name} {version}" for name, version in run.document.versions.items())
        st.caption(f"Made {made:%d %B %Y, %H:%M} UTC with {plain(versions)}.")


def log(run: Run) -> None:
    """The end of what its process printed."""
    try:
        text = read_bytes(run.path / "log.txt", most=_LARGEST_LOG).decode("utf-8", "replace")
    except OSError:
        return
    lines = [line.rsplit("\r", 1)[-1] for line in text.splitlines() if line.strip()]
    if not lines:
        return
    if (opened := widgets.fold("Log", "log")) is None:
        return
    with opened:
        st.code("\n".join(lines[-_LINES:]), language=None, wrap_lines=True)
