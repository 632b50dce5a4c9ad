"""The Neurons page on the whole state: probes, patching and steering, as inspection has them."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.state import elements
from dashboard.views.neurons.probes import short, stacked
from dashboard.views.neurons.words import interval_words
from songrnn.inspection.patching import Pair
from songrnn.inspection.probes.building import build_probes
from songrnn.inspection.probes.stored import StoredProbes
from songrnn.inspection.steering_scores import score_steering

RUN = "lstm-8-embedding-4"
Open = Callable[..., AppTest]


@pytest.fixture
def probed(lab: Any) -> StoredProbes:
    """The best run with probes."""
    run = lab.runs[RUN]
    found = build_probes(run, lab.book.split("train"), lab.book.split("validation"))
    found.write(run.path)
    return found


def sound(page: AppTest) -> AppTest:
    assert not page.exception
    assert not page.error, [error.value for error in page.error]
    return page


def frame_with(page: AppTest, column: str) -> Any:
    (found,) = [frame.value for frame in page.dataframe if column in frame.value]
    return found


def said(page: AppTest) -> str:
    return "\n".join(str(part.value) for part in [*page.markdown, *page.caption, *page.info])


def test_probes_stand_beside_their_controls_and_are_read_off_a_tune(
    lab: Any, probed: StoredProbes, app: Open
) -> None:
    page = sound(app("neurons", run=RUN, view="state", task="beat"))
    table = frame_with(page, "selectivity")
    assert list(table["all"]) == [short(task.of_all.main) for task in probed.tasks]
    assert list(table["untrained"]) == [short(task.untrained["all"].main) for task in probed.tasks]
    assert list(table["beyond_recent"]) == [
        interval_words(task.beyond_recent, 2) for task in probed.tasks
    ]
    assert probed.sentence in said(page)
    assert f"{probed.held:,}" in said(page)
    lines = page.code[0].value.split("\n")
    assert re.fullmatch(r"[\d ]*", lines[1])
    assert page.selectbox(key="task").value == "beat"


def test_without_probes_they_are_offered(lab: Any, app: Open) -> None:
    page = sound(app("neurons", run=RUN, view="state"))
    assert not page.dataframe
    assert [button for button in page.button if button.key == elements.PROBE]


def test_errors_stand_below_the_text_and_a_newline_keeps_its_width() -> None:
    text = "D\nF" * 50
    truth = np.where(np.arange(150) % 3 == 1, np.nan, 1.0)
    guess = np.ones(150)
    guess[75] = 0
    lines = stacked(text, guess, truth).split("\n")
    assert len(lines) == 4 * 3
    assert lines[0] == "D↵F" * 24
    assert lines[7] == "   ^"
    assert lines[3] == lines[11] == ""


def test_a_patch_shows_parts_neurons_and_controls(
    lab: Any, app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = [tune.text[:20] for tune in lab.book.tunes[:2]]
    music = tuple(tune.text[20:40] for tune in lab.book.tunes[:3])
    same = Pair(heads[0], f"{heads[1][:19]}{heads[0][-1]}", music)
    monkeypatch.setattr("songrnn.inspection.patching.written_pair", lambda *_, **__: same)
    page = sound(app("neurons", run=RUN, view="patch"))
    page = sound(page.button(key=elements.PATCH).click().run(timeout=60))
    parts = [frame.value for frame in page.dataframe if "share" in frame.value]
    if not parts:  # the tunes of the lab may have one meter: then there is no direction, and why
        assert "differ" in said(page)
        return
    assert {"hidden", "cell"} <= set(parts[0]["part"])
    assert len(parts[1]) == 8


def test_steered_songs_are_heard_beside_plain_ones(lab: Any, app: Open) -> None:
    page = sound(app("neurons", run=RUN, view="steer", along="near-the-end"))
    page = sound(page.button(key=elements.STEER).click().run(timeout=60))
    assert "alike for" in said(page) or "the same" in said(page)


def test_strengths_are_scored_beside_random_directions(
    lab: Any, app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = dict(score_steering.__kwdefaults__ or {})
    short_songs = options["config"].model_copy(update={"limit": 30})
    quick = {**options, "songs": 2, "strengths": (-1.0, 1.0), "config": short_songs}
    monkeypatch.setattr(score_steering, "__kwdefaults__", quick)
    page = sound(app("neurons", run=RUN, view="steer", along="near-the-end"))
    page = sound(page.button(key=elements.STEER_MANY).click().run(timeout=60))
    assert len(frame_with(page, "cost")) == 5
