"""Switching neurons off in a network built by hand: the planted ones matter, and where they should.

The network has a bracket neuron, which is on between "[" and "]" and alone knows that "]" may
come; a header neuron, which is on until the key and alone knows that a line may end; and others
that wander with the letters and are hardly listened to.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from songrnn.config import ModelConfig, SampleConfig
from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import START, Vocabulary
from songrnn.errors import ConfigError
from songrnn.inspection.ablated_bits import read_bits
from songrnn.inspection.ablation import Effect, effect, verdicts
from songrnn.inspection.activations import activations
from songrnn.inspection.holding import interventions, units_labelled
from songrnn.inspection.labelling import LEAST
from songrnn.inspection.properties import PROPERTIES
from songrnn.inspection.random_sets import influence_of, matched_sets
from songrnn.inspection.recording import annotate_texts, record_activity
from songrnn.inspection.resampling import record_donors
from songrnn.inspection.scoring import scores
from songrnn.inspection.song_ablation import compose_pair, first_difference, song_effect
from songrnn.inspection.units import Unit
from songrnn.model.engine import Engine
from songrnn.model.intervention import Intervention
from songrnn.model.shapes import parameter_shapes

BRACKET, HEADER = 3, 8
H = 24


def text(seed: int) -> str:
    rng = np.random.default_rng(seed)
    bars = []
    for _ in range(12):
        bar = "".join(rng.choice(list("DEFGABcde"), 4))
        if rng.random() < 0.6:
            bar = bar[:2] + "[" + "".join(rng.choice(list("DEFGABcde"), 3)) + "]" + bar[3:]
        bars.append(bar)
    return f"X:1\nT:{'Tune' * int(rng.integers(1, 4))}\nM:2/4\nL:1/8\nK:D\n{'|'.join(bars)}|\n"


def tune(seed: int) -> Tune:
    words = text(seed)
    return Tune(f"{seed:012x}", "1", "", "", "2/4", "1/8", "D", words, "hand", "", "validation")


TUNES = [tune(seed) for seed in range(40)]
VOCABULARY = Vocabulary.of([each.text for each in TUNES])
V = VOCABULARY.size


def built() -> Engine:
    config = ModelConfig(cell="rnn", layers=1, hidden_size=H, embedding_size=V)
    weights = {n: np.zeros(s, np.float32) for n, s in parameter_shapes(config, V).items()}
    rng = np.random.default_rng(0)
    opened, closed, key, ended = VOCABULARY.encode("[]K\n")
    weights["embedding.weight"] = np.eye(V, dtype=np.float32)
    given = weights["recurrent.weight_ih_l0"]  # (H, V)
    recurrent = weights["recurrent.weight_hh_l0"]
    readout = weights["readout.weight"]  # (V, H)
    given[:] = rng.normal(size=(H, V))
    recurrent[:] = 0.3 * np.diag(rng.random(H))
    readout[:] = 0.02 * rng.normal(size=(V, H))
    for unit, on, off, known in [(BRACKET, opened, closed, closed), (HEADER, START, key, ended)]:
        # It stays at ±1 until one of its two symbols is read.
        given[unit] = 0
        given[unit, on], given[unit, off] = 6, -6
        recurrent[unit, unit] = 3
        readout[:, unit] = 0
        readout[known, unit] = 3
    given[BRACKET, START] = -6
    return Engine(config, V, weights)


ENGINE = built()
ALL = [Unit("hidden", 0, n) for n in range(H)]
SEEN = record_activity(ENGINE, annotate_texts(VOCABULARY, TUNES))
MEANS = {Unit("hidden", 0, n): float(SEEN.values[:, n].mean()) for n in range(H)}


def ablated(unit: int, label: str | None = None, **more: object) -> Effect:
    rng = np.random.default_rng(1)
    options = {"means": MEANS, "label": label, "random_sets": 40, "most_tunes": 20, **more}
    return effect(ENGINE, VOCABULARY, TUNES, [Unit("hidden", 0, unit)], rng, **options)  # type: ignore[arg-type]


def test_the_planted_bracket_neuron_is_found_and_named(labelled: Any) -> None:
    found = {label.neuron: label for label in labelled(SEEN, np.random.default_rng(1), 30)}
    assert found[BRACKET].label == "chord"
    assert found[BRACKET].kind == "remembers"


def test_the_planted_header_neuron_follows_the_header_most_of_all(both_sums: Any) -> None:
    found = scores(*both_sums(SEEN))["reads"][:, HEADER]
    assert PROPERTIES[int(found.argmax())].name == "header"
    assert found.max() > LEAST


def test_bits_without_intervention_are_the_surprise_of_each_character() -> None:
    texts = [VOCABULARY.encode(each.text) for each in TUNES[:5]]
    [found] = read_bits(ENGINE, texts, [()])
    for each, bits in zip(TUNES, found, strict=False):
        wanted = activations(ENGINE, VOCABULARY, each.text).surprisal
        np.testing.assert_allclose(bits, wanted, atol=1e-4)


def test_bits_under_several_sets_are_those_of_each_alone() -> None:
    texts = [VOCABULARY.encode(each.text) for each in TUNES[:7]]
    sets = [interventions([unit], "zero", MEANS) for unit in ALL[:5]]
    together = read_bits(ENGINE, texts, sets)
    for held, bits in zip(sets, together, strict=True):
        engine = ENGINE.holding(held)
        for each, found in zip(TUNES, bits, strict=False):
            wanted = activations(engine, VOCABULARY, each.text).surprisal
            np.testing.assert_allclose(found, wanted, atol=1e-4)


@pytest.mark.parametrize("place", ["recurrence", "readout"])
@pytest.mark.parametrize(("unit", "label"), [(BRACKET, "chord"), (HEADER, "header")])
def test_a_planted_neuron_is_causal_where_its_label_holds(
    unit: int, label: str, place: str
) -> None:
    found = ablated(unit, label, place=place)
    assert verdicts([found]) == ("causal for",)
    assert found.specific is not None
    assert found.specific.low > 0
    assert found.place_specific == 100
    assert (unit == HEADER) == bool(found.disagree)
    assert found.where is not None
    assert found.elsewhere is not None
    assert found.where.low > 0
    assert found.place_where == 100
    assert found.where.estimate > 2 * found.elsewhere.estimate


def test_neither_planted_neuron_is_needed_where_the_others_label_holds() -> None:
    own, others = ablated(BRACKET, "chord").where, ablated(BRACKET, "header").where
    assert own is not None
    assert others is not None
    assert others.estimate < own.estimate / 5
    assert verdicts([ablated(HEADER, "chord")]) != ("causal for",)


def test_a_neuron_hardly_listened_to_is_not_called_causal() -> None:
    assert verdicts([ablated(15), ablated(15, "chord")])[1] != "causal for"
    assert "causal for" not in verdicts([ablated(BRACKET)])  # without a label for nothing


def test_parts_of_the_tunes_add_up_to_the_whole() -> None:
    found = ablated(BRACKET, "chord")
    assert found.where is not None
    assert found.elsewhere is not None
    low, high = sorted([found.where.estimate, found.elsewhere.estimate])
    assert low < found.overall.estimate < high
    assert found.overall.low <= found.overall.estimate <= found.overall.high
    assert len(found.random_overall) == len(found.random_where) == 40
    assert found.specific is not None
    assert found.specific.estimate == pytest.approx(found.where.estimate - found.elsewhere.estimate)
    assert found.tunes == found.placed == 20
    assert 20 * 60 < found.characters < sum(len(each.text) + 1 for each in TUNES)


def test_clamping_at_the_value_it_has_anyway_costs_nothing() -> None:
    config = SampleConfig(limit=80)
    dead = Intervention("hidden", 0, (), ())
    pair = compose_pair(ENGINE, VOCABULARY, [dead], config=config, seed=4)
    assert pair.first_difference is None
    assert pair.whole.text == pair.altered.text


def test_two_songs_with_the_same_seed_part_where_the_neuron_first_tips_a_draw() -> None:
    held = interventions([Unit("hidden", 0, HEADER)], -1.0, MEANS)
    pair = compose_pair(ENGINE, VOCABULARY, held, config=SampleConfig(limit=80), seed=4)
    at = pair.first_difference
    assert at is not None
    assert pair.whole.text[:at] == pair.altered.text[:at]
    assert pair.whole.text[at : at + 1] != pair.altered.text[at : at + 1]
    assert pair.whole.text.count("\n") > pair.altered.text.count("\n")


def test_texts_part_at_the_first_difference_or_where_the_shorter_ends() -> None:
    assert first_difference("DFA|", "DFd|") == 2
    assert first_difference("DFA", "DF") == 2
    assert first_difference("", "") is None


def test_songs_have_their_change_with_an_interval_over_pairs() -> None:
    held = interventions([Unit("hidden", 0, HEADER)], "zero", MEANS)
    found = song_effect(
        ENGINE,
        VOCABULARY,
        held,
        np.random.default_rng(0),
        prime=TUNES[0].text[:60],
        config=SampleConfig(limit=120),
        songs=12,
    )
    assert found.songs == 12
    assert 0 < found.share_changed <= 1
    assert found.in_key is not None
    assert found.in_key.low <= found.in_key.estimate <= found.in_key.high
    same = song_effect(
        ENGINE, VOCABULARY, [], np.random.default_rng(0), config=SampleConfig(limit=60), songs=4
    )
    assert same.share_changed == 0


def test_matched_sets_are_different_ones_of_the_same_layers_with_as_much_influence() -> None:
    rng = np.random.default_rng(0)
    every = [Unit(q, 0, n) for q in ("hidden", "cell") for n in range(60)]  # type: ignore[arg-type]
    influence = dict(zip(every, rng.gamma(2, size=len(every)).tolist(), strict=True))
    for chosen in (every[:1], every[:4], [every[2], every[70]]):
        sets = matched_sets(chosen, influence, 50, rng)
        assert len({frozenset(each) for each in sets}) == 50
        kinds = {unit.quantity for unit in chosen}
        for each in sets:
            assert not set(each) & set(chosen)
            assert {unit.quantity for unit in each} <= kinds
        mine = influence_of(chosen, influence)
        of_sets = [influence_of(each, influence) for each in sets]
        assert max(abs(each - mine) for each in of_sets) <= 0.1001 * mine


def test_without_another_unit_there_is_no_matched_set() -> None:
    [alone] = ALL[:1]
    assert matched_sets([alone], {alone: 1.0}, 5, np.random.default_rng(0)) == []


def test_resampling_draws_the_same_for_all_sets_and_changes_what_is_held_alone() -> None:
    texts = [VOCABULARY.encode(each.text) for each in TUNES[:6]]
    donors = record_donors(ENGINE, [VOCABULARY.encode(each.text) for each in TUNES[6:12]], 3)
    held = interventions([Unit("hidden", 0, BRACKET)], "resample", MEANS)
    plain, one, two = read_bits(ENGINE, texts, [(), held, held], donors=donors)
    [again] = read_bits(ENGINE, texts[:3], [held], donors=donors)
    unheld = read_bits(ENGINE, texts, [()])[0]
    for a, b, c, d in zip(plain, unheld, one, two, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)
        np.testing.assert_allclose(c, d, atol=1e-4)
    for a, b in zip(one, again, strict=False):
        np.testing.assert_allclose(a, b, atol=1e-4)
    assert np.concatenate(one).mean() > np.concatenate(plain).mean() + 0.01


def test_donors_know_the_means_of_what_they_recorded() -> None:
    donors = record_donors(ENGINE, [VOCABULARY.encode(each.text) for each in TUNES], 0)
    for unit, mean in MEANS.items():
        assert donors.means()[unit] == pytest.approx(mean, abs=1e-4)


def test_a_cell_is_held_where_its_tanh_is_the_value() -> None:
    [held] = interventions([Unit("cell", 1, 4)], 0.5, {})
    assert math.tanh(held.values[0]) == pytest.approx(0.5)
    [full] = interventions([Unit("cell", 1, 4)], 1.0, {})
    assert math.isfinite(full.values[0])


@dataclass(frozen=True)
class Found:
    quantity: str
    layer: int
    neuron: int
    label: str | None
    score: float


def test_units_of_a_label_come_best_first() -> None:
    labels = [
        Found("hidden", 0, 1, "header", 0.4),
        Found("hidden", 1, 2, "header", 0.7),
        Found("cell", 0, 1, "header", 0.9),
        Found("hidden", 0, 3, None, 0.8),
        Found("hidden", 0, 4, "chord", 0.8),
    ]
    assert units_labelled(labels, "header") == (Unit("hidden", 1, 2), Unit("hidden", 0, 1))
    assert units_labelled(labels, "header", "cell") == (Unit("cell", 0, 1),)
    with pytest.raises(ConfigError, match="chord, header"):
        units_labelled(labels, "ending")


def test_what_cannot_be_measured_is_said() -> None:
    with pytest.raises(ConfigError, match="at least one neuron"):
        effect(ENGINE, VOCABULARY, TUNES, [], np.random.default_rng(0), means=MEANS)
    with pytest.raises(ConfigError, match="no property 'mood'"):
        ablated(BRACKET, "mood")
    with pytest.raises(ConfigError, match="no tune"):
        effect(ENGINE, VOCABULARY, [], ALL[:1], np.random.default_rng(0), means=MEANS)
