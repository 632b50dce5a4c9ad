"""The engine does torch's sums: whole texts, steps and batches, every cell and layer count."""

import threading
from typing import Any

import numpy as np
import pytest
import torch

from songrnn.cells import CELLS
from songrnn.config import Cell, ModelConfig
from songrnn.errors import DamagedRunError
from songrnn.model.engine import Engine, State
from songrnn.model.network import CharRNN

V = 43
# Units chosen so that matrices are multiplied whole, and, the last, in panels.
SHAPES = [(1, 1, 1), (1, 7, 5), (2, 16, 64), (3, 37, 3), (1, 150, 64), (2, 300, 32)]


def assert_near(got: np.ndarray, want: Any) -> None:
    np.testing.assert_allclose(got, np.asarray(want), rtol=0, atol=1e-5)


def network(cell: Cell, layers: int = 1, hidden: int = 7, embedding: int = 5) -> CharRNN:
    torch.manual_seed(layers + hidden)
    config = ModelConfig(
        cell=cell, layers=layers, hidden_size=hidden, embedding_size=embedding, dropout=0.3
    )
    net = CharRNN(config, V).eval()
    with torch.no_grad():
        for parameter in net.parameters():  # biases large enough to be missed when forgotten
            parameter.add_(0.2 * torch.randn_like(parameter) / hidden**0.5)
    return net


def engine(net: CharRNN) -> Engine:
    return Engine(net.config, V, {k: w.numpy() for k, w in net.state_dict().items()})


def symbols(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, V, shape)


def forward(net: CharRNN, ids: np.ndarray) -> tuple[np.ndarray, State]:
    """torch's logits (B, T, V) and its state after reading."""
    with torch.no_grad():
        logits, state = net(torch.from_numpy(ids))
    if isinstance(state, tuple):
        return logits.numpy(), State(state[0].numpy(), state[1].numpy())
    return logits.numpy(), State(state.numpy())


def assert_close(got: State, want: State) -> None:
    assert_near(got.hidden, want.hidden)
    assert (got.cell is None) == (want.cell is None)
    if got.cell is not None and want.cell is not None:
        assert_near(got.cell, want.cell)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("layers", "hidden", "embedding"), SHAPES)
def test_a_whole_text_reads_as_in_torch(
    cell: Cell, layers: int, hidden: int, embedding: int
) -> None:
    net = network(cell, layers, hidden, embedding)
    ids = symbols(30)
    want, state = forward(net, ids[None])
    got, after, internals = engine(net).read(ids)
    assert_near(got, want[0])
    assert_close(after, state)
    assert internals is None


@pytest.mark.parametrize("normalization", ["layer", "batch"])
@pytest.mark.parametrize(("layers", "hidden", "embedding"), SHAPES[1:])
@pytest.mark.parametrize("batch", [1, 3, 12])
def test_a_normalized_output_reads_as_in_torch(
    normalization: Any, layers: int, hidden: int, embedding: int, batch: int
) -> None:
    net = network("lstm", layers, hidden, embedding)
    config = net.config.model_copy(update={"normalization": normalization})
    normed = CharRNN(config, V)
    normed.load_state_dict(net.state_dict(), strict=False)
    with torch.no_grad():
        normed.normalization.weight.add_(torch.randn(hidden) / 3)
        normed.normalization.bias.add_(torch.randn(hidden) / 3)
        for _ in range(5):  # so that batch normalization has seen data
            normed.train()(torch.from_numpy(symbols(batch, 20)))
    ids = symbols(batch, 30)
    want, state = forward(normed.eval(), ids)
    got, after, _ = engine(normed).read(ids if batch > 1 else ids[0])
    assert_near(got.reshape(want.shape), want)
    assert_close(after, state)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("layers", "hidden", "embedding"), SHAPES)
@pytest.mark.parametrize("batch", [1, 2, 9, 20])
def test_steps_with_carried_state_read_as_in_torch(
    cell: Cell, layers: int, hidden: int, embedding: int, batch: int
) -> None:
    """Composing once called the net without its previous state: it had no memory."""
    net = network(cell, layers, hidden, embedding)
    reader = engine(net)
    ids = symbols(batch, 12)
    want, last = forward(net, ids)
    state = None
    for t in range(12):
        logits, state, _ = reader.step(ids[:, t], state)
        assert_near(logits, want[:, t])
    assert state is not None
    assert_close(state, last)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("batch", [1, 3, 17])
def test_many_texts_of_one_length_read_as_each_alone(cell: Cell, batch: int) -> None:
    reader = engine(network(cell, 2, 20))
    ids = symbols(batch, 15)
    together, state, shown = reader.read(ids, internals=True)
    assert shown is not None
    for b in range(batch):
        alone, state_alone, shown_alone = reader.read(ids[b], internals=True)
        assert shown_alone is not None
        assert_near(together[b], alone)
        assert_close(state.rows(np.array([b])), state_alone)
        for name in reader.quantities:
            assert_near(shown[name][:, b], shown_alone[name])


