"""Patching and steering in a network of which one unit keeps the meter and says what bars are long.

After M:6/8 the unit stays at 1, after M:4/4 at −1; it alone decides between "D" and "E". The
others wander with the letters.
"""

import math

import numpy as np
import pytest

from songrnn.config import ModelConfig, SampleConfig
from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import ConfigError
from songrnn.inspection.directions import find_direction
from songrnn.inspection.patching import HEADS, READ_ON, Pair, patch, written_pair
from songrnn.inspection.recording import annotate_texts
from songrnn.inspection.steering_scores import FIGURES, score_steering
from songrnn.model.engine import Engine
from songrnn.model.shapes import parameter_shapes

METER, H = 2, 12


def tune(seed: int) -> Tune:
    rng = np.random.default_rng(seed)
    meter = "6/8" if seed % 2 else "4/4"
    body = "|".join("".join(rng.choice(list("DEFGAB"), 6)) for _ in range(12))
    words = f"X:1\nT:Tune\nM:{meter}\nL:1/8\nK:D\n{body}|\n"
    return Tune(f"{seed:012x}", "1", "Tune", "", meter, "1/8", "D", words, "hand", "", "train")


TUNES = [tune(seed) for seed in range(24)]
VOCABULARY = Vocabulary.of([each.text for each in TUNES] + list("G"))
V = VOCABULARY.size


def built(*, planted: bool = True) -> Engine:
    config = ModelConfig(cell="rnn", layers=1, hidden_size=H, embedding_size=V)
    weights = {n: np.zeros(s, np.float32) for n, s in parameter_shapes(config, V).items()}
    rng = np.random.default_rng(0)
    weights["embedding.weight"] = np.eye(V, dtype=np.float32)
    given, recurrent = weights["recurrent.weight_ih_l0"], weights["recurrent.weight_hh_l0"]
    readout = weights["readout.weight"]
    given[:] = rng.normal(size=(H, V))
    recurrent[:] = 0.3 * np.diag(rng.random(H))
    readout[:] = 0.02 * rng.normal(size=(V, H))
    if planted:
        six, four, d, e = VOCABULARY.encode("64DE")
        given[METER], readout[:, METER] = 0, 0
        given[METER, six], given[METER, four] = 6, -6
        recurrent[METER, METER] = 3
        readout[d, METER], readout[e, METER] = 2, -2
    return Engine(config, V, weights)


ENGINE = built()
DIRECTION = find_direction(ENGINE, annotate_texts(VOCABULARY, (), TUNES), "compound")
PAIR = written_pair("meter", TUNES, VOCABULARY, most=6)
FOUND = patch(
    ENGINE,
    VOCABULARY,
    PAIR,
    np.random.default_rng(0),
    units=[(0, METER), (0, 5)],
    direction=DIRECTION,
    untrained=built(planted=False),
)


def test_written_heads_are_equally_long_and_differ_in_one_field() -> None:
    for name, (base, source) in HEADS.items():
        assert len(base) == len(source)
        assert sum(a != b for a, b in zip(base.split("\n"), source.split("\n"), strict=True)) == 1
        assert name in {"meter", "key"}
    assert len(PAIR.music) == 6
    assert {len(text) for text in PAIR.music} == {READ_ON}


def test_the_unit_that_keeps_the_meter_carries_all_of_the_change_and_no_other_does() -> None:
    first, *others = FOUND.neurons
    assert first.part == f"1/{METER}"
    assert first.share.estimate > 0.95
    assert max(abs(each.share.estimate) for each in others) < 0.1
    assert len(FOUND.neurons) == H


def test_chosen_units_and_the_direction_carry_it_and_a_random_direction_does_not() -> None:
    shares = {each.part: each.share.estimate for each in FOUND.parts}
    assert shares["chosen neurons"] > 0.95
    assert shares["direction of compound"] > 0.95
    assert shares["a random direction as long"] < 0.6


def test_the_change_lasts_and_an_untrained_network_shows_none() -> None:
    assert len(FOUND.bits) == READ_ON + 1
    assert min(FOUND.bits) > 0.1
    assert abs(FOUND.half - READ_ON / 2) < 5
    assert FOUND.untrained is not None
    assert FOUND.untrained.high < FOUND.total.low / 10
    changed = {each.character: each.after - each.before for each in FOUND.next}
    assert changed["D"] > 0.1
    assert changed["E"] < -0.1


def test_the_probabilities_before_and_after_are_those_of_reading_each_head() -> None:
    for head, name in ((PAIR.base, "before"), (PAIR.source, "after")):
        logits = ENGINE.read(np.concatenate([[0], VOCABULARY.encode(head)]))[0][-1]
        shares = np.exp(logits - logits.max())
        shares /= shares.sum()
        for each in (each for each in FOUND.next if len(each.character) == 1):
            wanted = shares[VOCABULARY.encode(each.character)[0]]
            assert getattr(each, name) == pytest.approx(wanted, abs=1e-5)


def test_heads_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ConfigError, match="as long"):
        Pair("M:4/4\n", "M:12/8\n", ("DEF",))
    with pytest.raises(ConfigError, match="same character"):
        Pair("M:4/4\n", "M:6/8|", ("DEF",))
    with pytest.raises(ConfigError, match="no music"):
        Pair("M:4/4\n", "M:6/8\n", ())
    with pytest.raises(ConfigError, match="meter, key"):
        written_pair("mood", TUNES, VOCABULARY)


def test_the_direction_is_that_of_the_unit_and_reads_one_apart() -> None:
    [part] = DIRECTION.parts
    assert np.abs(part.step).argmax() == METER
    assert part.reads @ part.step == pytest.approx(1)
    random = part.random(np.random.default_rng(0))
    assert np.linalg.norm(random.step) == pytest.approx(np.linalg.norm(part.step))
    with pytest.raises(ConfigError, match="goes round"):
        find_direction(ENGINE, [], "bar-phase")
    with pytest.raises(ConfigError, match="does not differ"):
        find_direction(ENGINE, annotate_texts(VOCABULARY, (), TUNES[:1]), "compound")


def test_steered_songs_have_what_the_unit_says_and_random_directions_leave_it() -> None:
    held = ENGINE.holding(DIRECTION.steering(1.0))
    other = ENGINE.holding(DIRECTION.steering(-1.0))
    ids = VOCABULARY.encode(TUNES[0].text)
    d, e = VOCABULARY.encode("DE")
    high, low = (each.read(ids)[0] for each in (held, other))
    assert (high[:, d] - high[:, e]).min() > 1
    assert (low[:, d] - low[:, e]).max() < -1
    found = score_steering(
        ENGINE,
        VOCABULARY,
        DIRECTION,
        TUNES,
        np.random.default_rng(0),
        strengths=(-1.0, 2.0),
        prime=TUNES[0].text[:40],
        songs=4,
        config=SampleConfig(limit=60),
    )
    assert [each.strength for each in found.steered] == [-1.0, 2.0]
    assert [each.strength for each in found.random] == [-1.0, 2.0]
    assert found.plain.cost is None
    costs = {each.strength: each.cost.estimate for each in found.steered if each.cost}
    wanted = [strength for strength, cost in costs.items() if cost >= found.bits]
    assert found.breaks == min(wanted, key=abs, default=None)
    for each in (*found.steered, *found.random):
        assert set(each.figures) == set(FIGURES)
        assert each.cost is not None
        assert math.isfinite(each.cost.estimate)
    assert found.steered[1].cost is not None
    assert found.steered[1].cost.low > 0
