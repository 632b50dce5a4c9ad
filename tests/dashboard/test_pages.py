"""The pages, run without a browser: what they show is what the files and the engine say."""

import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.state import songs
from dashboard.state.songs import Song
from dashboard.wording import plain
from songrnn.cells import QUANTITIES
from songrnn.config import SampleConfig
from songrnn.generation.composer import compose
from songrnn.generation.export import Provenance
from songrnn.inspection.activations import activations
from songrnn.model.engine import Engine
from songrnn.notation.files.tune_file import TuneFile
from songrnn.store.runs import DamagedRun, list_runs

PAGES = ("overview", "runs", "compose", "temperature", "listen", "neurons", "corpus", "segments")
BEST = "lstm-8-embedding-4"
GRU = "gru-6x2-embedding-4"

Open = Callable[..., AppTest]


def words(page: AppTest) -> str:
    """All text of a page."""
    parts = [*page.markdown, *page.caption, *page.info, *page.warning, *page.error]
    parts += [*page.subheader, *page.title, *page.code]
    return "\n".join(str(part.value) for part in parts)


def assert_sound(page: AppTest) -> None:
    assert not page.exception
    assert not page.error, [error.value for error in page.error]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_shows_without_an_error(lab: Any, kept: str, app: Open, name: str) -> None:
    assert_sound(app(name, corpus="tiny"))


@pytest.mark.parametrize("name", ["overview", "runs", "compose", "temperature", "neurons"])
def test_without_any_run_a_page_says_what_to_do(app: Open, name: str) -> None:
    page = app(name)
    assert_sound(page)
    assert "songrnn train" in words(page)


# Runs ---------------------------------------------------------------------------------------


def table(page: AppTest, column: str) -> Any:
    """The one table of the page that has this column."""
    (found,) = [frame.value for frame in page.dataframe if column in frame.value]
    return found


def test_the_table_holds_the_best_losses_of_the_histories(lab: Any, app: Open) -> None:
    rows = table(app("runs"), "compose").set_index("name")
    for name, run in lab.runs.items():
        history = run.history()
        best = history.loc[history["split"] == "validation", "bits_per_character"].min()
        assert rows.loc[name, "best_validation_bits_per_character"] == pytest.approx(best)
    assert list(rows.index) == [BEST, GRU, "rnn-6-embedding-4"]


def test_a_damaged_run_is_named_with_its_reason_and_hides_nothing(lab: Any, app: Open) -> None:
    page = app("runs")
    (warning,) = page.warning
    assert "gru-5" in warning.value
    (damaged,) = [run for run in list_runs() if isinstance(run, DamagedRun)]
    assert plain(damaged.reason) in warning.value
    assert len(table(page, "compose")) == 3


def test_the_sentence_names_the_best_run_and_its_lead(lab: Any, app: Open) -> None:
    text = words(app("runs"))
    sentence = next(line for line in text.split("\n") if f"**{BEST}**" in line)
    for said in (f"**{1.5 / math.log(2):.3f}**", f"{0.25 / math.log(2):.3f}", GRU):
        assert said in sentence


def test_a_link_shows_its_runs_alone(lab: Any, app: Open) -> None:
    page = app("runs", runs=GRU)
    assert list(table(page, "compose")["name"]) == [GRU]


def test_a_run_without_weights_has_no_links_to_pages_that_need_them(lab: Any, app: Open) -> None:
    rows = table(app("runs"), "compose").set_index("name")
    assert rows.loc[BEST, "compose"] == f"compose?run={BEST}"
    assert pd.isna(rows.loc["rnn-6-embedding-4", "compose"])


def test_choosing_no_run_is_no_error(lab: Any, app: Open) -> None:
    page = app("runs")
    page.multiselect(key=state.RUNS).set_value([]).run()
    assert_sound(page)
    assert not page.dataframe


# Compose ------------------------------------------------------------------------------------


def press(page: AppTest, key: str) -> AppTest:
    return page.button(key=key).click().run()


def test_the_song_shown_is_the_one_the_engine_writes_with_this_seed(lab: Any, app: Open) -> None:
    page = press(app("compose", run=BEST, temperature="0.5", seed="11", limit="90"), "compose")
    assert_sound(page)
    run = lab.runs[BEST]
    config = SampleConfig(temperature=0.5, limit=90)
    expected = compose(Engine.of(run), run.vocabulary, prime="X:1\n", config=config, seed=11)
    song = page.session_state[songs._FRESH]
    assert song.text == expected.text
    assert song.stopped_by == expected.stopped_by
    assert page.metric[0].value == f"{len(expected.text):,}"


def test_a_new_seed_is_drawn_when_wanted_and_shown(lab: Any, app: Open) -> None:
    page = app("compose", run=BEST, seed="11", limit="20")
    page.toggle(key=state.NEW_SEED).set_value(True).run()
    press(page, "compose")
    seed = page.number_input(key=state.SEED).value
    assert seed != 11
    assert page.session_state[songs._FRESH].seed == seed


