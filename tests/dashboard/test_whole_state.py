"""The Neurons page on the whole state: probes, patching and steering, as inspection has them."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.state import elements, neuron_list, whole_state
from dashboard.views.neurons.probes import short, stacked
from dashboard.views.neurons.words import change, interval_words
from songrnn.inspection.indexing import build_index
from songrnn.inspection.patching import Pair
from songrnn.inspection.probes.building import build_probes
from songrnn.inspection.probes.stored import StoredProbes
from songrnn.inspection.steering_scores import score_steering
from songrnn.inspection.wiring import wiring_of

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
    assert list(frame_with(page, "single")["all"]) == [
        short(task.of_all.main) for task in probed.tasks
    ]
    table = frame_with(page, "selectivity")
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
    monkeypatch.setattr("dashboard.views.neurons.patching.written_pair", lambda *_, **__: same)
    page = sound(app("neurons", run=RUN, view="patch"))
    page = sound(page.button(key=elements.PATCH).click().run(timeout=60))
    parts = [frame.value for frame in page.dataframe if "share" in frame.value]
    if not parts:  # the tunes of the lab may have one meter: then there is no direction, and why
        assert "differ" in said(page)
        return
    assert {"hidden", "cell"} <= set(parts[0]["part"])
    assert len(parts[1]) == 8


def test_heads_of_ones_own_that_do_not_fit_are_told(lab: Any, app: Open) -> None:
    page = sound(app("neurons", run=RUN, view="patch", pair="own"))
    page.text_area(key=whole_state.PATCH_BASE).set_value("X:1\nM:6/8\n")
    for source in ("X:1\n", "X:1\nM:6/8\n", "X:1\nM:4/4 "):  # shorter; the same; another end
        page = sound(page.text_area(key=whole_state.PATCH_SOURCE).set_value(source).run())
        assert page.info, source
        assert not [button for button in page.button if button.key == elements.PATCH]


def test_what_is_patched_ends_with_the_character_that_was_clicked(
    lab: Any, app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Pair] = []

    def measure(run: Any, name: str, pair: Pair, tell: Any) -> None:
        asked.append(pair)

    monkeypatch.setattr("dashboard.views.neurons.patching.measure", measure)
    music = ("|DEF GAB|",)
    monkeypatch.setattr(
        "dashboard.views.neurons.patching.written_pair", lambda *_, **__: Pair("D|", "E|", music)
    )
    page = app("neurons", run=RUN, view="patch", pair="own")
    texts = "X:1\nM:2/4\nK:D\nDE|FG|", "X:1\nM:6/8\nK:D\nGA|B"
    for key, text in zip((whole_state.PATCH_BASE, whole_state.PATCH_SOURCE), texts, strict=True):
        page.text_area(key=key).set_value(text)
    page.session_state[whole_state.PATCH_AT] = texts[0].index("|")
    page = sound(page.run())
    assert not page.info
    page = sound(page.button(key=elements.PATCH).click().run())
    [pair] = asked
    assert (pair.base, pair.source) == ("X:1\nM:2/4\nK:D\nDE|", "X:1\nM:6/8\nK:D\nGA|")
    assert pair.music == music


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


def test_a_neuron_is_held_instead_of_the_direction(lab: Any, app: Open) -> None:
    settings = {"view": "steer", "along": "near-the-end", "held": "neurons", "held_units": "2"}
    page = sound(app("neurons", run=RUN, **settings))
    assert page.multiselect(key=whole_state.STEER_UNITS).value == ["2"]
    page = sound(page.button(key=elements.STEER).click().run(timeout=60))
    assert "alike for" in said(page) or "the same" in said(page)
    page = sound(page.multiselect(key=whole_state.STEER_UNITS).set_value([]).run())
    assert page.info
    assert not [button for button in page.button if button.key == elements.STEER]


def test_reach_and_wiring_are_those_of_inspection(lab: Any, app: Open) -> None:
    run, split = lab.runs[RUN], lab.book.split("validation")
    index = build_index(run, split, lab.book.name, shifts=20)
    assert index.memory is not None
    verdicts = tuple(
        replace(each, kind="remembers", label="barline") if each.neuron in (2, 5) else each
        for each in index.memory.verdicts
    )
    index = replace(index, memory=replace(index.memory, verdicts=verdicts))
    index.write(run.path)
    page = sound(app("neurons", run=RUN, view="memory"))
    wires = frame_with(page, "gate")
    truth = wiring_of(run, index, most=20)
    assert list(wires["gate"]) == [edge.gate for edge in truth.edges]
    assert list(wires["effect"]) == [change(edge.effect, 2) for edge in truth.edges]
    page = sound(page.button(key=elements.REACH).click().run(timeout=60))
    halves = frame_with(page, "half")["half"]
    assert len(halves) >= 3
    assert all(re.fullmatch(r"\d+ \(\d+ to \d+\)", half) for half in halves)


def test_a_list_of_neurons_is_part_of_the_address(lab: Any, app: Open) -> None:
    page = sound(app("neurons", run=RUN, view="card", neuron="3", list="1/5", list_name="mine"))
    assert page.multiselect(key=neuron_list.LIST).value == ["1/5"]
    assert page.text_input(key=neuron_list.LIST_NAME).value == "mine"
    page = sound(page.button(key=elements.ADD_TO_LIST).click().run())
    assert page.query_params["list"] == ["1/5", "1/3"]
    assert page.button(key=elements.ADD_TO_LIST).disabled
    links = frame_with(page, "cause")["cause"]
    assert "neuron=3" in links[1]
    page.selectbox(key="run@neurons").set_value("gru-6x2-embedding-4").run()
    assert sound(page).multiselect(key=neuron_list.LIST).value == []  # its neurons are others
    assert page.text_input(key=neuron_list.LIST_NAME).value == ""
