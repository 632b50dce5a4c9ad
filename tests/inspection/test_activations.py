"""Column t is the state after character t: equal to torch, and not one off."""

import math

import numpy as np
import pytest
import torch

from songrnn.config import Cell, ModelConfig
from songrnn.corpus.vocabulary import END, START, Vocabulary
from songrnn.errors import UnknownCharacterError
from songrnn.inspection.activations import ActivationMap, activations
from songrnn.model.engine import Engine
from songrnn.model.network import CharRNN

TEXT = "X:1\nK:D\n|:DFA d2f|edB:|\n"
VOCABULARY = Vocabulary.of([TEXT])


def network(cell: Cell, layers: int) -> CharRNN:
    torch.manual_seed(3)
    config = ModelConfig(cell=cell, layers=layers, hidden_size=7, embedding_size=5)
    return CharRNN(config, VOCABULARY.size).eval()


def map_of(model: CharRNN, text: str = TEXT) -> ActivationMap:
    weights = {name: value.detach().numpy() for name, value in model.state_dict().items()}
    return activations(Engine(model.config, VOCABULARY.size, weights), VOCABULARY, text)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_the_hidden_state_after_each_character_is_torchs(cell: Cell, layers: int) -> None:
    model = network(cell, layers)
    found = map_of(model).quantities["hidden"]
    assert found.shape == (layers, len(TEXT), 7)
    for t in range(len(TEXT)):
        ids = torch.tensor([[START, *VOCABULARY.encode(TEXT[: t + 1]).tolist()]])
        with torch.no_grad():
            _, state = model(ids)
        hidden = state[0] if cell == "lstm" else state
        assert found[:, t] == pytest.approx(hidden[:, 0].numpy(), abs=1e-5), f"character {t}"


def test_the_cell_state_after_each_character_is_torchs() -> None:
    model = network("lstm", 2)
    found = map_of(model).quantities["cell"]
    for t in (0, 7, len(TEXT) - 1):
        ids = torch.tensor([[START, *VOCABULARY.encode(TEXT[: t + 1]).tolist()]])
        with torch.no_grad():
            _, (_, cell) = model(ids)
        assert found[:, t] == pytest.approx(cell[:, 0].numpy(), abs=1e-5)


def test_the_column_of_a_character_has_not_seen_the_next_one() -> None:
    model = network("gru", 1)
    changed = TEXT[:10] + "e" + TEXT[11:]
    assert TEXT[10] != "e"
    before, after = (map_of(model, text).quantities["hidden"][0] for text in (TEXT, changed))
    assert (before[:10] == after[:10]).all()
    assert (before[10] != after[10]).any()


def test_quantities_are_those_of_the_cell() -> None:
    assert set(map_of(network("rnn", 1)).quantities) == {"hidden"}
    assert set(map_of(network("gru", 1)).quantities) == {
        *("hidden", "reset_gate", "update_gate", "candidate")
    }
    assert set(map_of(network("lstm", 1)).quantities) == {
        *("hidden", "cell", "input_gate", "forget_gate", "output_gate", "candidate")
    }


def test_the_hidden_state_is_the_output_gate_times_the_cells_tanh() -> None:
    found = map_of(network("lstm", 2)).quantities
    made = found["output_gate"] * np.tanh(found["cell"])
    assert made == pytest.approx(found["hidden"], abs=1e-5)


def test_each_prediction_is_a_distribution_over_the_symbols() -> None:
    found = map_of(network("lstm", 1))
    assert found.next_probabilities.shape == (len(TEXT) + 1, VOCABULARY.size)
    assert found.next_probabilities.sum(axis=1) == pytest.approx(1.0, abs=1e-5)


def test_surprise_is_what_the_row_before_gave_to_the_character() -> None:
    found = map_of(network("gru", 2))
    symbols = [*VOCABULARY.encode(TEXT).tolist(), END]
    for t, symbol in enumerate(symbols):
        bits = -math.log2(found.next_probabilities[t, symbol])
        assert found.surprisal[t] == pytest.approx(bits, abs=1e-4)


def test_an_empty_text_has_one_prediction_and_no_column() -> None:
    found = map_of(network("lstm", 1), "")
    assert found.quantities["hidden"].shape == (1, 0, 7)
    assert found.next_probabilities.shape[0] == len(found.surprisal) == 1


def test_an_unknown_character_is_named_with_its_place() -> None:
    with pytest.raises(UnknownCharacterError, match="'é' at line 2, column 3"):
        map_of(network("rnn", 1), "X:1\nK:é")


def test_a_map_cannot_be_changed_by_one_of_those_who_share_it() -> None:
    found = map_of(network("rnn", 1))
    with pytest.raises(ValueError, match="read-only"):
        found.quantities["hidden"][0, 0, 0] = 1


def test_mean_surprisal_is_of_what_was_written() -> None:
    found = map_of(network("gru", 1))
    assert found.mean_surprisal(4, ended=True) == pytest.approx(found.surprisal[4:].mean())
    assert found.mean_surprisal(4, ended=False) == pytest.approx(found.surprisal[4:-1].mean())
    assert found.mean_surprisal(len(TEXT), ended=False) is None
