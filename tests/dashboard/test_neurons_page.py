"""The Neurons page beyond the text: switched off, with known answers from the engine."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.state import elements
from dashboard.views.neurons.appearance import PLAIN_LOOK
from dashboard.views.neurons.player import listed
from dashboard.views.neurons.words import (
    WAYS,
    interval_words,
    neuron_link,
    unit_names,
    verdict,
    verdict_words,
)
from songrnn.config import SampleConfig
from songrnn.inspection.ablation import Effect, effect, verdicts
from songrnn.inspection.activations import activations
from songrnn.inspection.counting import count_unit, strongest_beats
from songrnn.inspection.cross_corpus import check_labels
from songrnn.inspection.dose import dose_curve
from songrnn.inspection.holding import interventions
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.indexing import build_index
from songrnn.inspection.recording import record_drawn
from songrnn.inspection.search import search
from songrnn.inspection.selection import select
from songrnn.inspection.song_ablation import compose_pair
from songrnn.inspection.units import Unit
from songrnn.model.engine import Engine
from songrnn.statistics import Interval

RUN = "lstm-8-embedding-4"
Open = Callable[..., AppTest]


@pytest.fixture
def ranked(lab: Any) -> NeuronIndex:
    """The best run with an index in which neurons 5, 2 and 1 of the hidden state have a label."""
    run = lab.runs[RUN]
    found = build_index(run, lab.book.split("validation"), lab.book.name, shifts=20)
    given = {5: 0.9, 2: 0.8, 1: 0.7}
    labels = tuple(
        replace(each, label="barline", best="barline", words="reads: on a barline",
                kind="reads", score=given[each.neuron])
        if each.quantity == "hidden" and each.neuron in given
        else replace(each, label=None, kind=None)
        for each in found.labels
    )  # fmt: skip
    found = replace(found, labels=labels)
    found.write(run.path)
    return found


def press(page: AppTest, key: str) -> AppTest:
    return page.button(key=key).click().run()


def words(page: AppTest) -> str:
    parts = [*page.markdown, *page.caption, *page.info, *page.subheader]
    return "\n".join(str(part.value) for part in parts)


def numbers(page: AppTest) -> set[str]:
    """The numbers that stand in the page's sentences."""
    return set(re.findall(r"\d[\d,]*(?:\.\d+)?", words(page)))


def assert_sound(page: AppTest) -> None:
    assert not page.exception
    assert not page.error, [error.value for error in page.error]


def interval(low: float, high: float) -> Interval:
    return Interval((low + high) / 2, low, high, 20)


FOUND = Effect(
    units=(Unit("hidden", 0, 17),),
    label="barline",
    value="resample",
    overall=interval(0.1, 0.2),
    where=interval(0.3, 0.5),
    elsewhere=interval(-0.01, 0.03),
    specific=interval(0.31, 0.47),
    place_overall=80.0,
    place_where=99.0,
    place_specific=98.0,
    random_overall=(0.0,) * 100,
    random_where=(0.0,) * 100,
    random_specific=(0.0,) * 100,
    p=0.02,
    influence=1.0,
    matched_influence=1.0,
    others={"mean": interval(0.2, 0.3), "zero": interval(0.2, 0.3)},
    tunes=20,
    placed=20,
    characters=5000,
)


def test_causal_for_a_label_is_said_beside_the_figures() -> None:
    [told] = verdicts([FOUND])
    said = verdict(FOUND, told, "on a barline")
    assert said.startswith(verdict_words("causal for", "on a barline"))
    signed = re.findall(r"[+−]\d\.\d{3}", said)
    places = ["+0.400", "+0.300", "+0.500", "+0.010", "−0.010", "+0.030"]
    assert signed == [*places, "+0.390", "+0.310", "+0.470"]
    assert {"98", "100"} <= set(re.findall(r"\d+", said))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "causal for"),
        ({"p": 0.06}, "matters, not specifically"),
        ({"specific": interval(-0.1, 0.5)}, "matters, not specifically"),
        ({"specific": None, "elsewhere": None}, "matters, not specifically"),
        (
            {
                "specific": interval(-0.1, 0.5),
                "where": interval(-0.1, 0.5),
                "overall": interval(-0.1, 0.2),
            },
            "no effect shown",
        ),
    ],
)
def test_what_is_said_follows_from_difference_and_chance(change: Any, told: str) -> None:
    other = replace(FOUND, **change)
    assert verdicts([other]) == (told,)
    assert verdict(other, verdicts([other])[0], "on a barline").startswith("**")


