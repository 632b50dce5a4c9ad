"""A neuron that counts climbs after the barline and beats once a bar; one that wanders does not."""

from dataclasses import replace

import numpy as np
import pytest

from songrnn.errors import ConfigError
from songrnn.inspection.counting import (
    REACH,
    bar_spectrum,
    barline_response,
    count_unit,
    strongest_beats,
)
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
    steps = barline_response(KNOWN, 0, np.random.default_rng(0))
    for distance, step in enumerate(steps[:5]):
        assert step.distance == distance
        assert step.mean.estimate == pytest.approx(distance / 4, abs=1e-6)
        assert step.mean.low == pytest.approx(step.mean.high, abs=1e-6)
        assert step.deviation == pytest.approx(0, abs=1e-6)
        assert step.mean.n == len(TEXTS)
    assert len(steps) < REACH
    assert sum(step.characters for step in steps) == np.isfinite(column("since-bar")).sum()
    noise = barline_response(KNOWN, 1, np.random.default_rng(0))
    assert all(step.mean.low < step.mean.estimate < step.mean.high for step in noise[:4])


def test_the_mean_is_over_characters_not_over_tunes() -> None:
    for step in barline_response(KNOWN, 1, np.random.default_rng(0)):
        there = column("since-bar") == step.distance
        assert step.mean.estimate == pytest.approx(NOISE[there].mean(), abs=1e-6)
        assert step.deviation == pytest.approx(NOISE[there].std(), abs=1e-6)


def test_a_beat_once_a_bar_has_all_its_power_there() -> None:
    found = bar_spectrum(KNOWN)
    once = found.frequencies.index(1.0)
    assert found.power[once, 2] == found.power[:, 2].max()
    assert 0.7 < found.power[once, 2] <= 1.01
    assert found.beat[2] > 50
    assert found.beat[0] > 10
    assert found.beat[1] < 5


def test_an_interval_of_the_beat_holds_it_and_tells_a_counter_from_noise() -> None:
    found = bar_spectrum(KNOWN)
    counter, noise = (found.beat_interval(unit, np.random.default_rng(0)) for unit in (0, 1))
    assert counter.estimate == pytest.approx(found.beat[0])
    assert counter.low <= counter.estimate <= counter.high
    assert counter.low > noise.high
    assert counter.n == len(TEXTS)


def test_a_neuron_that_never_moves_has_no_power() -> None:
    found = bar_spectrum(KNOWN)
    assert (found.power[:, 3] == 0).all()
    assert found.beat[3] == 1


def test_tunes_without_bars_cannot_be_counted() -> None:
    header = properties_without_music(KNOWN)
    assert barline_response(header, 0, np.random.default_rng(0)) == []
    with pytest.raises(ConfigError, match="bars to count"):
        bar_spectrum(header)


def properties_without_music(known: Activity) -> Activity:
    return replace(known, table=np.full_like(known.table, np.nan))


def test_a_unit_is_counted_as_its_parts_are() -> None:
    found = count_unit(KNOWN, Unit("hidden", 0, 2), np.random.default_rng(3))
    rng = np.random.default_rng(3)
    spectrum = bar_spectrum(KNOWN)
    assert list(found.response) == barline_response(KNOWN, 2, rng)
    assert found.beat == spectrum.beat_interval(2, rng)
    assert found.power == tuple(spectrum.power[:, 2].tolist())
    assert found.frequencies == spectrum.frequencies
    with pytest.raises(ConfigError, match="neuron 9"):
        count_unit(KNOWN, Unit("hidden", 0, 9), rng)


def test_the_strongest_beats_come_first() -> None:
    told: list[float] = []
    found = strongest_beats(KNOWN, 3, np.random.default_rng(0), progress=told.append)
    beat = bar_spectrum(KNOWN).beat
    assert [unit.neuron for unit, _ in found] == np.argsort(-beat, kind="stable")[:3].tolist()
    assert [each.estimate for _, each in found] == pytest.approx(sorted(beat, reverse=True)[:3])
    assert told == pytest.approx([1 / 3, 2 / 3, 1])
