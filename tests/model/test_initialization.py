"""Fresh weights have the bounds and spreads of the papers, in every gate's block."""

import math

import pytest
import torch
from torch import Tensor

from songrnn.cells import CELLS
from songrnn.config import Cell, Initialization, ModelConfig
from songrnn.model.network import CharRNN

V, E, H = 41, 96, 160


def fresh(cell: Cell, how: Initialization) -> CharRNN:
    torch.manual_seed(0)
    config = ModelConfig(cell=cell, layers=2, hidden_size=H, embedding_size=E, initialization=how)
    return CharRNN(config, V)


def blocks(network: CharRNN) -> list[tuple[str, Tensor]]:
    """Every gate's block (H, n_in) of every matrix, and the readout."""
    found = [
        (f"{name} block {place}", block)
        for name, parameter in network.recurrent.named_parameters()
        if name.startswith("weight")
        for place, block in enumerate(parameter.detach().split(H))
    ]
    return [*found, ("readout", network.readout.weight.detach())]


@pytest.mark.parametrize("cell", CELLS)
def test_there_is_a_block_for_every_gate_of_every_matrix(cell: Cell) -> None:
    assert len(blocks(fresh(cell, "xavier_uniform"))) == 4 * len(CELLS[cell].stacked) + 1


@pytest.mark.parametrize("cell", CELLS)
def test_xavier_uniform_has_its_bound_and_spread(cell: Cell) -> None:
    for name, block in blocks(fresh(cell, "xavier_uniform")):
        n_out, n_in = block.shape
        bound = math.sqrt(6 / (n_in + n_out))
        assert block.abs().max() <= bound, name
        assert block.abs().max() > 0.98 * bound, name
        assert float(block.std()) == pytest.approx(bound / math.sqrt(3), rel=0.03), name


@pytest.mark.parametrize("cell", CELLS)
def test_xavier_normal_has_its_spread(cell: Cell) -> None:
    for name, block in blocks(fresh(cell, "xavier_normal")):
        n_out, n_in = block.shape
        assert float(block.std()) == pytest.approx(math.sqrt(2 / (n_in + n_out)), rel=0.05), name
        assert abs(float(block.mean())) < 0.1 * float(block.std()), name


@pytest.mark.parametrize("cell", CELLS)
def test_kaiming_has_the_spread_of_its_inputs(cell: Cell) -> None:
    for name, block in blocks(fresh(cell, "kaiming")):
        assert float(block.std()) == pytest.approx(math.sqrt(2 / block.shape[1]), rel=0.05), name


@pytest.mark.parametrize("cell", CELLS)
def test_orthogonal_blocks_are_orthonormal(cell: Cell) -> None:
    for _, block in blocks(fresh(cell, "orthogonal")):
        rows, columns = block.shape
        product = block @ block.T if rows <= columns else block.T @ block
        torch.testing.assert_close(product, torch.eye(len(product)), rtol=0, atol=1e-5)


@pytest.mark.parametrize("how", ["default", "xavier_uniform", "kaiming", "orthogonal"])
def test_an_lstms_forget_bias_counts_once_whatever_the_start(how: Initialization) -> None:
    recurrent = fresh("lstm", how).recurrent
    for layer in range(2):
        both = getattr(recurrent, f"bias_ih_l{layer}") + getattr(recurrent, f"bias_hh_l{layer}")
        assert (both[H : 2 * H] == 1).all()
        if how != "default":
            assert (both[:H] == 0).all()
            assert (both[2 * H :] == 0).all()


def test_default_is_torchs_own() -> None:
    torch.manual_seed(0)
    network = CharRNN(ModelConfig(cell="gru", hidden_size=H, embedding_size=E), V)
    torch.manual_seed(0)
    embedding = torch.nn.Embedding(V, E)
    recurrent = torch.nn.GRU(E, H, batch_first=True)
    assert torch.equal(network.embedding.weight, embedding.weight)
    assert torch.equal(network.recurrent.weight_hh_l0, recurrent.weight_hh_l0)
