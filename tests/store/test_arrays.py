"""Arrays are read only when they are what was expected, whatever their headers claim."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.lib import format as npy

from songrnn.store.arrays import open_arrays

MOST = 1 << 24


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.npz"


def claiming(path: Path, shape: tuple[int, ...], data: bytes, dtype: str = "<f4") -> None:
    """An .npz whose one array claims a shape."""
    header = io.BytesIO()
    npy.write_array_header_1_0(header, {"descr": dtype, "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("values.npy", header.getvalue() + data)


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_come_back_as_they_were_written(path: Path, order: str) -> None:
    values = np.asarray(np.arange(24, dtype=np.float32).reshape(2, 3, 4), order=order)  # type: ignore[call-overload]
    np.savez_compressed(path, values=values, names=np.array(["a", "bc"]))
    with open_arrays(path, most=MOST) as file:
        assert file.names == ["values", "names"]
        found = file.read("values", dtypes=["f4"], shape=[2, None, 4])
        np.testing.assert_array_equal(found, values)
        assert found.flags.writeable
        assert file.read("names", dtypes=["U2"], shape=[None]).tolist() == ["a", "bc"]


@pytest.mark.parametrize(
    ("dtype", "shape"), [("f8", [2, 3]), ("f4", [3, 2]), ("f4", [None]), ("i4", [2, 3])]
)
def test_another_type_or_shape_is_refused(path: Path, dtype: str, shape: list[int]) -> None:
    np.savez(path, values=np.zeros((2, 3), np.float32))
    with open_arrays(path, most=MOST) as file, pytest.raises(ValueError, match="values is"):
        file.read("values", dtypes=[dtype], shape=shape)


def test_a_thousand_million_numbers_in_a_few_bytes_are_not_allocated(path: Path) -> None:
    claiming(path, (10**9,), bytes(1 << 22))
    tracemalloc.start()
    with open_arrays(path, most=MOST) as file:
        with pytest.raises(ValueError, match="values is"):
            file.read("values", dtypes=["f4"], shape=[10])
        with pytest.raises(ValueError, match="would take"):
            file.read("values", dtypes=["f4"], shape=[None])
    assert tracemalloc.get_traced_memory()[1] < 1 << 22
    tracemalloc.stop()


@pytest.mark.parametrize("size", [0, 39, 41, 4000])
def test_more_or_less_than_claimed_is_refused(path: Path, size: int) -> None:
    claiming(path, (10,), bytes(size))
    with open_arrays(path, most=MOST) as file, pytest.raises(ValueError, match="claims"):
        file.read("values", dtypes=["f4"], shape=[10])


def test_pickled_objects_are_refused(path: Path) -> None:
    np.savez(path, values=np.array([object()], dtype=object), allow_pickle=True)
    with open_arrays(path, most=MOST) as file, pytest.raises(ValueError, match="values is"):
        file.read("values", dtypes=["f4"], shape=[1])


def test_a_file_larger_than_it_may_be_is_not_opened(path: Path) -> None:
    np.savez(path, values=np.zeros(1000))
    with pytest.raises(OSError, match="at most"), open_arrays(path, most=100):
        pass


@settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_damaged_archive_is_whole_or_refused(path: Path, data: st.DataObject) -> None:
    values = np.arange(60, dtype=np.float32)
    np.savez_compressed(path, values=values)
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        with open_arrays(path, most=MOST) as file:
            found = file.read("values", dtypes=["f4"], shape=[60])
    except (ValueError, KeyError, OSError):
        return
    np.testing.assert_array_equal(found, values)