def test_an_unknown_character_is_named_with_its_place_and_nothing_is_written(
    lab: Any, app: Open
) -> None:
    page = app("compose", run=BEST)
    page.session_state[state.PRIME] = "X:1\nK:é\n"
    page.run()
    assert "é" in page.error[0].value
    assert re.findall(r"\d+", page.error[0].value) == ["2", "3"]
    press(page, "compose")
    assert len(page.warning) == 1
    assert songs._FRESH not in page.session_state
    # The click that follows a correction counts, though the page was refused a moment ago.
    page.session_state[state.PRIME] = "X:1\n"
    press(page, "compose")
    assert page.session_state[songs._FRESH].prime == "X:1\n"


def test_the_form_can_be_filled_with_the_settings_of_a_song(lab: Any, kept: str, app: Open) -> None:
    page = app("compose", run=BEST, song=kept, temperature="1.5")
    press(page, "use-settings")
    assert page.slider(key=state.TEMPERATURE).value == 0.5
    assert page.number_input(key=state.SEED).value == 3
    assert all(button.key != "use-settings" for button in page.button)


def test_an_opening_longer_than_the_limit_is_refused_with_both_figures(lab: Any, app: Open) -> None:
    page = app("compose", run=BEST, limit="3")
    assert re.findall(r"\d+", page.error[0].value) == ["4", "3"]


def test_a_kept_song_joins_the_shelf_and_the_run(lab: Any, app: Open) -> None:
    page = press(app("compose", run=BEST, temperature="0.5", seed="5", limit="60"), "compose")
    written = page.session_state[songs._FRESH]
    press(page, "keep")
    assert_sound(page)
    (song,) = lab.runs[BEST].songs()
    assert song.text == written.text
    assert (song.seed, song.config.temperature, song.prime) == (5, 0.5, "X:1\n")
    assert song.log_probability == pytest.approx(sum(written.log_probabilities))
    assert page.query_params["song"] == song.id


def test_a_songs_link_shows_it(lab: Any, kept: str, app: Open) -> None:
    page = app("compose", run=BEST, song=kept)
    (song,) = lab.runs[BEST].songs()
    for line in Provenance(BEST, song.config, song.seed, song.stopped_by).lines():
        assert line in words(page)
    assert page.subheader[0].value == "Lark"


def test_stopping_keeps_what_was_written(lab: Any, app: Open) -> None:
    page = app("compose", run=BEST)
    page.session_state[songs._WRITING] = Song(
        "X:1\nT:Half", BEST, "X:1\n", SampleConfig(), 7, stopped_by="person"
    )
    page.run()
    assert_sound(page)
    assert page.session_state[songs._FRESH].text == "X:1\nT:Half"
    assert page.session_state[songs._FRESH].stopped_by == "person"


def test_a_run_that_cannot_be_used_is_replaced_with_a_word(lab: Any, app: Open) -> None:
    page = app("compose", run="rnn-6-embedding-4")
    assert "rnn-6-embedding-4" in page.warning[0].value
    assert page.selectbox(key="run@compose").value == BEST


def test_damaged_weights_are_said_in_a_sentence(lab: Any, app: Open) -> None:
    path = lab.runs[BEST].path / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-40])
    page = app("compose", run=GRU)
    assert_sound(page)
    assert BEST not in page.selectbox(key="run@compose").options


# Neurons ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("run", "layer", "quantity"), [(BEST, 1, "cell"), (GRU, 2, "update_gate"), (GRU, 1, "hidden")]
)
def test_a_neurons_value_at_character_37_is_the_engines(
    lab: Any, app: Open, run: str, layer: int, quantity: str
) -> None:
    tune = lab.book.split("validation")[0]
    page = app("neurons", run=run, layer=str(layer), quantity=quantity, neuron="4", tune=tune.id)
    assert_sound(page)
    shown = table(page, "surprisal")
    opened = lab.runs[run]
    truth = activations(Engine.of(opened), opened.vocabulary, tune.text)
    values = truth.quantities[quantity][layer - 1, :, 4]
    if quantity == "cell":
        values = np.tanh(values)
    assert shown["value"].to_numpy() == pytest.approx(values.astype(float))
    assert shown["character"][37] == tune.text[37].replace("\n", "↵").replace(" ", "␣")
    assert np.allclose(shown["surprisal"], truth.surprisal[:-1])


def test_an_lstm_offers_its_gates_and_a_gru_its_own(lab: Any, app: Open) -> None:
    page = app("neurons", run=BEST)
    assert QUANTITIES["forget_gate"].title in page.selectbox(key="quantity@neurons").options
    page = app("neurons", run=GRU)
    assert QUANTITIES["reset_gate"].title in page.selectbox(key="quantity@neurons").options
    assert QUANTITIES["cell"].title not in page.selectbox(key="quantity@neurons").options


