"""Learning a gate: from tunes that repeat it learns to recall, from others not to."""

import numpy as np
import pytest
import torch

from songrnn.config import ModelConfig
from songrnn.corpus.vocabulary import END, START, Vocabulary
from songrnn.errors import CorpusError
from songrnn.model.engine import Engine
from songrnn.model.network import CharRNN
from songrnn.recall.evaluation import losses
from songrnn.recall.fitting import by_engine, fit, predictions
from songrnn.recall.gate import Gate, entries
from songrnn.recall.memory import TuneMemory

VOCABULARY = Vocabulary.of("\n:|ABCDEFGKX1")
CONFIG = ModelConfig(hidden_size=6, embedding_size=4)


def tunes(count: int, *, repeat: bool, seed: int) -> list[str]:
    """Tunes of eight bars of four notes; the second four bars are the first, or others."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        bars = ["".join(rng.choice(list("ABCDEFG"), 4)) for _ in range(8)]
        if repeat:
            bars[4:] = bars[:4]
        found.append("X:1\nK:C\n" + "|".join(bars) + "|\n")
    return found


@pytest.fixture(scope="module")
def network() -> CharRNN:
    torch.manual_seed(0)
    return CharRNN(CONFIG, VOCABULARY.size).eval()


@pytest.fixture(scope="module")
def engine(network: CharRNN) -> Engine:
    weights = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    return Engine(CONFIG, VOCABULARY.size, weights)


def gate_from(engine: Engine, texts: list[str]) -> Gate:
    return fit(predictions(by_engine(engine), VOCABULARY, texts))


def mean(engine: Engine, gate: Gate, texts: list[str], strength: float = 1.0) -> float:
    return float(np.concatenate(losses(engine, gate, VOCABULARY, texts, strength)).mean())


def test_on_tunes_that_repeat_recall_takes_a_quarter_of_the_loss_and_on_others_it_costs_little(
    engine: Engine,
) -> None:
    for repeat, most in ((True, 0.75), (False, 1.06)):
        gate = gate_from(engine, tunes(120, repeat=repeat, seed=1))
        unseen = tunes(40, repeat=repeat, seed=2)
        alone, mixed = (mean(engine, gate, unseen, strength) for strength in (0.0, 1.0))
        assert mixed < alone * most, (repeat, alone, mixed)


def test_the_same_tunes_and_seed_give_the_same_gate(engine: Engine) -> None:
    texts = tunes(20, repeat=True, seed=3)
    first, second = gate_from(engine, texts), gate_from(engine, texts)
    np.testing.assert_array_equal(first.weights, second.weights)


def test_the_loss_equals_a_computation_with_torch_and_nothing_shared(
    engine: Engine, network: CharRNN
) -> None:
    gate = gate_from(engine, tunes(30, repeat=True, seed=4))
    texts = [*tunes(3, repeat=True, seed=5), "A", "", "X:1\nK:C\nAB|AB|"]
    found = losses(engine, gate, VOCABULARY, texts)
    for text, loss in zip(texts, found, strict=True):
        ids = [START, *VOCABULARY.encode(text).tolist()]
        with torch.no_grad():
            p = torch.softmax(network(torch.tensor([ids]))[0][0].double(), -1)
        truth = [*ids[1:], END]
        for t, (symbol, own) in enumerate(zip(truth, p, strict=True)):
            memory = TuneMemory(text[:t])
            proposals = memory.proposals()
            at = [VOCABULARY.encode(text[each.place]).tolist()[0] for each in proposals]
            rows = entries(memory, proposals, at, own.numpy())
            scores = torch.tensor([0.0, *[gate.weights[list(row)].sum() for row in rows]])
            shares = torch.softmax(scores.double(), 0)
            mixed = shares[0] * own[symbol] + sum(
                share for share, proposed in zip(shares[1:], at, strict=True) if proposed == symbol
            )
            assert loss[t] == pytest.approx(-torch.log(mixed).item(), abs=1e-5)


def test_each_tune_has_a_memory_of_its_own(engine: Engine) -> None:
    gate = gate_from(engine, tunes(30, repeat=True, seed=6))
    texts = tunes(2, repeat=True, seed=7)
    together = losses(engine, gate, VOCABULARY, texts)
    alone = [losses(engine, gate, VOCABULARY, [text])[0] for text in texts]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_tunes_that_say_nothing_twice_cannot_be_learned_from(engine: Engine) -> None:
    with pytest.raises(CorpusError, match="nothing to learn recall from"):
        gate_from(engine, ["AB", "C"])
