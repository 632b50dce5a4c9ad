"""A small lab in a temporary folder: a corpus of six tunes, runs of every sort, one damaged."""

import math
import re
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import streamlit as st
from streamlit import config as streamlit_config
from streamlit.testing.v1 import AppTest

from dashboard.loaders import corpora
from dashboard.state import elements
from songrnn.config import CorpusReference, ModelConfig, RunConfig, SampleConfig, default_run_name
from songrnn.corpus.tunebook import SPLITS, Failure, Tune, Tunebook, tune_id
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.disk import replace_file
from songrnn.store.creating import create_run
from songrnn.store.documents import HistoryRow, RunStatus, now
from songrnn.store.history import History
from songrnn.store.processes import identity
from songrnn.store.runs import Run
from songrnn.store.songs import new_song
from songrnn.store.weights import write_weights

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True, scope="session")
def shipped_settings() -> None:
    """The app's own settings, which `streamlit run` would have read: without them no page shows."""
    text = (ROOT / "dashboard" / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    for section, options in tomllib.loads(text).items():
        for name, value in options.items():
            if not isinstance(value, dict):
                streamlit_config.set_option(f"{section}.{name}", value)


TUNES = {
    "Lark": ("jig", "6/8", "D", "|:DFA d2f|edB AFD|DFA d2f|edc d3:|"),
    "Wren": ("reel", "4/4", "G", "|:GABc d2ef|gfed BAGA|GABc d2ef|gdBd G4:|"),
    "Finch": ("jig", "6/8", "Am", "|:eAA eAA|BAB d2e|eAA eAB|dBG A3:|"),
    "Heron": ("waltz", "3/4", "C", "|:C2E2G2|c4B2|A2F2D2|C6:|"),
    "Crane": ("reel", "4/4", "D", "|:d2fd A2fd|edef gfed|d2fd A2fd|edce d4:|"),
    "Swift": ("jig", "6/8", "G", "|:GBd gdB|cec A3|GBd gdB|AFD G3:|"),
}


def tune(number: int, title: str) -> Tune:
    rhythm, meter, key, body = TUNES[title]
    text = f"X:1\nT:{title}\nR:{rhythm}\nM:{meter}\nL:1/8\nK:{key}\n{body}\n"
    split = SPLITS[(0, 0, 1, 1, 2, 0)[number]]
    return Tune(
        id=tune_id(text),
        number=str(number + 1),
        title=title,
        rhythm=rhythm,
        meter=meter,
        unit_length="1/8",
        key=key,
        text=text,
        source="birds",
        family=tune_id(text),
        split=split,
    )


BOOK = Tunebook(
    "tiny",
    tuple(tune(number, title) for number, title in enumerate(TUNES)),
    (Failure("birds", "7", "Dodo", "it has no notes"),),
)
VOCABULARY = Vocabulary.of([t.text for t in BOOK.tunes])


def add_run(
    checkpoints: Path,
    model: ModelConfig,
    losses: list[float],
    *,
    weights: bool = True,
    status: str = "finished",
) -> Run:
    """A run with a validation loss after each epoch, as a training would have left it."""
    run = create_run(
        RunConfig(
            name=default_run_name(model),
            model=model,
            corpus=CorpusReference(name=BOOK.name, sha256=BOOK.sha256),
        ),
        VOCABULARY,
        checkpoints=checkpoints,
    )
    history = History(run.path / "history.jsonl")
    rows = []
    for epoch, loss in enumerate(losses):
        for split, value in (("train", loss - 0.05), ("validation", loss)):
            row = HistoryRow(
                step=epoch * 10,
                epoch=epoch,
                split=split,  # type: ignore[arg-type]
                loss=value,
                bits_per_character=value / math.log(2),
                seconds=epoch * 2.0,
            )
            history.append(row)
        rows.append(row)
    history.close()
    best = min(rows, key=lambda row: row.loss)
    state = RunStatus(
        status=status,  # type: ignore[arg-type]
        epoch=len(losses) - 1,
        step=(len(losses) - 1) * 10,
        heartbeat=now(),
        process=identity(),
        best=best.figures,
        last=rows[-1].figures,
        seconds=rows[-1].seconds,
    )
    replace_file(run.path / "status.json", state.to_json())
    if weights:
        rng = np.random.default_rng(len(losses))
        arrays = {
            name: rng.normal(0, 0.5, shape).astype(np.float32) for name, shape in run.shapes.items()
        }
        write_weights(run.path / "weights.safetensors", arrays)
    return run


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Empty folders for data and checkpoints, and empty caches."""
    found = SimpleNamespace(data=tmp_path / "data", checkpoints=tmp_path / "checkpoints")
    found.data.mkdir()
    found.checkpoints.mkdir()
    monkeypatch.setenv("SONGRNN_DATA", str(found.data))
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(found.checkpoints))
    st.cache_data.clear()
    st.cache_resource.clear()
    return found


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks again at a page under AppTest, so it waits for what joins it."""
    monkeypatch.setattr("dashboard.widgets.joining.PATIENCE", 60.0)
    monkeypatch.setattr("dashboard.widgets.joining.AT_ONCE", True)


@pytest.fixture(autouse=True)
def known_baselines(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page under AppTest waits for the baselines of a corpus too: else a chart has them the second
    time that it is drawn, or already the first time, as the machine is quick."""
    measured = corpora.baselines

    def waited_for(name: str) -> dict[str, dict[str, float]] | None:
        until = time.monotonic() + 60
        while (found := measured(name)) is None and time.monotonic() < until:
            time.sleep(0.01)
        return found

    monkeypatch.setattr(corpora, "baselines", waited_for)


@pytest.fixture(autouse=True)
def known_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Train page's estimate without its measurement, a process that loads torch for each test.

    How a speed is measured and kept is tested in tests/training/test_speed.py, and the page with a
    real one in tests/browser/test_train_page.py.
    """
    monkeypatch.setattr("dashboard.loaders.speeds.measure_elsewhere", lambda *_: 50_000.0)


@pytest.fixture
def lab(places: SimpleNamespace) -> SimpleNamespace:
    """The small lab: `book`, and `runs` by name.

    lstm-8 is the best; rnn-6 has no weights, gru-5 is damaged.
    """
    BOOK.write(places.data / BOOK.name)
    folder = places.checkpoints
    made = [
        add_run(folder, ModelConfig(cell="lstm", hidden_size=8, embedding_size=4), [3, 2, 1.5]),
        add_run(
            folder,
            ModelConfig(cell="gru", hidden_size=6, layers=2, embedding_size=4),
            [3, 2.5, 1.75],
        ),
        add_run(
            folder,
            ModelConfig(cell="rnn", hidden_size=6, embedding_size=4),
            [3, 2.75],
            weights=False,
        ),
    ]
    damaged = folder / "gru-5"
    damaged.mkdir()
    (damaged / "run.json").write_text("{")
    runs = {run.name: run for run in made}
    return SimpleNamespace(**vars(places), runs=runs, book=BOOK, root=ROOT)


@pytest.fixture
def kept(lab: SimpleNamespace) -> str:
    """Id of a song kept with the best run."""
    song = new_song(
        "lstm-8-embedding-4",
        BOOK.tunes[0].text,
        SampleConfig(temperature=0.5),
        prime="X:1\n",
        seed=3,
        stopped_by="end",
    )
    lab.runs["lstm-8-embedding-4"].keep_song(song)
    return song.id


# Every `widgets.fold` of the app: what is in one is drawn when it is open.
FOLDS = sorted(
    name
    for path in (ROOT / "dashboard" / "views").rglob("*.py")
    for name in re.findall(r'fold\([^()]*"([a-z-]+)"\)', path.read_text(encoding="utf-8"))
)


@pytest.fixture
def app() -> Callable[..., AppTest]:
    """Open a page of the app, its folds opened too: `app("runs", unit="nats")`."""

    def open_page(page: str, *, folds: bool = True, **query: str) -> AppTest:
        test = AppTest.from_file(str(ROOT / "dashboard" / "Home.py"), default_timeout=60)
        for name in FOLDS:
            test.session_state[elements.FOLD.of(name)] = folds
        if page == "overview":
            test.query_params.update(query)  # type: ignore[union-attr]
            return test.run()
        test.run()
        test.switch_page(f"views/{page}/page.py")
        for name, value in query.items():
            test.query_params[name] = value
        return test.run()

    return open_page
