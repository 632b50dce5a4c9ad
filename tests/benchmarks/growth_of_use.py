"""Costs of the app as they grow: sound, the index of neurons, pages, sessions. See `growth.py`.

The clock is that of the process that works, with its threads and what it starts.
"""

import atexit
import contextlib
import functools
import json
import os
import resource
import shutil
import tempfile
import threading
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

from songrnn.corpus.sources import load
from songrnn.notation.playing.choice import Playing
from songrnn.notation.reader import read
from songrnn.store.runs import Run, open_run
from tests.benchmarks.decades import Series
from tests.browser.visitor import Visitor
from tests.reliability.served import Served, served
from tests.serving import HOME, ROOT

HEADER = "X:1\nT:Long\nM:4/4\nL:1/8\nK:D\n"
TUNE_BARS = ("A2BA GFED|", "d2fd A2fd|", "gfed cdef|", "A2B2 d2e2|")
BARE = """import streamlit as st

def page():
    st.title('Bare')
    st.write('Nothing.')

st.navigation([st.Page(page, default=True)]).run()
"""


def all_used() -> float:
    """Processor seconds of this process, its threads, and the processes that it has waited for."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(kind) for kind in kinds]
    return sum(each.ru_utime + each.ru_stime for each in used)


def settle() -> None:
    """Wait until what the first page has begun in the background is done."""
    while True:
        used = all_used()
        time.sleep(1)
        if all_used() - used < 0.05:
            return


def scratch() -> Path:
    """A folder that goes when the program ends."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


# Sound -------------------------------------------------------------------------------------------


def midi(bars: int) -> bytes:
    """A tune of so many bars, each of two seconds."""
    from songrnn.notation.sound import midi_of

    text = HEADER + "".join(TUNE_BARS[n % 4] + ("\n" if n % 4 == 3 else "") for n in range(bars))
    return midi_of(read(text), Playing())


def sounded(bars: int) -> Callable[[], object]:
    from songrnn.notation.audio import render

    file = midi(bars)
    return lambda: render(file, synth="fluidsynth", format="flac", stereo=True, cache=scratch())


def synthesized(bars: int) -> Callable[[], object]:
    """The synthesizer alone, on the same notes."""
    from songrnn.notation.audio import SYNTHS

    file = midi(bars)
    return lambda: SYNTHS["fluidsynth"](file)


# The index of neurons ----------------------------------------------------------------------------


@functools.cache
def shipped() -> Run:
    return open_run("lstm-150", checkpoints=ROOT / "checkpoints")


def indexed(tunes: int) -> Callable[[], object]:
    """The neurons of lstm-150 measured on so many tunes, beside those of an untrained network."""
    from songrnn.inspection.indexing import build_index

    some = load().split("validation")[:tunes]
    return lambda: build_index(shipped(), some, "folk", shifts=20, networks=0)


def only_read(tunes: int) -> Callable[[], object]:
    """The same tunes read by both networks, and nothing measured."""
    from songrnn.inspection.activations import activations
    from songrnn.model.engine import Engine

    some, engine = load().split("validation")[:tunes], Engine.of(shipped())
    return lambda: [
        activations(engine, shipped().vocabulary, tune.text) for tune in some for _ in range(2)
    ]


# Pages -------------------------------------------------------------------------------------------


def opened_page(page: str) -> Callable[[int], Callable[[], object]]:
    """Runs -> opening a page of a lab that has so many: copies of a shipped one, each with its
    weights and its history."""

    def of(runs: int) -> Callable[[], object]:
        from streamlit.testing.v1 import AppTest

        os.environ["SONGRNN_CHECKPOINTS"] = str(folder_of_shipped(runs))
        os.environ["SONGRNN_DATA"] = str(ROOT / "data")
        keep_safe()
        app = AppTest.from_file(str(HOME), default_timeout=600).run()
        app.switch_page(page).run()
        settle()

        def again() -> None:
            app.run()
            assert not app.exception
            assert not app.error, app.error[0].value

        return again

    return of


def keep_safe() -> None:
    """The app's own settings, without which it shows no page."""
    from streamlit import config

    settings = tomllib.loads((HOME.parent / ".streamlit" / "config.toml").read_text())
    for section, values in settings.items():
        for name, value in values.items():
            if not isinstance(value, dict):
                config.set_option(f"{section}.{name}", value)


@functools.cache
def folder_of_shipped(runs: int) -> Path:
    root = scratch()
    for number in range(runs):
        copy = root / f"run-{number}"
        copy.mkdir()
        for path in (ROOT / "checkpoints" / "rnn-150").iterdir():
            if path.is_file() and path.name != "run.json":
                copy.joinpath(path.name).symlink_to(path)
        document = json.loads((ROOT / "checkpoints" / "rnn-150" / "run.json").read_text())
        (copy / "run.json").write_text(json.dumps(document | {"name": copy.name}))
    return root


def bare_page(_: int) -> Callable[[], object]:
    """A page of Streamlit with a title and a word."""
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_string(BARE, default_timeout=600).run()
    return app.run


# Sessions ----------------------------------------------------------------------------------------


@functools.cache
def server(bare: bool) -> Served:
    """The lab's server, or one of a bare page."""
    until_the_end = contextlib.ExitStack()
    atexit.register(until_the_end.close)
    folder = scratch()
    if bare:
        (folder / "bare.py").write_text(BARE)
    script = folder / "bare.py" if bare else HOME
    return until_the_end.enter_context(served(folder / "lab", script=script))


def sessions(page: str, *, bare: bool = False) -> Callable[[int], Callable[[], object]]:
    """Sessions -> each of so many opens a page, all at once."""

    def of(count: int) -> Callable[[], object]:
        visitors = [Visitor(server(bare).address, patience=600) for _ in range(count)]
        for visitor in visitors:
            visitor.__enter__()
            visitor.visit("" if bare else page)

        def all_at_once() -> None:
            threads = [
                threading.Thread(target=visitor.visit, args=("" if bare else page,))
                for visitor in visitors
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        return all_at_once

    return of


SYNTH = "the synthesizer alone"
BARE_PAGE = "a page of Streamlit with a title and a word"
USE = (
    Series("sound of a tune", "bars", (1, 10, 100), sounded, synthesized, SYNTH, clock=all_used),
    Series("index of 150 neurons", "tunes", (4, 40, 400), indexed, only_read,
           "two networks reading the tunes", clock=all_used),
    Series("page Overview", "runs", (1, 10, 100, 1_000),
           opened_page("views/overview/page.py"), bare_page, BARE_PAGE, clock=all_used),
    Series("page Runs", "runs", (1, 10, 100, 1_000),
           opened_page("views/runs/page.py"), bare_page, BARE_PAGE, clock=all_used),
    Series("page Compose", "runs", (1, 10, 100, 1_000),
           opened_page("views/compose/page.py"), bare_page, BARE_PAGE, clock=all_used),
    Series("sessions that open Compose at once", "sessions", (1, 10, 100),
           sessions("compose"), sessions("", bare=True), f"the same with {BARE_PAGE}",
           clock=lambda: server(False).processor_seconds(),
           reference_clock=lambda: server(True).processor_seconds(), least=0.5),
)  # fmt: skip
