"""What the first visitor would wait for, read while the browser still starts.

A thread of the server's reads through the caches what the Overview shows, and when that page has
probably been drawn, what the Runs page needs. It asks for nothing twice: a visitor who is faster finds
the rest unread.
"""

import contextlib
import inspect
import logging
import threading
import time

import streamlit as st

from dashboard import loaders
from dashboard.views.overview.neurons_card import featured
from dashboard.views.overview.runs_card import MOST_SHOWN
from dashboard.views.overview.songs import song_of
from dashboard.wording import by_best_validation
from songrnn.errors import SongRNNError
from songrnn.paths import lab_places, using
from songrnn.store.runs import Run

_log = logging.getLogger(__name__)
# Seconds until the server is up, at most: caches belong to it.
_PATIENCE = 60
# Seconds left to the first page: what is read for others meanwhile would only make it slower.
_FIRST_PAGE = 5


def begin() -> None:
    """Start reading."""
    threading.Thread(target=_read, name="warming", daemon=True).start()


def _read() -> None:
    # Streamlit looks at its stack at the first element of the first page, to see whether it was started
    # as it should be; that reads where every module came from, which is remembered from here.
    inspect.stack()
    until = time.monotonic() + _PATIENCE
    while not st.runtime.exists():
        if time.monotonic() > until:
            return
        time.sleep(0.05)
    try:
        with using(lab_places()):
            runs = read_ahead()
            time.sleep(_FIRST_PAGE)
            read_on(runs)
    except SongRNNError:
        pass  # the page says what is wrong, to someone
    except Exception:
        _log.exception("Reading ahead failed")


def read_ahead() -> list[Run]:
    """Read what the first page shows; all runs, the best first."""
    rows = sorted(loaders.runs.rows().values(), key=by_best_validation)
    runs = {run.name: run for run in loaders.runs.all_runs() if isinstance(run, Run)}
    listed = [runs[row["name"]] for row in rows]
    _histories(listed[:MOST_SHOWN])
    usable = [run for run in listed if run.has_weights]
    song = song_of(usable)
    if song is not None:
        loaders.music.later(song[1].text)
    if loaders.corpora.is_built("folk"):
        loaders.corpora.tunebook("folk")
    readers = [run for run, _ in featured(usable)]
    if song is not None and readers and not readers[0].vocabulary.unknown(song[1].text):
        loaders.neurons.activation_map(readers[0], song[1].text)
    return listed


def read_on(runs: list[Run]) -> None:
    """Read what the Runs page shows of these."""
    from scipy import stats  # which the intervals of a study need, and which takes a second

    stats.t.ppf(0.975, 4)
    _histories(runs)


def _histories(runs: list[Run]) -> None:
    for run in runs:
        with contextlib.suppress(SongRNNError):
            loaders.runs.history(run)
