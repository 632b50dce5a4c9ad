"""Planted units, each told for what it is: memories, echoes, the position, and no more than that.

Layer 1: a bracket unit, on between "[" and "]", and a header unit, on until the key, whose music
letters also fill the title; a counter that climbs from each barline on; an echo of the barline; a
unit that climbs with the position; others that wander with the letters. Layer 2: the header with characters' noise on top, and a pair that
tells the bracket only together.
"""

from dataclasses import replace

import numpy as np
import pytest

from songrnn.config import ModelConfig
from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import START, Vocabulary
from songrnn.errors import ConfigError
from songrnn.inspection.memory.building import build_memory, shuffled
from songrnn.inspection.memory.elsewhere import check_memories
from songrnn.inspection.memory.verdicts import Verdict
from songrnn.inspection.properties import column_of
from songrnn.inspection.recording import AnnotatedText, annotate_texts
from songrnn.model.engine import Engine
from songrnn.model.shapes import parameter_shapes

BRACKET, HEADER, ECHO, POSITION, COUNTER = 3, 8, 5, 10, 7
NOISY, ONE, OTHER = 2, 4, 6
H = 12
LETTERS = list("DEFGABcde")


def tune(seed: int) -> Tune:
    rng = np.random.default_rng(seed)
    bars = []
    for _ in range(12):
        bar = "".join(rng.choice(LETTERS, rng.integers(4, 24)))
        if rng.random() < 0.6:
            inside = "".join(rng.choice(LETTERS, rng.integers(3, 16)))
            at = int(rng.integers(0, len(bar)))
            bar = f"{bar[:at]}[{inside}]{bar[at:]}"
        bars.append(bar)
    title = "".join(rng.choice(LETTERS, rng.integers(3, 60)))
    words = f"X:1\nT:{title}\nM:2/4\nL:1/8\nK:D\n{'|'.join(bars)}|\n"
    return Tune(f"{seed:012x}", "1", "", "", "2/4", "1/8", "D", words, "hand", "", "validation")


TUNES = [tune(seed) for seed in range(120)]
VOCABULARY = Vocabulary.of([each.text for each in TUNES])
V = VOCABULARY.size
TEXTS = annotate_texts(VOCABULARY, TUNES)


def drawn(seed: int) -> dict[str, np.ndarray]:
    """A network that was never trained."""
    rng = np.random.default_rng(seed)
    config = ModelConfig(cell="rnn", layers=2, hidden_size=H, embedding_size=V)
    shapes = parameter_shapes(config, V)
    return {
        name: rng.uniform(-1, 1, shape).astype(np.float32) / np.float32(np.sqrt(H))
        for name, shape in shapes.items()
    }


def engine(weights: dict[str, np.ndarray]) -> Engine:
    config = ModelConfig(cell="rnn", layers=2, hidden_size=H, embedding_size=V)
    return Engine(config, V, weights)


def planted() -> Engine:
    weights = {name: np.zeros_like(each) for name, each in drawn(0).items()}
    rng = np.random.default_rng(0)
    opened, closed, key, bar = VOCABULARY.encode("[]K|")
    weights["embedding.weight"] = np.eye(V, dtype=np.float32)
    given, recurrent, bias = (
        weights[f"recurrent.{name}_l0"] for name in ("weight_ih", "weight_hh", "bias_ih")
    )
    given[:] = rng.normal(size=(H, V))
    recurrent[:] = 0.3 * np.diag(rng.random(H))
    for unit in (BRACKET, HEADER, ECHO, POSITION, COUNTER):
        given[unit], recurrent[unit] = 0, 0
    for unit, on, off in [(BRACKET, opened, closed), (HEADER, START, key)]:
        given[unit, on], given[unit, off], recurrent[unit, unit] = 6, -6, 3
    given[BRACKET, START] = -6
    given[ECHO, bar], bias[ECHO] = 3, -1.5
    given[POSITION, START], recurrent[POSITION, POSITION], bias[POSITION] = -1.2, 1, 0.008
    given[COUNTER, bar], recurrent[COUNTER, COUNTER], bias[COUNTER] = -6, 1, 0.05
    above = weights["recurrent.weight_ih_l1"]  # (H, H)
    above[NOISY, HEADER], above[NOISY, 0] = 1.0, 0.5
    above[ONE, BRACKET], above[ONE, 1] = 0.25, 1.5
    above[OTHER, BRACKET], above[OTHER, 1] = 0.25, -1.5
    return engine(weights)


