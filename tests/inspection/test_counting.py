"""A neuron that counts climbs after the barline and beats once a bar; one that wanders does not."""

import numpy as np

from songrnn.inspection.counting import REACH, bar_spectrum, barline_response
from songrnn.inspection.properties import column_of, property_table
from songrnn.inspection.recording import Activity
from songrnn.inspection.units import Unit
from songrnn.notation.reader import read

RNG = np.random.default_rng(0)
TEXTS = [
    f"X:{n}\nM:2/4\nL:1/8\nK:D\n" + "".join("".join(RNG.choice(list("DEFGABcd"), 4)) + "|" for _ in range(16)) + "\n"
    for n in range(6)
]  # fmt: skip
TABLE = np.concatenate([property_table(read(text)) for text in TEXTS])
T = len(TABLE)


def column(name: str) -> np.ndarray:
    return TABLE[:, column_of(name)]


COUNTER = np.nan_to_num(column("since-bar")) / 4
NOISE = RNG.normal(size=T)
BEATS = np.nan_to_num(column("bar-phase"))
SIZES = [len(text) for text in TEXTS]
KNOWN = Activity(
    values=np.stack([COUNTER, NOISE, BEATS, np.ones(T)], axis=1).astype(np.float32),
    units=tuple(Unit("hidden", 0, n) for n in range(4)),
    table=TABLE,
    ids=np.zeros(T, np.int64),
    tunes=tuple("abcdef"),
    starts=np.cumsum([0, *SIZES[:-1]]),
    fitted=np.zeros(T, np.bool_),
)


def test_the_average_after_a_barline_is_what_the_counter_counts() -> None:
    found = barline_response(KNOWN)
    np.testing.assert_allclose(found.mean[:5, 0], np.arange(5) / 4, atol=1e-6)
    np.testing.assert_allclose(found.deviation[:5, 0], 0, atol=1e-6)
    assert np.abs(found.mean[:5, 1]).max() < 0.4
    assert found.n[:5].sum() == found.n.sum() == np.isfinite(column("since-bar")).sum()
    assert np.isnan(found.mean[REACH - 1]).all()


def test_a_beat_once_a_bar_has_all_its_power_there() -> None:
    found = bar_spectrum(KNOWN)
    once = found.frequencies.index(1.0)
    assert found.power[once, 2] == found.power[:, 2].max()
    assert 0.7 < found.power[once, 2] <= 1.01
    assert found.beat[2] > 50
    assert found.beat[0] > 10
    assert found.beat[1] < 5


def test_a_neuron_that_never_moves_has_no_power() -> None:
    found = bar_spectrum(KNOWN)
    assert (found.power[:, 3] == 0).all()
    assert found.beat[3] == 1