@pytest.mark.parametrize("cell", CELLS)
def test_reading_on_from_a_state_is_reading_the_whole(cell: Cell) -> None:
    reader = engine(network(cell, 2, 20))
    ids = symbols(20)
    whole, end, _ = reader.read(ids)
    first, state, _ = reader.read(ids[:8])
    second, end_of_second, _ = reader.read(ids[8:], state)
    assert_near(np.concatenate([first, second]), whole)
    assert_close(end_of_second, end)


def test_lstm_internals_obey_its_equations() -> None:
    _, _, shown = engine(network("lstm", 2, 20)).read(symbols(25), internals=True)
    assert shown is not None
    assert {quantity.shape for quantity in shown.values()} == {(2, 25, 20)}
    before = np.zeros_like(shown["cell"])
    before[:, 1:] = shown["cell"][:, :-1]
    cell = shown["forget_gate"] * before + shown["input_gate"] * shown["candidate"]
    assert_near(shown["cell"], cell)
    assert_near(shown["hidden"], shown["output_gate"] * np.tanh(cell))


def test_gru_internals_obey_its_equations() -> None:
    _, _, shown = engine(network("gru", 2, 20)).read(symbols(25), internals=True)
    assert shown is not None
    assert set(shown) == {"hidden", "reset_gate", "update_gate", "candidate"}
    before = np.zeros_like(shown["hidden"])
    before[:, 1:] = shown["hidden"][:, :-1]
    u = shown["update_gate"]
    hidden = (1 - u) * shown["candidate"] + u * before
    assert_near(shown["hidden"], hidden)


def test_lstm_gates_are_those_of_torchs_own_cell() -> None:
    """Each gate by its name: torch stacks input, forget, candidate, output."""
    net = network("lstm", 1, 20)
    ids = symbols(6)
    _, _, shown = engine(net).read(ids, internals=True)
    assert shown is not None
    weights = {k: w.double() for k, w in net.state_dict().items()}
    hidden = np.concatenate([np.zeros((1, 20)), shown["hidden"][0, :-1]])
    sums = (
        weights["embedding.weight"][ids] @ weights["recurrent.weight_ih_l0"].T
        + weights["recurrent.bias_ih_l0"]
        + torch.from_numpy(hidden) @ weights["recurrent.weight_hh_l0"].T
        + weights["recurrent.bias_hh_l0"]
    )
    i, f, g, o = sums.chunk(4, 1)
    assert_near(shown["input_gate"][0], i.sigmoid())
    assert_near(shown["forget_gate"][0], f.sigmoid())
    assert_near(shown["candidate"][0], g.tanh())
    assert_near(shown["output_gate"][0], o.sigmoid())


@pytest.mark.parametrize("cell", CELLS)
def test_the_last_column_of_a_text_is_the_state_after_it(cell: Cell) -> None:
    _, state, shown = engine(network(cell, 2, 20)).read(symbols(9), internals=True)
    assert shown is not None
    np.testing.assert_array_equal(shown["hidden"][:, -1], state.hidden[:, 0])
    if state.cell is not None:
        np.testing.assert_array_equal(shown["cell"][:, -1], state.cell[:, 0])


@pytest.mark.parametrize("batch", [1, 5])
def test_internals_of_a_step_are_a_column_of_the_text(batch: int) -> None:
    reader = engine(network("gru", 2, 20))
    ids = symbols(batch, 4)
    _, _, text = reader.read(ids, internals=True)
    state = None
    for t in range(4):
        _, state, shown = reader.step(ids[:, t], state, internals=True)
        assert text is not None
        assert shown is not None
        for name in reader.quantities:
            np.testing.assert_array_equal(shown[name], text[name][:, :, t])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("batch", [1, 3])
def test_a_step_changes_nothing_it_was_given_nor_what_it_gave_before(
    cell: Cell, batch: int
) -> None:
    reader = engine(network(cell))
    first, state, _ = reader.step(symbols(batch))
    kept_logits, kept_state = first.copy(), state.copy()
    reader.step(symbols(batch), state)
    np.testing.assert_array_equal(first, kept_logits)
    np.testing.assert_array_equal(state.hidden, kept_state.hidden)
    if state.cell is not None:
        np.testing.assert_array_equal(state.cell, kept_state.cell)


def test_songs_of_a_batch_do_not_hear_each_other() -> None:
    reader = engine(network("lstm"))
    ids = symbols(10, 6)
    changed = ids.copy()
    changed[3] = (changed[3] + 1) % V
    before, after = reader.read(ids)[0], reader.read(changed)[0]
    assert not np.array_equal(before[3], after[3])
    others = np.arange(10) != 3
    np.testing.assert_array_equal(before[others], after[others])


