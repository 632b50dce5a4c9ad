"""One definition of loss: every tune from the zero state, all T + 1 predictions, no chance."""

import math

import numpy as np
import pytest
import torch

from songrnn.cells import CELLS
from songrnn.config import Cell, ModelConfig
from songrnn.corpus.tunebook import Tune, Tunebook
from songrnn.corpus.vocabulary import END, START, Vocabulary
from songrnn.errors import CorpusError
from songrnn.model.engine import Engine
from songrnn.model.network import CharRNN
from songrnn.training import evaluation
from songrnn.training.evaluation import Evaluation, evaluate


def network(vocabulary: Vocabulary, **settings: object) -> CharRNN:
    torch.manual_seed(1)
    config = ModelConfig.parse({"hidden_size": 6, "embedding_size": 4, **settings})
    net = CharRNN(config, vocabulary.size)
    with torch.no_grad():
        for weight in net.parameters():
            weight *= 3  # so that what came before matters
    return net


def engine(net: CharRNN) -> Engine:
    weights = {name: weight.numpy() for name, weight in net.state_dict().items()}
    return Engine(net.config, net.vocabulary_size, weights)


def by_hand(net: CharRNN, tunes: list[Tune], vocabulary: Vocabulary) -> list[float]:
    """-log p of each tune, read alone and symbol by symbol."""
    losses = []
    for tune in tunes:
        ids = vocabulary.encode(tune.text)
        given, wanted = [START, *ids], [*ids, END]
        with torch.no_grad():
            scores = torch.log_softmax(net.eval()(torch.tensor([given]))[0][0].double(), dim=-1)
        losses.append(-scores[range(len(wanted)), wanted].sum().item())
    return losses


@pytest.fixture
def vocabulary(book: Tunebook) -> Vocabulary:
    return Vocabulary.of(book.characters)


@pytest.fixture
def tunes(book: Tunebook) -> list[Tune]:
    return list(book.split("validation"))


def test_a_corpus_may_have_more_regions_than_a_byte_counts() -> None:
    names = [f"{n}" for n in range(300)] * 2
    distinct, numbers = evaluation._numbered(names)
    assert [distinct[number] for number in numbers] == names


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 2])
def test_loss_is_the_mean_over_all_predictions_each_tune_from_zero(
    cell: Cell, layers: int, vocabulary: Vocabulary, tunes: list[Tune]
) -> None:
    net = network(vocabulary, cell=cell, layers=layers, dropout=0.5)
    expected = by_hand(net, tunes, vocabulary)
    predictions = sum(len(tune.text) + 1 for tune in tunes)
    found = evaluate(net.train(), tunes, vocabulary)
    assert net.training, "the network is left as it was"
    assert found.loss == pytest.approx(sum(expected) / predictions, abs=1e-5)
    assert found.bits_per_character == pytest.approx(found.loss / math.log(2))
    np.testing.assert_allclose(found.tune_losses, expected, rtol=1e-5)
    assert (found.characters, found.tunes, found.skipped) == (predictions, len(tunes), 0)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 2])
def test_the_engine_gives_the_figures_of_the_network(
    cell: Cell, layers: int, vocabulary: Vocabulary, tunes: list[Tune]
) -> None:
    net = network(vocabulary, cell=cell, layers=layers)
    ours, theirs = evaluate(engine(net), tunes, vocabulary), evaluate(net, tunes, vocabulary)
    assert ours.loss == pytest.approx(theirs.loss, abs=1e-5)
    assert ours.accuracy == theirs.accuracy
    assert ours.mean_iou == theirs.mean_iou
    np.testing.assert_allclose(ours.tune_losses, theirs.tune_losses, rtol=1e-5)


def test_no_state_is_carried_from_one_tune_into_another(
    vocabulary: Vocabulary, tunes: list[Tune]
) -> None:
    """State once ran on from a tune into the next, so the order of tunes changed the loss."""
    net = network(vocabulary)
    forward, backward = (evaluate(net, t, vocabulary) for t in (tunes, tunes[::-1]))
    np.testing.assert_allclose(forward.tune_losses, backward.tune_losses[::-1], rtol=1e-6)
    alone = evaluate(net, tunes[3:4], vocabulary)
    assert alone.tune_losses[0] == pytest.approx(forward.tune_losses[3], rel=1e-6)