def test_the_more_is_tested_the_smaller_p_must_be() -> None:
    assert verdicts([FOUND, FOUND]) == ("causal for",) * 2
    others = [replace(FOUND, p=0.9)] * 3
    assert verdicts([FOUND, *others])[0] == "matters, not specifically"


def test_ways_of_switching_off_that_disagree_are_told() -> None:
    assert not FOUND.disagree
    other = replace(FOUND, others={"mean": interval(-0.2, 0.3), "zero": interval(0.2, 0.3)})
    assert other.disagree == ("mean",)
    assert WAYS["mean"] in verdict(other, "causal for", "on a barline").lower()


def test_a_link_names_the_layer_as_people_count() -> None:
    assert neuron_link("a", "cell", 1, 3) == "neurons?run=a&quantity=cell&layer=2&neuron=3"


def test_the_effect_shown_is_that_of_inspection(lab: Any, ranked: NeuronIndex, app: Open) -> None:
    page = app("neurons", run=RUN, view="cause", neuron="5", where="barline")
    assert_sound(page)
    press(page, elements.MEASURE_EFFECT)
    assert_sound(page)
    run = lab.runs[RUN]
    truth = effect(
        Engine.of(run),
        run.vocabulary,
        lab.book.split("validation"),
        [Unit("hidden", 0, 5)],
        np.random.default_rng(0),
        means=ranked.means(),
        label="barline",
        most_tunes=20,
    )
    assert truth.where is not None
    assert interval_words(truth.where) in words(page)
    assert verdict_words(verdicts([truth])[0], "on a barline") in words(page)
    (table,) = [frame.value for frame in page.dataframe if "elsewhere" in frame.value]
    assert truth.elsewhere is not None
    assert table["elsewhere"][0] == interval_words(truth.elsewhere)


def test_the_top_ones_of_a_label_are_switched_off_together(
    lab: Any, ranked: NeuronIndex, app: Open
) -> None:
    page = app("neurons", run=RUN, view="cause", which="label")
    press(page, elements.MEASURE_EFFECT)
    assert_sound(page)
    (table,) = [frame.value for frame in page.dataframe if "elsewhere" in frame.value]
    assert list(table["neurons"]) == [
        unit_names([Unit("hidden", 0, neuron) for neuron in some]) for some in ([5], [5, 2])
    ]


def test_a_song_without_the_neurons_is_the_engines(
    lab: Any, ranked: NeuronIndex, app: Open
) -> None:
    page = app("neurons", run=RUN, view="cause", neuron="2", at_value="zero")
    press(page, elements.COMPOSE_PAIR)
    assert_sound(page)
    run = lab.runs[RUN]
    pair = compose_pair(
        Engine.of(run),
        run.vocabulary,
        interventions([Unit("hidden", 0, 2)], "zero", {}),
        prime=""
        if run.vocabulary.unknown("X:1\nT:Tune\nR:reel\nM:4/4\nL:1/8\nK:D\n")
        else "X:1\nT:Tune\nR:reel\nM:4/4\nL:1/8\nK:D\n",
        config=SampleConfig(temperature=0.7, limit=1000),
        seed=1,
    )
    assert f"{pair.first_difference:,}" in numbers(page)