FOUND = build_memory(planted(), lambda number: engine(drawn(number)), TEXTS, characters=10**9)

# What is remembered, by layer and unit.
TOLD = {
    (0, BRACKET): "chord",
    (0, HEADER): "header",
    (0, COUNTER): "since-bar",
    (1, NOISY): "header",
}


def verdict(layer: int, neuron: int) -> Verdict:
    found = FOUND.of(layer, neuron)
    assert found is not None
    return found


def test_the_memories_are_told_with_bounds_above_what_untrained_networks_reach() -> None:
    for (layer, unit), name in TOLD.items():
        found = verdict(layer, unit)
        assert (found.kind, found.label) == ("remembers", name), found
        assert found.bound < found.low < found.partial
        assert found.score >= 0.25
        assert 0 < found.n <= FOUND.held


def test_the_echo_names_its_character_and_is_no_label() -> None:
    found = verdict(0, ECHO)
    assert (found.kind, found.label, found.echo) == ("echo", None, 1)
    assert VOCABULARY.characters[(found.character or 0) - 2] == "|"
    assert found.recent > 0.99


def test_a_unit_that_climbs_with_the_position_is_told_so() -> None:
    found = verdict(0, POSITION)
    assert (found.kind, found.label) == ("position", None)
    assert found.position > 0.9


def test_what_only_a_pair_tells_is_no_label_of_either() -> None:
    assert {verdict(1, unit).label for unit in (ONE, OTHER)} == {None}


def test_no_other_unit_has_a_label() -> None:
    labelled = {(v.layer, v.neuron) for v in FOUND.verdicts if v.kind == "remembers"}
    assert labelled == set(TOLD)
    assert FOUND.remembering == len(TOLD)
    assert len(FOUND.verdicts) == 2 * H


def test_the_rule_says_no_where_there_is_nothing() -> None:
    assert len(FOUND.untrained) == 5
    assert sum(FOUND.untrained) == 0
    assert FOUND.shuffled == 0


def test_shuffled_texts_keep_their_characters_and_get_anothers_properties() -> None:
    others = shuffled(TEXTS, np.random.default_rng(0))
    by_tune = {text.tune: text for text in TEXTS}
    assert sorted(text.tune for text in others) == sorted(by_tune)
    for text in others:
        mine = by_tune[text.tune]
        assert text.fitted == mine.fitted
        assert (text.ids == mine.ids).all()
        assert text.table.shape == mine.table.shape
        assert not np.array_equal(text.table, mine.table, equal_nan=True)


def test_it_takes_tunes_of_both_kinds() -> None:
    with pytest.raises(ConfigError, match="takes tunes to fit on"):
        build_memory(planted(), lambda number: engine(drawn(number)), TEXTS[:1])


def reversed_header() -> list[AnnotatedText]:
    """The same music where header and music have changed their names."""
    column = column_of("header")
    found = []
    for text in TEXTS:
        table = text.table.copy()
        table[:, column] = 1 - table[:, column]
        found.append(replace(text, table=table))
    return found


def test_memories_hold_on_other_music_with_the_line_fitted_here_and_not_with_its_sign_changed() -> (
    None
):
    others = annotate_texts(VOCABULARY, [tune(seed) for seed in range(500, 560)])
    for there, headers in [(others, True), (reversed_header(), False)]:
        found = check_memories(planted(), FOUND, TEXTS, there)
        holding = {(each.layer, each.neuron): each.holds for each in found}
        assert holding == {unit: name != "header" or headers for unit, name in TOLD.items()}
        assert {each.label for each in found} == set(TOLD.values())