def test_one_engine_serves_many_threads_at_once() -> None:
    reader = engine(network("lstm", 1, 40))
    texts = [symbols(200) + 0, (symbols(200) + 7) % V, (symbols(200) + 11) % V]
    alone = [reader.read(ids)[0] for ids in texts]
    seen: list[np.ndarray | None] = [None] * 3

    def step_through(k: int) -> None:
        state, rows = None, []
        for symbol in texts[k]:
            logits, state, _ = reader.step(np.array([symbol]), state)
            rows.append(logits[0])
        seen[k] = np.stack(rows)

    threads = [threading.Thread(target=step_through, args=(k,)) for k in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k in range(3):
        np.testing.assert_array_equal(seen[k], alone[k])


@pytest.mark.parametrize("batch", [1, 4])
def test_a_stepper_goes_on_from_the_state_it_is_given(batch: int) -> None:
    reader = engine(network("lstm", 2))
    ids = symbols(batch, 5)
    whole = reader.read(ids)[0]
    state = reader.read(ids[:, :4])[1]
    if batch == 1:
        logits = reader.single_stepper(state).feed(ids[0, 4])
    else:
        logits = reader.batch_stepper(batch, state).feed(ids[:, 4])
    assert_near(logits.reshape(batch, V), whole[:, 4])


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("layers", "hidden"), [(1, 1), (2, 16), (2, 300)])
@pytest.mark.parametrize("batch", [1, 3, 17])
def test_a_stepper_tells_every_quantity_in_plain_order(
    cell: Cell, layers: int, hidden: int, batch: int
) -> None:
    reader = engine(network(cell, layers, hidden))
    ids = symbols(batch, 4)
    _, _, shown = reader.read(ids, internals=True)
    assert shown is not None
    stepper = reader.batch_stepper(batch) if batch > 1 else reader.single_stepper()
    for t in range(4):
        stepper.feed(ids[:, t] if batch > 1 else ids[0, t])
    some = np.array([hidden - 1, 0])
    for name in reader.quantities:
        for layer in range(layers):
            want = shown[name][layer, :, -1]  # (B, H)
            np.testing.assert_array_equal(stepper.values(name, layer), want)
            np.testing.assert_array_equal(stepper.values(name, layer, some), want[:, some])
            np.testing.assert_array_equal(stepper.values(name, layer, hidden - 1), want[:, -1])


@pytest.mark.parametrize(("quantity", "layer"), [("cell", 0), ("hidden", 2)])
def test_a_quantity_that_is_not_there_is_refused(quantity: str, layer: int) -> None:
    with pytest.raises(ValueError, match="hidden, reset_gate, update_gate, candidate"):
        engine(network("gru", 2)).single_stepper().values(quantity, layer)


def test_one_song_of_a_batch_starts_anew_while_the_others_go_on() -> None:
    reader = engine(network("lstm", 2))
    ids = symbols(4, 6)
    stepper = reader.batch_stepper(4)
    for t in range(5):
        stepper.feed(ids[:, t])
    stepper.load(State.zeros(reader.config), np.array([2]))
    logits = stepper.feed(ids[:, 5])
    assert_near(logits[2], reader.read(ids[2, 5:])[0][0])
    assert_near(logits[1], reader.read(ids[1])[0][5])


def test_weights_of_another_cell_than_the_run_names_are_refused() -> None:
    """A run once said LSTM while its weights were those of a plain RNN."""
    weights = {k: w.numpy() for k, w in network("rnn").state_dict().items()}
    with pytest.raises(DamagedRunError, match=r"recurrent\.weight_hh_l0 is \(7, 7\).*\(28, 7\)"):
        Engine(network("lstm").config, V, weights)


def test_missing_and_unexpected_weights_are_listed_by_name() -> None:
    weights = {k: w.numpy() for k, w in network("gru").state_dict().items()}
    weights["spare"] = weights.pop("readout.bias")
    with pytest.raises(DamagedRunError, match=r"readout\.bias is missing; spare is unexpected"):
        Engine(network("gru").config, V, weights)


@pytest.mark.parametrize("wrong", [[-1], [V]])
def test_a_symbol_outside_the_vocabulary_is_refused(wrong: list[int]) -> None:
    with pytest.raises(ValueError, match=f"0 to {V - 1}"):
        engine(network("lstm")).step(np.array(wrong))


def test_an_empty_text_leaves_the_state_as_it_was() -> None:
    reader = engine(network("lstm"))
    _, state, _ = reader.read(symbols(3))
    logits, after, _ = reader.read(np.empty(0, np.int64), state)
    assert logits.shape == (0, V)
    assert_close(after, state)
