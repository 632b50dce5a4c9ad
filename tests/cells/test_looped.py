"""A layer that loops over a text is torch's own layer, where torch has one."""

import pytest
import torch
from torch import Tensor, nn

from songrnn.cells import CELLS
from songrnn.cells.looped import LoopedLayer
from songrnn.config import ModelConfig
from songrnn.model.network import CharRNN

E, H = 5, 7


def gru_step(given: Tensor, recurrent: Tensor, hidden: Tensor) -> Tensor:
    """The equations of nn.GRU's documentation."""
    (r, u, n), (rr, uu, nn_) = given.chunk(3, 1), recurrent.chunk(3, 1)
    reset, update = (r + rr).sigmoid(), (u + uu).sigmoid()
    candidate = (n + reset * nn_).tanh()
    return (1 - update) * candidate + update * hidden


def lstm_step(
    given: Tensor, recurrent: Tensor, hidden: Tensor, cell: Tensor
) -> tuple[Tensor, Tensor]:
    """The equations of nn.LSTM's documentation."""
    i, f, g, o = (given + recurrent).chunk(4, 1)
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def looped(layers: int, dropout: float = 0.0) -> LoopedLayer:
    return LoopedLayer(E, H, layers, dropout=dropout, step=gru_step, blocks=3)


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("from_zero", [True, False])
def test_looped_and_fused_layers_read_alike(layers: int, from_zero: bool) -> None:
    torch.manual_seed(0)
    ours, theirs = looped(layers), nn.GRU(E, H, layers, batch_first=True)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(4, 9, E)
    state = None if from_zero else torch.randn(layers, 4, H)
    for got, want in zip(ours(x, state), theirs(x, state), strict=True):
        torch.testing.assert_close(got, want)


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("from_zero", [True, False])
def test_looped_and_fused_layers_with_a_cell_state_read_alike(layers: int, from_zero: bool) -> None:
    torch.manual_seed(0)
    ours = LoopedLayer(E, H, layers, step=lstm_step, blocks=4, has_cell_state=True)
    theirs = nn.LSTM(E, H, layers, batch_first=True)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(4, 9, E)
    state = None if from_zero else (torch.randn(layers, 4, H), torch.randn(layers, 4, H))
    (read, (hidden, cell)), (wanted, (their_hidden, their_cell)) = ours(x, state), theirs(x, state)
    torch.testing.assert_close(read, wanted)
    torch.testing.assert_close(hidden, their_hidden)
    torch.testing.assert_close(cell, their_cell)


def test_gradients_reach_every_weight_of_every_layer() -> None:
    layer = looped(2)
    layer(torch.randn(2, 5, E))[0].sum().backward()
    assert all(weight.grad is not None and weight.grad.any() for weight in layer.parameters())


def test_dropout_between_layers_acts_while_training_only() -> None:
    torch.manual_seed(0)
    layer, x = looped(2, dropout=0.5), torch.randn(2, 5, E)
    assert not torch.equal(layer(x)[0], layer(x)[0])
    layer.eval()
    assert torch.equal(layer(x)[0], layer(x)[0])


def test_weight_drop_silences_the_looped_weights_of_a_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        CELLS["gru"], "torch_layer", staticmethod(lambda: lambda *sizes, **more: LoopedLayer(
            *sizes, **more, step=gru_step, blocks=3))
    )  # fmt: skip
    torch.manual_seed(0)
    network = CharRNN(ModelConfig(cell="gru", hidden_size=H, embedding_size=E, weight_drop=0.5), 11)
    ids = torch.randint(11, (2, 6))
    assert not torch.equal(network(ids)[0], network(ids)[0])
    network.eval()
    assert torch.equal(network(ids)[0], network(ids)[0])
    network.train()(ids)[0].sum().backward()
    assert network.recurrent.weight_hh_l0.grad is not None