def test_figures_over_a_hundred_songs_have_intervals(
    lab: Any, ranked: NeuronIndex, app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.views.neurons.ablation_songs.SONGS", 3)
    page = app("neurons", run=RUN, view="cause", neuron="2")
    press(page, elements.COMPOSE_MANY)
    assert_sound(page)
    (table,) = [frame.value for frame in page.dataframe if "meaning" in frame.value]
    assert table["change"][3].startswith(("+", "−"))
    assert "3" in numbers(page)


def test_without_an_index_neurons_are_held_at_zero(lab: Any, app: Open) -> None:
    page = app("neurons", run=RUN, view="cause")
    assert_sound(page)
    press(page, elements.MEASURE_EFFECT)
    assert_sound(page)
    assert frame_with(page, "elsewhere")["neurons"][0] == unit_names([Unit("hidden", 0, 0)])
    assert page.session_state[state.CAUSE_VALUE] == "zero"


def test_a_dose_curve_is_that_of_inspection(lab: Any, ranked: NeuronIndex, app: Open) -> None:
    page = app("neurons", run=RUN, view="cause", neuron="5", where="barline")
    press(page, elements.MEASURE_DOSE)
    assert_sound(page)
    run = lab.runs[RUN]
    truth = dose_curve(
        Engine.of(run),
        run.vocabulary,
        lab.book.split("validation"),
        [Unit("hidden", 0, 5)],
        np.random.default_rng(0),
        index=ranked,
        label="barline",
        most_tunes=20,
    )
    shown = frame_with(page, "quantile")
    assert list(shown["quantile"]) == [each.quantile for each in truth]
    assert list(shown["overall"]) == [interval_words(each.overall) for each in truth]
    assert {f"{truth[0].tunes}", f"{truth[0].characters:,}"} <= numbers(page)


def test_without_an_index_there_is_no_dose_to_measure(lab: Any, app: Open) -> None:
    page = app("neurons", run=RUN, view="cause")
    assert_sound(page)
    assert not [button for button in page.button if button.key == elements.MEASURE_DOSE]


# Counting bars --------------------------------------------------------------------------------


def test_the_neurons_that_beat_once_a_bar_are_those_of_inspection(lab: Any, app: Open) -> None:
    page = app("neurons", run=RUN, view="count", neuron="3")
    assert not page.dataframe
    press(page, elements.MEASURE_BEATS)
    assert_sound(page)
    run, rng = lab.runs[RUN], np.random.default_rng(0)
    activity = record_drawn(Engine.of(run), run.vocabulary, lab.book.split("validation"), 50, rng)
    truth = strongest_beats(activity, 10, np.random.default_rng(0))
    shown = frame_with(page, "beat")
    assert list(shown["beat"]) == pytest.approx([beat.estimate for _, beat in truth])
    assert list(shown["low"]) == pytest.approx([beat.low for _, beat in truth])
    assert [int(name.split(",")[0]) for name in shown["neuron"]] == [u.neuron for u, _ in truth]
    count = count_unit(activity, Unit("hidden", 0, 3), np.random.default_rng(0))
    assert {f"{count.beat.estimate:.1f}", f"{count.beat.n}", "2"} <= numbers(page)


# One neuron, all neurons ----------------------------------------------------------------------


def frame_with(page: AppTest, column: str) -> Any:
    (found,) = [frame.value for frame in page.dataframe if column in frame.value]
    return found


def test_a_card_shows_the_neurons_that_correlate_most(
    lab: Any, ranked: NeuronIndex, app: Open
) -> None:
    page = app("neurons", run=RUN, view="card", neuron="5")
    assert_sound(page)
    run = lab.runs[RUN]
    engine = Engine.of(run)
    maps = [
        activations(engine, run.vocabulary, tune.text).quantities
        for tune in lab.book.split("validation")
    ]
    hidden = np.concatenate([found["hidden"][0] for found in maps])
    cell = np.tanh(np.concatenate([found["cell"][0] for found in maps]))
    r = np.corrcoef(np.concatenate([hidden, cell], axis=1).T)[5]
    r[[5, 13]] = 0
    most = int(np.abs(r).argmax())
    similar = frame_with(page, "r")
    assert similar["r"][0] == pytest.approx(r[most], abs=1e-4)
    quantity = "hidden" if most < 8 else "cell"
    assert similar["open"][0] == neuron_link(RUN, quantity, 0, most % 8, view="card")
    assert re.findall(r"\d+", similar["neuron"][0]) == [f"{most % 8}", "1"]
    assert "reads: on a barline" in words(page)


def test_the_atlas_lists_every_neuron_and_the_twins_labels(
    lab: Any, ranked: NeuronIndex, app: Open
) -> None:
    page = app("neurons", run=RUN, view="atlas")
    assert_sound(page)
    listed = frame_with(page, "best")
    assert sorted(listed["neuron"]) == list(range(8))
    assert {f"{ranked.untrained_labels}", f"{ranked.untrained_neurons}"} <= numbers(page)


@pytest.mark.parametrize("view", ["card", "atlas", "cause"])
def test_without_labels_a_view_says_how_to_get_them(lab: Any, app: Open, view: str) -> None:
    page = app("neurons", run="gru-6x2-embedding-4", view=view, layer="2")
    assert_sound(page)
    if view != "cause":
        assert "rank" in words(page)


def test_an_example_opens_its_tune_at_its_place(lab: Any, ranked: NeuronIndex, app: Open) -> None:
    tune = lab.book.split("validation")[1]
    page = app("neurons", run=RUN, tune=tune.id, at="30", neuron="5")
    assert_sound(page)
    links = frame_with(page, "open")["open"]
    example = ranked.examples(ranked.find_row("hidden", 0, 5) or 0)["largest"][0]
    assert f"tune={example.tune}&at={example.character}" in links[0]


# Select and find ------------------------------------------------------------------------------


def test_marked_characters_find_their_neurons_and_more_places(
    lab: Any, ranked: NeuronIndex, app: Open
) -> None:
    run, tune = lab.runs[RUN], lab.book.split("validation")[0]
    span = (tune.text.index("|"), tune.text.index("|") + 5)
    page = app(
        "neurons", run=RUN, view="find", tune=tune.id, marked_from=str(span[0]),
        marked_to=str(span[1]),
    )  # fmt: skip
    assert_sound(page)
    seen = activations(Engine.of(run), run.vocabulary, tune.text)
    truth = select(seen, [span], index=ranked)
    shown = frame_with(page, "difference")
    assert list(shown["difference"]) == pytest.approx([each.difference for each in truth.matches])
    assert "5" in numbers(page)
    press(page, elements.SEARCH)
    assert_sound(page)
    best = truth.matches[0]
    level = round(best.on, 2)
    found = search(
        Engine.of(run), run.vocabulary, lab.book.split("validation"), best.quantity, best.layer,
        best.neuron, level, above=best.difference > 0,
    )  # fmt: skip
    assert found.places
    links = frame_with(page, "where")["open"]
    assert len(links) == len(found.places)
    assert f"tune={found.places[0].tune}&at={found.places[0].character}" in links[0]
    assert {f"{found.tunes}", f"{found.read}", f"{found.characters:,}"} <= numbers(page)
    assert len(page.selectbox(key=elements.CHOICE.of(elements.FOUND_PLAYER)).options) == len(links)


def test_with_nothing_marked_the_page_says_so(lab: Any, app: Open) -> None:
    page = app("neurons", run=RUN, view="find")
    assert_sound(page)
    assert page.info
    assert not page.dataframe


def test_marks_beyond_the_text_are_told(lab: Any, app: Open) -> None:
    page = app("neurons", run=RUN, view="find", marked_from="3", marked_to="99999")
    assert_sound(page)
    assert "99,999" in words(page)
    assert not page.dataframe


def test_characters_can_be_marked_by_number(lab: Any, app: Open) -> None:
    page = app("neurons", run=RUN, view="find")
    page.number_input[0].set_value(10).run()
    page.number_input[1].set_value(14).run()
    assert_sound(page)
    assert page.query_params["marked_from"] == "10"
    assert "4" in numbers(page)
    assert len(frame_with(page, "difference"))


# On another corpus ----------------------------------------------------------------------------


def test_a_label_stands_beside_its_score_on_another_corpus(
    lab: Any, ranked: NeuronIndex, app: Open
) -> None:
    run = lab.runs[RUN]
    found = check_labels(Engine.of(run), run.vocabulary, ranked, lab.book.tunes, "elsewhere", "all")
    labels = tuple(
        replace(each, score_there=0.31 if each.neuron == 5 else 0.1) for each in found.labels
    )
    replace(found, labels=labels).write(run.path)
    page = app("neurons", run=RUN, view="card", neuron="5")
    assert_sound(page)
    (metric,) = [each for each in page.metric if "elsewhere" in each.label]
    assert metric.value == "0.31"
    assert {f"{len(labels)}", "1"} <= set(re.findall(r"\d+", metric.help))
    replace(ranked, memory=None).write(run.path)
    featured = featured_on(app("overview"))
    earned = [each.neuron for each in labels if each.quantity == "hidden" and each.holds]
    assert earned == [5]
    assert len(featured) == 1
    assert f"{state.NEURON}=5" in featured[0]
    assert ranked.memory is not None
    verdicts = tuple(
        replace(each, kind="remembers", label="compound")
        if each.neuron == 4
        else replace(each, kind="echo", label=None)
        for each in ranked.memory.verdicts
    )
    replace(ranked, memory=replace(ranked.memory, verdicts=verdicts)).write(run.path)
    (link,) = featured_on(app("overview"))
    assert f"{state.NEURON}=4" in link
    replace(found, labels=labels, weights="of other weights").write(run.path)
    page = app("neurons", run=RUN, view="card", neuron="5")
    assert not [each for each in page.metric if "elsewhere" in each.label]


def featured_on(overview: AppTest) -> list[str]:
    """Where the neurons that the overview shows lead to."""
    assert_sound(overview)
    links = [link.proto.query_string for link in overview.get("page_link")]
    return [link for link in links if f"{state.VIEW}=card" in link]


@pytest.mark.parametrize("view", ["card", "text"])
def test_what_is_known_of_a_neuron_comes_drawn(
    lab: Any, ranked: NeuronIndex, app: Open, view: str
) -> None:
    """So that the browser neither loads plotly nor lays out hundreds of letters by it."""
    page = app("neurons", folds=False, run=RUN, view=view)
    assert_sound(page)
    assert not page.get("plotly_chart")
    drawn = [each.proto.body for each in page.get("html") if 'class="still"' in each.proto.body]
    heard = [
        each.proto.body for each in page.get("html") if 'class="heard-only"' in each.proto.body
    ]
    assert len(drawn) == len(heard) == (3 if view == "card" else 1)


def test_neurons_are_listed_for_a_property_best_first(
    lab: Any, ranked: NeuronIndex, app: Open
) -> None:
    look = replace(PLAIN_LOOK, order="property", property="barline")
    scores = ranked.scores_of("barline")[:8]
    assert ranked.memory is not None
    (other,) = [each for each in ranked.memory.verdicts if each.neuron == 5]
    echo = replace(other, kind="echo", label=None, echo=2)
    stricter = replace(ranked, memory=replace(ranked.memory, verdicts=(echo,)))
    for index, words in (
        (replace(ranked, memory=None), "reads: on a barline"),
        (stricter, "last 2 characters"),
    ):
        order, labels = listed(index, index.of_layer("hidden", 0), look)
        assert order == np.argsort(-scores, kind="stable").tolist()
        assert f"{max(scores[5], 0):.2f}" in labels[5]
        assert words in labels[5]
    page = app("neurons", run=RUN, listed="property", property="note")
    assert_sound(page)
    assert page.selectbox(key=state.FOR_PROPERTY).value == "note"


def test_buttons_turn_to_the_neuron_in_another_view(
    lab: Any, ranked: NeuronIndex, app: Open
) -> None:
    tune = lab.book.split("validation")[0]
    page = app("neurons", run=RUN, neuron="5", tune=tune.id)
    press(page, elements.TURN_TO.of("card"))
    assert_sound(page)
    assert page.session_state[state.VIEW] == "card"
    assert page.selectbox(key=state.NEURON).value == "5"
    page.selectbox(key=state.NEURON).set_value("2").run()
    press(page, elements.TURN_TO.of("cause"))
    assert page.selectbox(key=state.NEURON).value == "2"
    page = app("neurons", run=RUN, view="find", tune=tune.id, marked_from="3", marked_to="9")
    seen = activations(Engine.of(lab.runs[RUN]), lab.runs[RUN].vocabulary, tune.text)
    best = select(seen, [(3, 9)], index=ranked).matches[0]
    press(page, elements.TURN_TO.of("text"))
    assert_sound(page)
    assert page.session_state[state.VIEW] == "text"
    assert page.query_params["neuron"] == str(best.neuron)
    assert page.selectbox(key="quantity@neurons").value == best.quantity
