"""Composing on the page: headers put together, songs side by side, continuing a song."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.state import elements
from dashboard.state.songs import BESIDE_FORMATS
from dashboard.views.compose.form import PHRASES
from dashboard.views.compose.header import header
from songrnn.config import RECOMMENDED, SampleConfig
from songrnn.corpus.tunebook import tune_id
from songrnn.generation.composer import compose
from songrnn.generation.export import Provenance
from songrnn.generation.phrases import CUTS
from songrnn.model.engine import Engine
from songrnn.notation.files.opening import opening_of
from songrnn.notation.reader import read
from songrnn.quality.beginnings import SIZE, Beginnings
from songrnn.quality.beginnings_file import write_beginnings
from songrnn.recall.gate import WEIGHTS, Gate
from songrnn.recall.stored import write_gate
from songrnn.store.songs import new_song
from tests.dashboard.conftest import BOOK

Open = Callable[..., AppTest]


@pytest.mark.parametrize(
    ("choices", "text"),
    [
        (("", "", "", ""), "X:1\n"),
        (("A  title\n", "", "6/8", ""), "X:1\nT:A title\nM:6/8\n"),
        (("", "reel", "C|", "Ador"), "X:1\nR:reel\nM:C|\nL:1/8\nK:Ador\n"),
    ],
)
def test_a_header_is_built_in_the_order_of_the_corpus(choices: Any, text: str) -> None:
    assert header(*choices) == text
    assert not read(text + "A|\n").problems or "K:" not in text


def test_songs_side_by_side_are_the_engines_at_each_temperature(lab: Any, app: Open) -> None:
    name, run = next((name, run) for name, run in lab.runs.items() if run.has_weights)
    page = app("compose", how="beside", run=name, seed="3")
    page.button_group(key=state.TEMPERATURES).set_value([0.0, 1.0]).run()
    page.number_input(key=state.LIMIT).set_value(60).run()
    page.button(key="compose").click().run(timeout=60)
    assert not page.exception
    songs = page.session_state["_songs_beside"]
    assert [song.config.temperature for song in songs] == [0.0, 1.0]
    for song in songs:
        config = SampleConfig(temperature=song.config.temperature, limit=60)
        again = compose(Engine.of(run), run.vocabulary, prime="X:1\n", config=config, seed=3)
        assert song.text == again.text
    wanted = page.button_group(key=BESIDE_FORMATS)
    assert set(wanted.value) == {"txt", "midi"}
    assert "2 songs as .zip" in [button.label for button in page.get("download_button")]


def test_a_song_side_by_side_can_be_shown_alone(lab: Any, app: Open) -> None:
    name = next(name for name, run in lab.runs.items() if run.has_weights)
    page = app("compose", how="beside", run=name)
    page.button_group(key=state.TEMPERATURES).set_value([1.0]).run()
    page.number_input(key=state.LIMIT).set_value(60).run()
    page.button(key="compose").click().run(timeout=60)
    next(b for b in page.button if str(b.key).startswith("large-")).click().run()
    assert not page.exception
    assert page.session_state[state.HOW] == "one"
    (song,) = page.session_state["_songs_beside"]
    said = Provenance(song.run, song.config, song.seed, song.stopped_by).lines()
    shown = " ".join(caption.value for caption in page.caption)
    assert all(line in shown for line in said)


def test_the_beginning_of_a_song_becomes_the_opening(lab: Any, kept: str, app: Open) -> None:
    page = app("compose", song=kept)
    text = BOOK.tunes[0].text
    page.session_state[elements.EDIT.of(tune_id(text))] = True
    page.run()
    page.session_state[state.REST.of(tune_id(text))] = text[:9]
    page.run()
    page.button(key=elements.CONTINUE).click().run()
    assert page.session_state[state.PRIME] == text[:9]


def test_of_a_pasted_file_the_first_tune_is_the_opening(lab: Any, app: Open) -> None:
    name = next(name for name, run in lab.runs.items() if run.has_weights)
    page = app("compose", run=name)
    text = BOOK.tunes[0].text
    page.session_state[state.PRIME] = f"Hello Abe,\r\n\r\n{text}\r\n\r\nX:2\nT:b\nK:C\nCDE|\n"
    page.run()
    page.number_input(key=state.LIMIT).set_value(len(text) + 20).run()
    assert opening_of(page.session_state[state.PRIME]).notices[-1] in [
        caption.value for caption in page.caption
    ]
    page.button(key="compose").click().run(timeout=60)
    assert not page.exception
    assert page.session_state["_fresh"].prime == text


def test_whole_bars_say_what_they_withheld(lab: Any, app: Open) -> None:
    name = next(name for name, run in lab.runs.items() if run.has_weights)
    page = app("compose", run=name, whole_bars="true")
    page.number_input(key=state.LIMIT).set_value(200).run()
    page.button(key="compose").click().run(timeout=60)
    assert not page.exception
    song = page.session_state["_fresh"]
    assert song.config.whole_bars
    shown = [metric.value for metric in page.metric]
    assert f"{song.share_withheld:.1%}" in shown
    pairs = [found for value in shown if (found := re.fullmatch(r"(\d+)[^\d.,]+(\d+)", value))]
    (pair,) = pairs
    assert pair[1] == pair[2]


def test_recall_is_offered_for_runs_that_have_it_and_mixed_into_their_songs(
    lab: Any, app: Open
) -> None:
    name, run = next((name, run) for name, run in lab.runs.items() if run.has_weights)
    page = app("compose", run=name)
    assert state.RECALL not in [slider.key for slider in page.slider]
    gate = Gate(np.random.default_rng(0).normal(size=WEIGHTS))
    write_gate(run, gate, tunes=3)
    page = app("compose", run=name, recall="0.7", seed="3", temperature="1")
    assert page.slider(key=state.RECALL).value == 0.7
    page.number_input(key=state.LIMIT).set_value(80).run()
    page.button(key="compose").click().run(timeout=60)
    assert not page.exception
    song = page.session_state["_fresh"]
    config = SampleConfig(temperature=1.0, recall=0.7, limit=80)
    again = compose(
        Engine.of(run), run.vocabulary, prime=song.prime, config=config, gate=gate, seed=3
    )
    assert song.text == again.text


def recalling(lab: Any) -> str:
    """A run of the lab that has a gate."""
    name, run = next((name, run) for name, run in lab.runs.items() if run.has_weights)
    write_gate(run, Gate(np.zeros(WEIGHTS)), 3)
    return name


def test_compose_opens_with_the_best_settings_and_plain_sampling_is_a_click_away(
    lab: Any, app: Open
) -> None:
    page = app("compose", run=recalling(lab))
    assert not page.exception
    assert page.session_state[state.WHOLE_BARS] is True
    assert page.session_state[state.RECALL] == RECOMMENDED.recall
    assert page.query_params[state.RECALL] == f"{RECOMMENDED.recall:g}"
    page.button(key=elements.PLAIN).click().run()
    assert page.session_state[state.WHOLE_BARS] is False
    assert page.session_state[state.RECALL] == 0
    assert state.RECALL not in page.query_params
    page.button(key=elements.RECOMMENDED).click().run()
    assert page.session_state[state.RECALL] == RECOMMENDED.recall


def test_a_run_that_knows_typical_phrases_writes_by_them(lab: Any, app: Open) -> None:
    name = recalling(lab)
    run = lab.runs[name]
    stages = len(CUTS) + 1
    taste = np.random.default_rng(0).normal(size=(stages, SIZE))
    beginnings = Beginnings(taste, np.zeros(stages))
    write_beginnings(run, beginnings, settings=RECOMMENDED, songs=1, tunes=1)
    page = app("compose", run=name)
    assert page.session_state[state.TRIES] == PHRASES
    page.number_input(key=state.LIMIT).set_value(120).run()
    page.number_input(key=state.SEED).set_value(3).run()
    page.button(key=elements.COMPOSE).click().run(timeout=60)
    assert not page.exception
    song = page.session_state["_fresh"]
    assert song.config == RECOMMENDED.model_copy(update={"limit": 120})
    again = compose(
        Engine.of(run), run.vocabulary, prime=song.prime, config=song.config, seed=3,
        gate=Gate(np.zeros(WEIGHTS)), judge=beginnings.judge(),
    )  # fmt: skip
    assert song.text == again.text
    (run.path / "phrases.json").unlink()
    page.run()
    assert not page.exception


def test_an_address_of_before_means_what_it_meant(lab: Any, app: Open) -> None:
    page = app("compose", run=recalling(lab), seed="7", temperature="0.5")
    assert page.session_state[state.WHOLE_BARS] is False
    assert page.session_state[state.RECALL] == 0


def test_songs_of_a_session_come_back_by_undo_and_vary(lab: Any, app: Open) -> None:
    page = app("compose", run=recalling(lab), seed="7", limit="80")
    for seed in (7, 8):
        page.number_input(key=state.SEED).set_value(seed).run()
        page.button(key=elements.COMPOSE).click().run(timeout=60)
    assert not page.exception
    first, second = history_of(page)
    (printed,) = [
        parse_qs(link.proto.query_string)
        for link in page.get("page_link")
        if "page_from=own" in link.proto.query_string
    ]
    assert printed[state.ABC] == [second.text]
    page.button(key=elements.EARLIER).click().run()
    assert page.session_state["_fresh"] == first
    page.button(key=elements.DISCARD).click().run()
    assert history_of(page) == (second,)
    page.button(key=elements.TAKE_BACK).click().run()
    assert history_of(page) == (first, second)
    shown = page.session_state["_fresh"]
    page.button(key=elements.VARY.of("tail")).click().run(timeout=60)
    assert not page.exception
    *before, varied = history_of(page)
    assert before == [first, second]
    made = varied.variation
    written = new_song(
        shown.run,
        shown.text,
        shown.config,
        prime=shown.prime,
        seed=shown.seed,
        stopped_by=shown.stopped_by,
    )
    assert (made.of, made.rule) == (written.id, "tail")
    assert any("with a new tail" in caption.value for caption in page.caption)
    assert varied.text.startswith(varied.prime)


def history_of(page: AppTest) -> Any:
    """The songs of the session."""
    return page.session_state["_written"][0]
