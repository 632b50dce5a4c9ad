"""Dynamic evaluation: a tune is predicted, then learned from."""

import pytest
import torch

from songrnn.config import ModelConfig
from songrnn.corpus.tunebook import Tune, Tunebook
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import CorpusError
from songrnn.model.network import CharRNN
from songrnn.training.dynamic_evaluation import dynamic_losses
from songrnn.training.evaluation import evaluate


@pytest.fixture
def vocabulary(book: Tunebook) -> Vocabulary:
    return Vocabulary.of(book.characters)


@pytest.fixture
def train(book: Tunebook) -> list[Tune]:
    return list(book.split("train"))


def network(vocabulary: Vocabulary) -> CharRNN:
    torch.manual_seed(1)
    return CharRNN(ModelConfig(hidden_size=8, embedding_size=4, dropout=0.5), vocabulary.size)


def test_without_a_rate_it_is_the_plain_evaluation(
    book: Tunebook, vocabulary: Vocabulary, train: list[Tune]
) -> None:
    tunes = list(book.split("validation"))
    plain = evaluate(network(vocabulary), tunes, vocabulary)
    losses = dynamic_losses(network(vocabulary), vocabulary, train, tunes, rate=0.0)
    assert [one.sum() for one in losses] == pytest.approx(plain.tune_losses, rel=1e-5)


def test_a_tune_is_predicted_before_it_is_learned_from(
    vocabulary: Vocabulary, train: list[Tune]
) -> None:
    tunes = [train[0]] * 6
    losses = [
        one.mean()
        for one in dynamic_losses(network(vocabulary), vocabulary, train, tunes, rate=0.006)
    ]
    plain = evaluate(network(vocabulary), tunes[:1], vocabulary)
    assert losses[0] == pytest.approx(plain.loss, rel=1e-5)
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.98 * losses[0]


def test_weights_are_drawn_back_to_where_they_were(
    vocabulary: Vocabulary, train: list[Tune]
) -> None:
    def moved(decay: float) -> float:
        net, first = network(vocabulary), network(vocabulary)
        dynamic_losses(net, vocabulary, train, train[:6], rate=0.003, decay=decay)
        pairs = zip(net.parameters(), first.parameters(), strict=True)
        return sum(float((a - b).detach().abs().sum()) for a, b in pairs)

    assert moved(0.5) < 0.8 * moved(0.0)


def test_without_training_tunes_there_is_no_pace(vocabulary: Vocabulary, train: list[Tune]) -> None:
    with pytest.raises(CorpusError, match="needs training tunes"):
        dynamic_losses(network(vocabulary), vocabulary, [], train)
