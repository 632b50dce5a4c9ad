"""CharRNN: its parameters, its memory, and where its dropout acts."""

import pytest
import torch

from songrnn.cells import CELLS
from songrnn.config import Cell, ModelConfig
from songrnn.model.network import CharRNN, detach
from songrnn.model.shapes import parameter_count, parameter_shapes

V = 11


def network(**settings: object) -> CharRNN:
    torch.manual_seed(0)
    config = ModelConfig.parse({"hidden_size": 8, "embedding_size": 5, **settings})
    return CharRNN(config, V)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 3])
def test_shapes_known_without_torch_are_those_of_the_network(cell: Cell, layers: int) -> None:
    net = network(cell=cell, layers=layers)
    shapes = parameter_shapes(net.config, V)
    state = net.state_dict()
    assert list(shapes) == list(state)
    assert shapes == {name: tuple(array.shape) for name, array in state.items()}
    assert parameter_count(net.config, V) == sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize(("cell", "mode"), [("lstm", "LSTM"), ("gru", "GRU"), ("rnn", "RNN_TANH")])
def test_the_cell_named_is_the_cell_built(cell: Cell, mode: str) -> None:
    """A run once said LSTM while its weights were those of a plain RNN."""
    assert network(cell=cell).recurrent.mode == mode


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("layers", [1, 2])
def test_dropout_acts_while_training_and_rests_while_evaluating(cell: Cell, layers: int) -> None:
    """torch's own dropout= does nothing in a net of one layer."""
    net = network(cell=cell, layers=layers, dropout=0.5)
    ids = torch.arange(V)[None]
    net.train()
    assert not torch.equal(net(ids)[0], net(ids)[0])
    net.eval()
    assert torch.equal(net(ids)[0], net(ids)[0])


def test_dropout_silences_the_embedding_and_the_input_of_the_readout() -> None:
    net = network(dropout=0.5).train()
    seen: dict[str, torch.Tensor] = {}
    net.recurrent.register_forward_pre_hook(lambda _, args: seen.update(embedding=args[0]))
    net.readout.register_forward_pre_hook(lambda _, args: seen.update(readout=args[0]))
    net(torch.arange(V).repeat(4, 10))
    for place, x in seen.items():
        assert 0.3 < (x == 0).float().mean() < 0.7, place


@pytest.mark.parametrize("cell", CELLS)
def test_two_halves_with_carried_state_read_like_the_whole(cell: Cell) -> None:
    net = network(cell=cell, layers=2)
    ids = torch.arange(V)[None]
    whole, _ = net(ids)
    first, state = net(ids[:, :4])
    second, _ = net(ids[:, 4:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole)


@pytest.mark.parametrize("cell", CELLS)
def test_a_detached_state_remembers_but_sends_no_gradient_back(cell: Cell) -> None:
    _, state = network(cell=cell)(torch.arange(V)[None])
    cut = detach(state)
    for before, after in zip(
        state if isinstance(state, tuple) else (state,),
        cut if isinstance(cut, tuple) else (cut,),
        strict=True,
    ):
        assert before.requires_grad
        assert not after.requires_grad
        assert torch.equal(before, after)


def test_the_forget_bias_counts_once_though_torch_adds_two() -> None:
    net = network(layers=2)
    for layer in range(2):
        total = getattr(net.recurrent, f"bias_ih_l{layer}") + getattr(
            net.recurrent, f"bias_hh_l{layer}"
        )
        assert torch.equal(total[8:16], torch.ones(8))
        assert not torch.any(total[:8] == 1)


@pytest.mark.parametrize("cell", CELLS)
def test_weight_drop_silences_state_to_state_weights_while_training_alone(cell: Cell) -> None:
    config = ModelConfig(cell=cell, layers=2, hidden_size=12, embedding_size=5, weight_drop=0.5)
    torch.manual_seed(0)
    network = CharRNN(config, 9)
    ids = torch.randint(0, 9, (3, 20))
    first = network(ids)[0]
    assert not torch.equal(first, network(ids)[0])
    # From the zero state the first character meets no state, so nothing of it is silenced.
    assert torch.allclose(first[:, 0], network.eval()(ids)[0][:, 0])
    assert torch.equal(network(ids)[0], network(ids)[0])


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_reach_only_the_weights_that_were_not_dropped(cell: Cell) -> None:
    config = ModelConfig(cell=cell, hidden_size=12, embedding_size=5, weight_drop=0.5)
    torch.manual_seed(0)
    network = CharRNN(config, 9)
    network(torch.randint(0, 9, (3, 20)))[0].square().sum().backward()
    gradient = network.recurrent.weight_hh_l0.grad
    assert gradient is not None
    assert 0.35 < float((gradient == 0).float().mean()) < 0.65
