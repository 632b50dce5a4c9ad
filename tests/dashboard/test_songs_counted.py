"""In workspaces every song that a visitor has composed counts, whatever page it was composed on."""

import ast
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state, visitors
from dashboard.state import elements
from dashboard.views.compose.presets import PHRASES
from dashboard.views.temperature import measuring
from songrnn import workspaces
from songrnn.generation.composition import Composition
from songrnn.generation.phrases import CUTS
from songrnn.inspection.steering_scores import score_steering
from songrnn.quality import listening
from songrnn.quality.beginnings import SIZE as PHRASE
from songrnn.quality.beginnings import Beginnings
from songrnn.quality.temperature import study_run
from songrnn.quality.typicality import SIZE as SONG
from songrnn.quality.typicality import Typicality
from songrnn.workspaces import SONGS_AN_HOUR, WORKSPACES, workspace

Open = Callable[..., AppTest]
RUN = "lstm-8-embedding-4"
ROOT = Path(__file__).resolve().parents[2]
# Where songs are made; all others ask the composer, which counts.
MAKERS = {"batching.py", "composer.py", "phrases.py"}


@pytest.fixture
def made(lab: Any, monkeypatch: pytest.MonkeyPatch) -> list[Composition]:
    """The songs composed from now on. Anna asks; work that composes many is made short."""
    monkeypatch.setenv(WORKSPACES, "1")
    monkeypatch.setattr(visitors, "identity", lambda: "anna")
    workspaces._begun.clear()
    # A run of her own: a study is stored with it.
    shutil.copytree(lab.runs[RUN].path, workspace("anna").checkpoints / RUN)
    composed: list[Composition] = []
    begin = Composition.__init__

    def noted(self: Composition, *given: Any, **named: Any) -> None:
        begin(self, *given, **named)
        composed.append(self)

    monkeypatch.setattr(Composition, "__init__", noted)
    monkeypatch.setattr("dashboard.views.neurons.ablation_songs.SONGS", 3)
    monkeypatch.setattr("dashboard.views.neurons.ablation_songs.LIMIT", 60)
    monkeypatch.setattr(measuring, "SONGS", (4, 100))
    stages = len(CUTS) + 1
    learned = {
        "typicality": Typicality(np.zeros(SONG), np.zeros(SONG), np.ones(SONG), 0.0),
        "beginnings": Beginnings(np.zeros((stages, PHRASE)), np.zeros(stages)),
    }
    for name, found in learned.items():
        monkeypatch.setattr(f"dashboard.loaders.runs.{name}", lambda _, found=found: found)
    monkeypatch.setattr(listening, "FEWEST_BARS", 1)
    for work, settings in (
        (score_steering, {"songs": 2, "strengths": (-1.0, 1.0)}),
        (study_run, {"temperatures": (0.0, 1.0), "limit": 60}),
    ):
        usual = dict(work.__kwdefaults__ or {})  # type: ignore[attr-defined]
        if "config" in usual:
            settings["config"] = usual["config"].model_copy(update={"limit": 30})
        monkeypatch.setattr(work, "__kwdefaults__", usual | settings)
    return composed


def counted() -> int:
    return len(workspaces._begun.get(workspace("anna").checkpoints, ()))


def press(page: AppTest, key: str) -> AppTest:
    return page.button(key=key).click().run(timeout=120)


def composing(tries: str) -> Callable[[Open], AppTest]:
    def compose(app: Open) -> AppTest:
        page = app("compose", run=RUN, limit="60")
        page.session_state[state.TRIES] = tries
        return press(page.run(), elements.COMPOSE)

    return compose


def compose_and_vary(app: Open) -> AppTest:
    return press(composing("1")(app), elements.VARY.of("tail"))


def compose_beside(app: Open) -> AppTest:
    page = app("compose", how="beside", run=RUN, limit="60")
    page.button_group(key=state.TEMPERATURES).set_value([0.0, 0.5, 1.0]).run()
    return press(page, elements.COMPOSE)


def listen(app: Open) -> AppTest:
    return press(app("listen", run=RUN), elements.NEXT_PAIR)


def study(app: Open) -> AppTest:
    page = app("temperature", run=RUN)
    page.session_state[state.STUDY_SONGS] = 4
    return press(page, elements.MEASURE)


def neuron(key: str, **query: str) -> Callable[[Open], AppTest]:
    return lambda app: press(app("neurons", run=RUN, **query), key)


WAYS: dict[str, tuple[int, Callable[[Open], AppTest]]] = {
    "one": (1, composing("1")),
    "the best of eight": (8, composing("8")),
    "phrase by phrase": (1, composing(PHRASES)),
    "a variation": (2, compose_and_vary),
    "side by side": (3, compose_beside),
    "to listen": (1, listen),
    "a study": (5, study),
    "a pair": (2, neuron(elements.COMPOSE_PAIR, view="cause", neuron="2")),
    "many pairs": (6, neuron(elements.COMPOSE_MANY, view="cause", neuron="2")),
    "steered": (2, neuron(elements.STEER, view="steer", along="near-the-end")),
    "steered, many": (10, neuron(elements.STEER_MANY, view="steer", along="near-the-end")),
}


@pytest.mark.parametrize("way", WAYS)
def test_all_that_is_composed_is_counted(way: str, made: list[Composition], app: Open) -> None:
    least, compose = WAYS[way]
    page = compose(app)
    assert not page.exception
    assert len(made) >= least
    assert counted() == sum(song.config.counts_as for song in made)


@pytest.mark.parametrize("way", WAYS)
def test_what_would_be_too_much_is_not_begun(
    way: str, made: list[Composition], app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    least, compose = WAYS[way]
    monkeypatch.setenv(SONGS_AN_HOUR, str(least - 1))
    page = compose(app)
    assert not page.exception
    assert len(made) < least
    assert counted() == sum(song.config.counts_as for song in made)
    assert any("songs an hour" in one.value for one in [*page.error, *page.info, *page.warning])
    if way not in ("a variation", "to listen"):  # those compose one after the other
        assert made == []


def test_songs_come_from_the_composer_alone() -> None:
    for path in [*(ROOT / "songrnn").rglob("*.py"), *(ROOT / "dashboard").rglob("*.py")]:
        called = {
            node.func.id
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        if path.parent.name != "generation" or path.name not in MAKERS:
            assert not called & {"Composition", "compose_together", "compose_by_phrases"}, path