def test_pasted_text_with_an_unknown_character_is_refused_in_words(lab: Any, app: Open) -> None:
    page = app("neurons", run=BEST, text="pasted")
    page.session_state[state.PASTED] = "X:1\nT:naïve\n"
    page.run()
    assert "ï" in page.error[0].value
    assert re.findall(r"\d+", page.error[0].value) == ["2", "5"]


def test_a_tune_pasted_with_its_mail_is_read_without_it(lab: Any, app: Open) -> None:
    page = app("neurons", run=BEST, text="pasted")
    mail = "Dear all,\n\nX:1\nT:Tune\nL:1/8\nK:D\nDEFG|ABcd|\n-- \nAbe\n"
    page.session_state[state.PASTED] = mail
    page.run()
    assert not page.exception
    notices = TuneFile.from_text(mail).notices
    assert notices
    said = words(page)
    assert all(notice in said for notice in notices)


def test_a_kept_song_can_be_read(lab: Any, kept: str, app: Open) -> None:
    page = app("neurons", run=BEST, text="kept", song=kept)
    assert_sound(page)
    assert len(table(page, "surprisal")) == len(lab.book.tunes[0].text)


def test_without_a_fresh_song_the_page_says_where_to_get_one(lab: Any, app: Open) -> None:
    page = app("neurons", run=BEST, text="fresh")
    assert_sound(page)
    assert len(page.info) == 1
    assert not page.dataframe


def test_the_run_chosen_on_one_page_is_chosen_on_the_next(lab: Any, app: Open) -> None:
    page = app("compose")
    page.selectbox(key="run@compose").set_value(GRU).run()
    page.switch_page("views/neurons/page.py").run()
    assert page.selectbox(key="run@neurons").value == GRU
    page.selectbox(key="run@neurons").set_value(BEST).run()
    page.switch_page("views/compose/page.py").run()
    assert page.selectbox(key="run@compose").value == BEST


# Corpus -------------------------------------------------------------------------------------


def test_the_counts_are_those_of_the_tunes(lab: Any, app: Open) -> None:
    page = app("corpus", corpus="tiny")
    texts = [tune.text for tune in lab.book.tunes]
    assert [metric.value for metric in page.metric][:3] == [
        "6",
        f"{sum(map(len, texts)):,}",
        str(len(set("".join(texts)))),
    ]
    splits = table(page, "families").set_index("split")
    assert splits["tunes"].to_dict() == {"train": 3, "validation": 2, "test": 1}


def test_every_character_is_counted_and_spaces_are_visible(lab: Any, app: Open) -> None:
    letters = table(app("corpus", corpus="tiny"), "shown").set_index("shown")
    whole = "".join(tune.text for tune in lab.book.tunes)
    assert letters.loc["␣", "count"] == whole.count(" ")
    assert letters.loc["↵", "count"] == whole.count("\n")
    assert letters["count"].sum() == len(whole)


def test_a_search_finds_tunes_by_words_of_title_rhythm_and_melody(lab: Any, app: Open) -> None:
    page = app("corpus", corpus="tiny")
    page.text_input(key=state.SEARCH).set_value("jig gbd").run()
    assert list(page.selectbox(key="tune@corpus").options) == ["Swift (jig, 6/8, G)"]
    page.text_input(key=state.SEARCH).set_value("no such bird").run()
    assert_sound(page)
    assert page.info
    assert all(box.key != "tune@corpus" for box in page.selectbox)


def test_refused_tunes_are_listed_with_the_reason(lab: Any, app: Open) -> None:
    rows = table(app("corpus", corpus="tiny"), "reason")
    assert rows.to_dict("records") == [
        {"source": "birds", "number": "7", "title": "Dodo", "reason": "it has no notes"}
    ]


def test_a_tunes_link_shows_it_and_it_travels_to_the_neurons(lab: Any, app: Open) -> None:
    tune = lab.book.split("test")[0]
    page = app("corpus", corpus="tiny", tune=tune.id)
    assert page.selectbox(key="tune@corpus").value == tune.id
    page.switch_page("views/neurons/page.py").run()
    assert page.selectbox(key="tune@neurons").value == tune.id


# The frame ----------------------------------------------------------------------------------


def test_an_unforeseen_error_is_a_sentence_not_a_traceback(
    lab: Any, app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("secret details")

    monkeypatch.setattr("dashboard.loaders.runs.rows", fail)
    page = app("runs")
    assert not page.exception
    (sentence,) = [error.value for error in page.error]
    assert "secret details" not in sentence + words(page)


def test_the_first_page_imports_no_heavy_library(lab: SimpleNamespace) -> None:
    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "page = AppTest.from_file('Home.py', default_timeout=60).run()\n"
        "assert not page.exception and not page.error, page.error\n"
        "print([name for name in ('torch', 'music21', 'verovio', 'scipy', 'sklearn') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=lab.root / "dashboard",  # Streamlit looks for its settings here
        env={**os.environ, "PYTHONPATH": str(lab.root)},
        check=True,
    )
    assert result.stdout.strip().endswith("[]")
