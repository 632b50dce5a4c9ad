"""Weights prove themselves: names, shapes and every bit."""

from pathlib import Path

import numpy as np
import pytest

from songrnn.config import Cell, ModelConfig
from songrnn.errors import DamagedRunError
from songrnn.model.shapes import parameter_shapes
from songrnn.store.weights import check_weights, read_weights, write_weights

V = 9


def arrays(cell: Cell, hidden: int = 4) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        name: rng.standard_normal(shape).astype(np.float32)
        for name, shape in shapes(cell, hidden).items()
    }


def shapes(cell: Cell, hidden: int = 4) -> dict[str, tuple[int, ...]]:
    return parameter_shapes(ModelConfig(cell=cell, hidden_size=hidden, embedding_size=3), V)


def test_weights_come_back_to_the_bit(tmp_path: Path) -> None:
    written = arrays("gru")
    sha = write_weights(tmp_path / "w", written)
    read = read_weights(tmp_path / "w", shapes=shapes("gru"), sha256=sha)
    assert list(read) == list(written)
    for name, array in written.items():
        assert read[name].dtype == np.float32
        np.testing.assert_array_equal(read[name], array)


def test_the_same_weights_make_the_same_file(tmp_path: Path) -> None:
    assert write_weights(tmp_path / "a", arrays("rnn")) == write_weights(
        tmp_path / "b", arrays("rnn")
    )


def test_weights_of_another_cell_are_listed_by_name(tmp_path: Path) -> None:
    write_weights(tmp_path / "w", arrays("rnn"))
    with pytest.raises(DamagedRunError, match=r"recurrent\.weight_ih_l0 is F32 \[4, 3\], not F32"):
        check_weights(tmp_path / "w", shapes("lstm"))


def test_missing_and_unexpected_weights_are_named(tmp_path: Path) -> None:
    changed = arrays("lstm")
    changed["spare"] = changed.pop("readout.bias")
    write_weights(tmp_path / "w", changed)
    with pytest.raises(DamagedRunError, match=r"readout\.bias is missing, 'spare' is unexpected"):
        read_weights(tmp_path / "w", shapes=shapes("lstm"))


def test_a_flipped_bit_anywhere_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "w"
    write_weights(path, arrays("rnn"))
    good = path.read_bytes()
    for byte in range(len(good)):
        path.write_bytes(good[:byte] + bytes([good[byte] ^ 4]) + good[byte + 1 :])
        with pytest.raises(DamagedRunError):
            read_weights(path, shapes=shapes("rnn"))


@pytest.mark.parametrize("length", [0, 5, 8, 60, -1])
def test_a_part_of_a_file_is_no_file(tmp_path: Path, length: int) -> None:
    path = tmp_path / "w"
    write_weights(path, arrays("rnn"))
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(DamagedRunError):
        read_weights(path, shapes=shapes("rnn"))


def test_an_intact_file_of_another_run_is_noticed(tmp_path: Path) -> None:
    sha = write_weights(tmp_path / "w", arrays("lstm"))
    other = {name: array + 1 for name, array in arrays("lstm").items()}
    write_weights(tmp_path / "w", other)
    with pytest.raises(DamagedRunError, match="sha256 differs"):
        read_weights(tmp_path / "w", shapes=shapes("lstm"), sha256=sha)


def test_without_a_file_there_are_no_weights(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_weights(tmp_path / "w", shapes={})