def test_validation_is_the_same_however_often_it_is_made(
    vocabulary: Vocabulary, tunes: list[Tune]
) -> None:
    """It was once made on a fresh random window each epoch."""
    net = network(vocabulary, dropout=0.5)
    torch.manual_seed(1)
    first = evaluate(net, tunes, vocabulary)
    before = torch.get_rng_state()
    np.random.default_rng().random()
    second = evaluate(net, tunes, vocabulary)
    assert first.as_dict() == second.as_dict()
    assert torch.equal(torch.get_rng_state(), before), "nothing is drawn"


def test_batches_and_chunks_change_nothing(
    vocabulary: Vocabulary, tunes: list[Tune], monkeypatch: pytest.MonkeyPatch
) -> None:
    net = network(vocabulary, cell="gru")
    whole = evaluate(net, tunes, vocabulary)
    for batch, chunk in ((1, 7), (3, 1), (2, 16)):
        monkeypatch.setattr(evaluation, "_BATCH", batch)
        monkeypatch.setattr(evaluation, "_CHUNK", chunk)
        for model in (net, engine(net)):
            found = evaluate(model, tunes, vocabulary)
            np.testing.assert_allclose(found.tune_losses, whole.tune_losses, rtol=1e-5)


def knowing(vocabulary: Vocabulary, always: str) -> CharRNN:
    """A network that always expects the same symbol, with probability e⁹ : 1 for the others."""
    net = network(vocabulary)
    with torch.no_grad():
        for weight in net.parameters():
            weight.zero_()
        net.readout.bias[vocabulary.encode(always)[0]] = 9
    return net


def text_tune(book: Tunebook, text: str) -> Tune:
    return Tune(**{**{f: getattr(book.tunes[0], f) for f in Tune.__slots__}, "text": text})


def of_text(book: Tunebook, vocabulary: Vocabulary, *texts: str) -> Evaluation:
    tunes = [text_tune(book, text) for text in texts]
    return evaluate(knowing(vocabulary, "A"), tunes, vocabulary)


def test_figures_of_a_network_that_always_says_a(book: Tunebook, vocabulary: Vocabulary) -> None:
    found = of_text(book, vocabulary, "K:A\nAAB\n")
    # Nine predictions, three of them As; A is guessed nine times. Five other characters occur.
    miss, hit = np.log(np.exp(9) + vocabulary.size - 1) - np.array([0, 9])
    assert found.loss == pytest.approx((3 * hit + 6 * miss) / 9, abs=1e-5)
    assert found.accuracy == pytest.approx(3 / 9)
    assert found.iou == pytest.approx({"A": 3 / 9, "B": 0, "K": 0, ":": 0, "\n": 0, "END": 0})
    assert found.mean_iou == pytest.approx(3 / 9 / 6)


def test_regions_are_header_fields_with_their_newline_the_body_and_end(
    book: Tunebook, vocabulary: Vocabulary
) -> None:
    found = of_text(book, vocabulary, "X:1\nK:A\nA:B\n", "K:D\nA2\n")
    assert {name: part.characters for name, part in found.regions.items()} == {
        **{"X": 4, "K": 8, "body": 7, "end": 2}
    }
    assert found.regions["K"].accuracy == pytest.approx(1 / 8)
    assert sum(p.characters for p in found.kinds.values()) == found.characters


def test_kinds_are_those_of_the_reader(book: Tunebook, vocabulary: Vocabulary) -> None:
    found = of_text(book, vocabulary, "K:A\nAA2|\n")
    assert {name: part.characters for name, part in found.kinds.items()} == {
        **{"field_name": 2, "field_value": 1, "note": 2, "length": 1, "barline": 1},
        **{"newline": 2, "end": 1},
    }
    assert found.kinds["note"].accuracy == 1.0
    assert found.kinds["barline"].accuracy == 0.0


def test_parts_make_up_the_whole(vocabulary: Vocabulary, tunes: list[Tune]) -> None:
    found = evaluate(network(vocabulary), tunes, vocabulary)
    for parts in (found.regions, found.kinds):
        total = sum(part.loss * part.characters for part in parts.values())
        assert total / found.characters == pytest.approx(found.loss)


def test_a_tune_with_unknown_characters_is_skipped_and_counted(
    book: Tunebook, vocabulary: Vocabulary
) -> None:
    found = of_text(book, vocabulary, "K:A\nA\n", "K:A\nÄ\n")
    assert (found.tunes, found.skipped) == (1, 1)
    with pytest.raises(CorpusError, match="all 1 have characters the run lacks"):
        of_text(book, vocabulary, "Ä")


def test_nothing_to_evaluate_on_is_said(vocabulary: Vocabulary) -> None:
    with pytest.raises(CorpusError, match="no tune to evaluate on"):
        evaluate(network(vocabulary), [], vocabulary)
