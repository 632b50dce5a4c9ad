"""How far back networks built by hand look, and which of their neurons feed which."""

import numpy as np
import pytest

from songrnn.cells import CELLS
from songrnn.config import ModelConfig
from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import ConfigError
from songrnn.inspection.reach import measure_reach
from songrnn.inspection.wiring import wiring
from songrnn.model.engine import Engine
from songrnn.model.shapes import parameter_shapes

H = 8


def tune(seed: int) -> Tune:
    letters = np.random.default_rng(seed).choice(list("DEFGAB"), 80)
    text = f"X:1\nM:2/4\nL:1/8\nK:D\n{''.join(letters)}|\n"
    return Tune(f"{seed:012x}", "1", "", "", "2/4", "1/8", "D", text, "hand", "", "validation")


TUNES = [tune(seed) for seed in range(8)]
VOCABULARY = Vocabulary.of([each.text for each in TUNES])
V = VOCABULARY.size


def engine(memory: float) -> Engine:
    """One layer whose units keep a share of what they were, and hear nobody else."""
    config = ModelConfig(cell="rnn", layers=1, hidden_size=H, embedding_size=V)
    rng = np.random.default_rng(0)
    weights = {n: np.zeros(s, np.float32) for n, s in parameter_shapes(config, V).items()}
    weights["embedding.weight"] = np.eye(V, dtype=np.float32)
    weights["recurrent.weight_ih_l0"][:] = 0.05 * rng.normal(size=(H, V))
    weights["recurrent.weight_hh_l0"][:] = memory * np.eye(H)
    weights["readout.weight"][:] = rng.normal(size=(V, H))
    return Engine(config, V, weights)


def half(memory: float) -> dict[str, float]:
    rng = np.random.default_rng(0)
    found = measure_reach(engine(memory), VOCABULARY, TUNES, rng)
    for each in found:
        assert each.half.low <= each.half.estimate <= each.half.high
    return {each.name: each.half.estimate for each in found}


def test_without_memory_all_of_the_effect_is_at_the_replaced_character() -> None:
    [predictions, layer] = measure_reach(engine(0), VOCABULARY, TUNES, np.random.default_rng(0))
    for each in (predictions, layer):
        assert each.effect[0] > 0
        assert max(each.effect[1:]) == pytest.approx(0, abs=1e-12)
        assert each.half.estimate == 0


def test_what_is_kept_by_a_share_has_its_half_where_its_square_says() -> None:
    # Σ m^(2d) from 0 to D is half of its sum where m^(2D + 2) = ½; tunes end, so it comes sooner.
    for memory in (0.9, 0.95):
        wanted = np.log(0.5) / (2 * np.log(memory)) - 1
        assert half(memory)["layer 1"] == pytest.approx(wanted, abs=2)
    assert half(0.95)["predictions"] > half(0.5)["predictions"]


def test_a_network_that_knows_none_of_the_characters_is_told() -> None:
    with pytest.raises(ConfigError, match="no tune"):
        measure_reach(engine(0.5), VOCABULARY, [], np.random.default_rng(0))


def test_a_planted_weight_is_the_strongest_edge_between_its_neurons() -> None:
    config = ModelConfig(cell="lstm", layers=2, hidden_size=H, embedding_size=4)
    rng = np.random.default_rng(0)
    shapes = parameter_shapes(config, V)
    weights = {n: 0.1 * rng.normal(size=s).astype(np.float32) for n, s in shapes.items()}
    weights["recurrent.weight_hh_l0"][H + 3, 5] = -4  # from 5 to the forget gate of 3
    weights["recurrent.weight_ih_l1"][2 * H + 1, 3] = 3  # from 3 to the candidate of 1 above
    deviations = {(layer, n): 0.5 for layer in range(2) for n in range(H)}
    first, second, *rest = wiring(config, weights, deviations, [(0, 3), (0, 5), (1, 1)])
    assert (first.source, first.target, first.gate) == ((0, 5), (0, 3), "forget gate")
    assert (first.effect, first.rank) == (pytest.approx(-2), 0)
    assert (second.source, second.target, second.gate) == ((0, 3), (1, 1), "candidate")
    assert second.effect == pytest.approx(1.5)
    assert max(abs(edge.effect) for edge in rest) < 0.5
    listed = {(0, 3), (0, 5), (1, 1)}
    assert all(edge.source in listed and edge.target in listed for edge in rest)


@pytest.mark.parametrize("cell", CELLS)
def test_every_block_of_every_cell_is_a_gate_with_a_name(cell: str) -> None:
    config = ModelConfig(cell=cell, layers=1, hidden_size=H, embedding_size=4)
    shapes = parameter_shapes(config, V).items()
    weights = {name: np.ones(shape, np.float32) for name, shape in shapes}
    edges = wiring(config, weights, {(0, n): 1.0 for n in range(H)}, [(0, 2)])
    assert len(edges) == len(CELLS[cell].stacked)
    words = {"lstm": "forget gate", "gru": "update gate", "rnn": "state"}
    assert words.get(cell, edges[0].gate) in {edge.gate for edge in edges}
    assert not any("_" in edge.gate for edge in edges)
