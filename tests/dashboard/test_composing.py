"""Composing on the page: headers put together, songs side by side, continuing a song."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.state import elements
from dashboard.state.songs import BESIDE_FORMATS
from dashboard.views.compose.header import METER_OF, changed
from dashboard.views.compose.presets import PHRASES
from songrnn.config import RECOMMENDED, SampleConfig, recommended
from songrnn.corpus.tunebook import tune_id
from songrnn.generation.composer import compose
from songrnn.generation.export import Provenance
from songrnn.generation.forms.form import Forms
from songrnn.generation.forms.reading import form_of
from songrnn.generation.forms.stored import write_forms
from songrnn.generation.phrases import CUTS
from songrnn.model.engine import Engine
from songrnn.notation.files.opening import opening_of
from songrnn.notation.reader import read
from songrnn.quality.beginnings import SIZE, Beginnings
from songrnn.quality.beginnings_file import write_beginnings
from songrnn.recall.gate import WEIGHTS, Gate
from songrnn.recall.stored import write_gate
from songrnn.store.songs import Variation, new_song
from tests.dashboard.conftest import BOOK

Open = Callable[..., AppTest]


@pytest.mark.parametrize(
    ("opening", "name", "value", "text"),
    [
        ("X:1\n", "T", "A  title\n", "X:1\nT:A title\n"),
        ("X:1\nT:A\n", "T", "", "X:1\n"),
        ("X:1\nR:jig\nM:6/8\nL:1/8\nK:D\n", "R", "reel", "X:1\nR:reel\nM:C|\nL:1/8\nK:D\n"),
        ("X:1\nR:reel\nM:C|\nL:1/8\nK:Ador\n", "K", "", "X:1\nR:reel\nM:C|\n"),
        ("X:1\nM:9/8\nC:Me\nQ:90\nK:G\nGAB|", "K", "", "X:1\nC:Me\nQ:90\nM:9/8\nL:1/8\nK:G\nGAB|"),
        ("X:1\nR:reel\nM:2/4\nL:1/16\nK:G\n", "M", "", "X:1\nR:reel\nM:C|\nL:1/16\nK:G\n"),
        ("DFA dAF|", "K", "D", "X:1\nM:6/8\nL:1/8\nK:D\nDFA dAF|"),
        ("X:1\nM:3/4\nDFA|", "K", "D", "X:1\nM:3/4\nL:1/8\nK:D\nDFA|"),
        ("X:1\nM:3/4\nDFA|", "T", "A", "X:1\nT:A\nM:3/4\nL:1/8\nK:C\nDFA|"),
    ],
)  # fmt: skip
def test_a_choice_changes_the_header_in_the_order_of_the_corpus(
    opening: str, name: str, value: str, text: str
) -> None:
    assert changed(opening, name, value) == text


@pytest.mark.parametrize("kind", METER_OF)
def test_a_kind_and_a_key_make_a_header_with_a_meter(kind: str) -> None:
    """Chosen in either order; without a meter a jig would be written in no bars at all."""
    for order in ((("R", kind), ("K", "Ador")), (("K", "Ador"), ("R", kind))):
        text = "X:1\n"
        for name, value in order:
            text = changed(text, name, value)
        assert read(text + "A|\n").header["M"] == METER_OF[kind]
        assert "K:Ador\n" in text
        assert f"R:{kind}\n" in text


def test_of_several_titles_the_first_is_shown(lab: Any, app: Open) -> None:
    page = app("compose")
    page.session_state[state.PRIME] = "X:1\nT:The Kite\nT:The Other\nK:D\n"
    page.run()
    assert page.text_input(key=state.BUILD_TITLE).value == "The Kite"


def test_what_is_chosen_is_in_the_opening_at_once_and_the_choices_show_the_opening(
    lab: Any, app: Open
) -> None:
    page = app("compose")
    page.selectbox(key=state.BUILD_RHYTHM).set_value("jig").run()
    page.selectbox(key=state.BUILD_TONIC).set_value("D").run()
    assert page.session_state[state.PRIME] == "X:1\nR:jig\nM:6/8\nL:1/8\nK:D\n"
    page.session_state[state.PRIME] = "X:1\nR:Reel\nM:C|\nL:1/8\nK:A Dorian\n"
    page.run()
    shown = [page.selectbox(key=key).value for key in (state.BUILD_RHYTHM, state.BUILD_TONIC)]
    assert [*shown, page.selectbox(key=state.BUILD_MODE).value] == ["reel", "A", "dorian"]


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


def test_a_song_changed_by_hand_becomes_the_song_that_is_kept_and_downloaded(
    lab: Any, kept: str, app: Open
) -> None:
    page = app("compose", song=kept)
    text = BOOK.tunes[0].text
    page.session_state[elements.EDIT.of(tune_id(text))] = True
    page.run()
    assert page.button(key=elements.USE_EDITED).disabled
    changed_by_hand = text.replace("|", "|z", 1)
    page.session_state[state.REST.of(tune_id(text))] = changed_by_hand
    page.run()
    page.button(key=elements.USE_EDITED).click().run()
    assert not page.exception
    assert state.SONG not in page.query_params
    shown = page.session_state["_fresh"]
    assert (shown.text, shown.variation.of, shown.variation.rule) == (
        changed_by_hand,
        kept,
        "edited",
    )
    assert any("changed by hand" in caption.value for caption in page.caption)
    page.button(key=elements.KEEP).click().run()
    assert not page.exception
    (again,) = [each for each in lab.runs[shown.run].songs() if each.text == changed_by_hand]
    assert again.variation == shown.variation
    assert page.query_params[state.SONG] == again.id
    lab.runs[shown.run].remove_song(again)


def test_of_a_song_that_the_run_did_not_write_so_no_figure_tells_how_it_wrote_it(
    lab: Any, app: Open
) -> None:
    name = next(name for name, run in lab.runs.items() if run.has_weights)
    page = app("compose", run=name, limit="60")
    page.button(key=elements.COMPOSE).click().run(timeout=60)
    shown = page.session_state["_fresh"]
    assert "Bits per character" in [metric.label for metric in page.metric]
    for rule in ("edited", "transposed"):
        page.session_state["_fresh"] = replace(
            shown, variation=Variation(of="0" * 12, rule=rule), share_withheld=0.5
        )
        page.run()
        assert not page.exception
        assert not {"Bits per character", "Withheld"} & {metric.label for metric in page.metric}


def test_a_song_has_a_link_of_its_own_and_who_comes_by_it_is_brought_to_the_song(
    lab: Any, kept: str, app: Open
) -> None:
    page = app("compose", song=kept)
    (link,) = [code.value for code in page.code if f"song={kept}" in code.value]
    asked = parse_qs(link.partition("?")[2])
    assert set(asked) == {"run", "song"}
    assert page.session_state[elements.IN_VIEW] is not None
    assert elements.IN_VIEW not in app("compose").session_state


def test_another_is_the_next_seed_and_the_same_settings_say_that_they_write_the_same(
    lab: Any, app: Open
) -> None:
    name = next(name for name, run in lab.runs.items() if run.has_weights)
    page = app("compose", run=name, limit="60")
    page.button(key=elements.COMPOSE).click().run(timeout=60)
    assert not page.info
    page.button(key=elements.COMPOSE).click().run(timeout=60)
    assert "same song" in page.info[0].value
    page.button(key=elements.ANOTHER).click().run(timeout=60)
    assert not page.exception
    assert page.session_state["_fresh"].seed == page.session_state[state.SEED] == 8
    page.button(key=elements.ANOTHER).click().run(timeout=60)
    assert [song.seed for song in history_of(page)] == [7, 7, 8, 9]


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
    best = recommended(recall=True, phrases=False, forms=False)
    assert best.recall > 0
    page = app("compose", run=recalling(lab))
    assert not page.exception
    assert page.session_state[state.WHOLE_BARS] is True
    assert page.session_state[state.RECALL] == best.recall
    assert page.query_params[state.RECALL] == f"{best.recall:g}"
    page.button(key=elements.PLAIN).click().run()
    assert page.session_state[state.WHOLE_BARS] is False
    assert page.session_state[state.RECALL] == 0
    assert state.RECALL not in page.query_params
    page.button(key=elements.RECOMMENDED).click().run()
    assert page.session_state[state.RECALL] == best.recall


def test_a_run_that_knows_forms_writes_in_them(lab: Any, app: Open) -> None:
    name = recalling(lab)
    run = lab.runs[name]
    tune = "X:1\nM:2/4\nL:1/8\nK:D\n" + "A2B2|c2d2|A2B2|d4|" * 2
    forms = Forms([form for form in [form_of(tune)] if form is not None])
    write_forms(run, forms.forms, 1)
    page = app("compose", run=name)
    assert page.session_state[state.FORM] is True
    assert page.session_state[state.RECALL] == 0
    page.session_state[state.PRIME] = "X:1\nM:2/4\nL:1/8\nK:D\nB2A2|"
    page.run()
    page.button(key=elements.COMPOSE).click().run(timeout=60)
    assert not page.exception
    song = page.session_state["_fresh"]
    assert song.config.form
    again = compose(
        Engine.of(run), run.vocabulary, prime=song.prime, config=song.config, seed=song.seed,
        forms=forms, gate=Gate(np.zeros(WEIGHTS)),
    )  # fmt: skip
    assert song.text == again.text
    assert "the form of a training tune" in " ".join(c.value for c in page.caption)
    page.button(key=elements.PLAIN).click().run()
    assert page.session_state[state.FORM] is False
    (run.path / "forms.json").write_text("{")
    page.run()
    assert not page.exception


def _of_run(page: AppTest) -> Any:
    return next(box for box in page.selectbox if box.label == "Run")


def test_the_best_settings_follow_the_run_and_a_persons_own_stay(lab: Any, app: Open) -> None:
    """From a run with forms and no gate to one with a gate and no forms."""
    usable = [name for name, run in lab.runs.items() if run.has_weights]
    formed, recalls = usable[0], usable[1]
    form = form_of("X:1\nM:2/4\nL:1/8\nK:D\n" + "A2B2|c2d2|A2B2|d4|" * 2)
    assert form is not None
    write_forms(lab.runs[formed], [form], 1)
    write_gate(lab.runs[recalls], Gate(np.zeros(WEIGHTS)), 3)
    page = app("compose", run=formed)
    assert page.session_state[state.FORM] is True
    _of_run(page).set_value(recalls).run()
    assert not page.exception
    best = recommended(recall=True, phrases=False, forms=False)
    assert page.session_state[state.RECALL] == best.recall
    _of_run(page).set_value(formed).run()
    assert page.session_state[state.FORM] is True
    page.slider(key=state.TEMPERATURE).set_value(1.1).run()
    _of_run(page).set_value(recalls).run()
    assert page.session_state[state.TEMPERATURE] == 1.1
    assert page.session_state[state.RECALL] == 0
    assert not page.exception


def test_the_best_settings_follow_the_run_after_a_reload(lab: Any, app: Open) -> None:
    usable = [name for name, run in lab.runs.items() if run.has_weights]
    formed, recalls = usable[0], usable[1]
    form = form_of("X:1\nM:2/4\nL:1/8\nK:D\n" + "A2B2|c2d2|A2B2|d4|" * 2)
    assert form is not None
    write_forms(lab.runs[formed], [form], 1)
    write_gate(lab.runs[recalls], Gate(np.zeros(WEIGHTS)), 3)
    before = app("compose", run=formed)
    address = {key: str(value) for key, value in before.query_params.items()}
    address = {key: value.strip("[]'") for key, value in address.items()}
    page = app("compose", **address)
    assert page.session_state[state.FORM] is True
    _of_run(page).set_value(recalls).run()
    assert (
        page.session_state[state.RECALL]
        == recommended(recall=True, phrases=False, forms=False).recall
    )
    own = app("compose", **{**address, state.TEMPERATURE: "1.1"})
    _of_run(own).set_value(recalls).run()
    assert own.session_state[state.TEMPERATURE] == 1.1
    assert own.session_state[state.RECALL] == 0


def test_how_many_songs_to_write_outlives_a_look_at_another_page(lab: Any, app: Open) -> None:
    name = recalling(lab)
    stages = len(CUTS) + 1
    beginnings = Beginnings(np.zeros((stages, SIZE)), np.zeros(stages))
    write_beginnings(lab.runs[name], beginnings, settings=RECOMMENDED, songs=1, tunes=1)
    page = app("compose", run=name)
    assert page.session_state[state.TRIES] == PHRASES
    page.switch_page("views/glossary/page.py").run()
    page.query_params.clear()
    if state.TRIES in page.session_state:  # as the browser does it
        del page.session_state[state.TRIES]
    page.switch_page("views/compose/page.py").run()
    assert page.session_state[state.TRIES] == PHRASES
    assert not page.exception


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
    best = recommended(recall=True, phrases=True, forms=False)
    assert song.config == best.model_copy(update={"limit": 120})
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
