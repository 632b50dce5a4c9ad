"""Labels are earned: planted neurons are found, noise is not, and the figures are the field's own."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mutual_info_score, r2_score, roc_auc_score

from songrnn.inspection.labelling import LEAST
from songrnn.inspection.properties import COLUMNS, FIRST_COLUMN, PROPERTIES, property_table
from songrnn.inspection.recording import Activity
from songrnn.inspection.scoring import KINDS, scores
from songrnn.inspection.shifted_null import gumbel_p, null_maxima
from songrnn.inspection.sums import Tally
from songrnn.inspection.units import Unit
from songrnn.notation.reader import read

NAMES = [each.name for each in PROPERTIES]
SHIFTS = 24


def tune(seed: int) -> str:
    rng = np.random.default_rng(seed)
    bars = []
    for _ in range(16):
        bar = "".join(rng.choice(list("DEFGABcde"), 4))
        if rng.random() < 0.4:
            bar = bar[:2] + "[" + bar[2:] + "]" + bar[0] * 2  # a chord of two notes
        bars.append(bar)
    return f"X:1\nT:{'Tune ' * int(rng.integers(1, 4))}\nM:2/4\nL:1/8\nK:D\n{'|'.join(bars)}|\n"


TEXTS = [tune(seed) for seed in range(40)]
TABLES = [property_table(read(text)) for text in TEXTS]


def column(name: str) -> np.ndarray:
    """A property on all tunes, one after the other."""
    first = FIRST_COLUMN[NAMES.index(name)]
    return np.concatenate(TABLES)[:, first]


def activity(values: np.ndarray) -> Activity:
    sizes = [len(text) for text in TEXTS]
    letters = sorted(set("".join(TEXTS)))
    return Activity(
        values=values.astype(np.float32),
        units=tuple(Unit("hidden", 0, unit) for unit in range(values.shape[1])),
        table=np.concatenate(TABLES),
        ids=np.array([letters.index(c) for c in "".join(TEXTS)]),
        tunes=tuple(f"tune-{n}" for n in range(len(TEXTS))),
        starts=np.cumsum([0, *sizes[:-1]]),
        fitted=np.repeat(np.arange(len(TEXTS)) % 2 == 0, sizes),
    )


RNG = np.random.default_rng(0)
T = sum(map(len, TEXTS))


def noise(units: int) -> np.ndarray:
    """Slowly wandering values, as neurons have: neighbours are alike."""
    steps = RNG.normal(size=(T, units))
    for t in range(1, T):
        steps[t] += 0.9 * steps[t - 1]
    return np.tanh(steps / 3)


PLANTED = {
    "chord": column("chord"),
    "header": 1 - 2 * column("header"),
    "since-bar": np.nan_to_num(column("since-bar")) / 8,
    "title": column("title"),
}
VALUES = np.concatenate(
    [
        np.stack(list(PLANTED.values()), axis=1) + 0.1 * RNG.normal(size=(T, len(PLANTED))),
        noise(20),
    ],
    axis=1,
)


def test_there_are_about_forty_properties_with_a_column_each_or_two() -> None:
    assert 40 <= len(PROPERTIES) <= 50
    assert len(set(NAMES)) == len(NAMES)
    assert TABLES[0].shape == (len(TEXTS[0]), COLUMNS)


def test_properties_are_what_they_say() -> None:
    text = "X:1\nT:Two\nM:2/4\nL:1/8\nK:D\n|:D2 [FA]2|{g}^f4:|\n"
    table = property_table(read(text))

    def on(name: str) -> str:
        values = table[:, FIRST_COLUMN[NAMES.index(name)]]
        return "".join(c for c, value in zip(text, values, strict=True) if value == 1)

    assert on("title") == "T:Two"
    assert on("key") == "K:D"
    assert on("note") == "DFAgf"
    assert on("chord") == "[FA]2"
    assert on("grace") == "{g}"
    assert on("accidental") == "^"
    assert on("digit") == "12418224"
    assert on("space") == " "
    assert set(on("tonic")) <= set("D2")
    bars = table[:, FIRST_COLUMN[NAMES.index("bar")]]
    assert bars[text.index("f4")] == 1
    assert np.isnan(bars[0])


def test_planted_neurons_are_found_and_named_and_noise_is_not(labelled: Any) -> None:
    found = labelled(activity(VALUES), np.random.default_rng(1), SHIFTS)
    by_unit = {label.neuron: label for label in found}
    for unit, name in enumerate(PLANTED):
        assert by_unit[unit].label == name, by_unit[unit]
        assert by_unit[unit].score > 0.4
        assert by_unit[unit].runner_up_score < by_unit[unit].score
    assert by_unit[1].rising is False
    assert "(low)" in by_unit[1].words
    assert [label.neuron for label in found if label.label] == list(range(len(PLANTED)))


def test_a_counter_remembers_while_an_echo_of_the_character_only_reads(labelled: Any) -> None:
    echo = column("barline") + 0.05 * RNG.normal(size=T)
    counter = np.nan_to_num(column("since-bar")) / 8 + 0.05 * RNG.normal(size=T)
    found = labelled(activity(np.stack([echo, counter], 1)), np.random.default_rng(1), SHIFTS)
    assert [label.kind for label in found] == ["reads", "remembers"]


def test_a_header_neuron_that_idles_in_the_music_says_nothing_of_its_pitches(
    both_sums: Any, labelled: Any
) -> None:
    # Letters stand in the header too, so means over all characters would tell pitches apart.
    idle = 2 * column("header") - 1 + 0.01 * RNG.normal(size=T)
    echo = idle + 0.01 * np.nan_to_num(column("pitch")) / 12
    known = activity(np.stack([idle, echo], 1))
    found = scores(*both_sums(known))
    for name in ("pitch", "octave", "degree", "tonic", "duration"):
        for kind in KINDS:
            assert found[kind][NAMES.index(name)].max() < 0.1
    for label in labelled(known, np.random.default_rng(1), SHIFTS):
        assert label.label == "header"


@pytest.mark.parametrize("name", ["header", "since-bar", "octave", "bar-phase"])
def test_what_is_remembered_is_scored_without_the_means_within_the_propertys_own_mask(
    name: str, both_sums: Any
) -> None:
    known = activity(VALUES)
    place = NAMES.index(name)
    x = known.table[:, FIRST_COLUMN[place] : FIRST_COLUMN[place] + PROPERTIES[place].columns]
    there = np.isfinite(x).all(axis=1)
    left = known.values.astype(np.float64)
    for character in np.unique(known.ids):
        here = there & (known.ids == character)
        mine = here & known.fitted
        left[here] -= known.values[mine if mine.any() else there & known.fitted].mean(axis=0)
    fit, held = there & known.fitted, there & ~known.fitted
    ours = scores(*both_sums(known))["remembers"][place]
    for unit in range(VALUES.shape[1]):
        line = LinearRegression().fit(x[fit], left[fit, unit])
        wanted = r2_score(left[held, unit], line.predict(x[held]))
        if np.isfinite(ours[unit]):
            assert ours[unit] == pytest.approx(wanted, abs=2e-4)
        else:
            assert left[held, unit].var() < 0.011 * known.values[~known.fitted, unit].var()


def test_sums_of_parts_give_the_scores_of_the_whole(both_sums: Any) -> None:
    known = activity(VALUES)
    centre = known.values[:50].mean(axis=0)
    halves = []
    for rows in (known.fitted, ~known.fitted):
        tally = Tally(centre)
        for part in np.array_split(np.flatnonzero(rows), 7):
            tally.add(known.values[part], known.table[part], known.ids[part])
        halves.append(tally.sums())
    for kind, wanted in scores(*both_sums(known)).items():
        np.testing.assert_allclose(scores(*halves)[kind], wanted, atol=1e-4)


@pytest.mark.parametrize("name", ["header", "since-bar", "octave", "bar-phase"])
def test_a_score_is_the_held_out_r2_of_scikit_learn(name: str, both_sums: Any) -> None:
    known = activity(VALUES)
    place = NAMES.index(name)
    columns = slice(FIRST_COLUMN[place], FIRST_COLUMN[place] + PROPERTIES[place].columns)
    x = known.table[:, columns]
    there = np.isfinite(x).all(axis=1)
    fit, held = there & known.fitted, there & ~known.fitted
    ours = scores(*both_sums(known))["reads"][place]
    for unit in range(VALUES.shape[1]):
        line = LinearRegression().fit(x[fit], known.values[fit, unit])
        wanted = r2_score(known.values[held, unit], line.predict(x[held]))
        assert ours[unit] == pytest.approx(wanted, abs=2e-4)


def test_auroc_and_mutual_information_are_those_of_scikit_learn(labelled: Any) -> None:
    known = activity(VALUES)
    label = labelled(known, np.random.default_rng(1), SHIFTS)[0]
    held = ~known.fitted
    truth = known.table[held, FIRST_COLUMN[NAMES.index("chord")]] > 0.5
    values = known.values[held, 0]
    assert label.auroc == pytest.approx(roc_auc_score(truth, values))
    edges = np.quantile(values, np.linspace(0, 1, 9)[1:-1])
    wanted = mutual_info_score(np.searchsorted(edges, values), truth) / np.log(2)
    assert label.mutual_information == pytest.approx(wanted)


def test_shifted_properties_give_at_most_the_rate_of_false_labels(
    both_sums: Any, labelled: Any
) -> None:
    known = activity(noise(60))
    best = scores(*both_sums(known))
    maxima = null_maxima(known, np.random.default_rng(2), shifts=SHIFTS)
    for kind in KINDS:
        p = gumbel_p(maxima[kind], best[kind].max(axis=0))
        assert (p <= 0.05).mean() <= 0.2
    labels = labelled(known, np.random.default_rng(2), SHIFTS)
    assert sum(label.label is not None for label in labels) == 0
    assert LEAST == 0.25


def test_neurons_that_follow_properties_get_no_label_once_the_properties_are_shifted(
    labelled: Any,
) -> None:
    planted = ["header", "title", "note", "barline", "chord"]
    values = np.stack([np.nan_to_num(column(name)) for name in planted], axis=1)
    known = activity(np.tanh(values + 0.1 * RNG.normal(size=values.shape)))
    rng = np.random.default_rng(3)
    ends = np.append(known.starts[1:], T)
    rows = np.concatenate([
        start + (np.arange(end - start) + rng.integers(10, end - start - 10)) % (end - start)
        for start, end in zip(known.starts, ends, strict=True)
    ])  # fmt: skip
    moved = replace(known, table=known.table[rows])
    assert [label.label for label in labelled(known, rng, SHIFTS)] == planted
    assert not any(label.label for label in labelled(moved, rng, SHIFTS))


def test_what_a_whole_tune_shares_goes_from_tune_to_tune_in_the_null(labelled: Any) -> None:
    # A shift within tunes leaves such a property where it was, and would hide what follows it.
    fifths = RNG.integers(-3, 4, len(TEXTS))
    sizes = [len(text) for text in TEXTS]
    known = activity(noise(3))
    known.table[:, FIRST_COLUMN[NAMES.index("sharps")]] = np.repeat(fifths, sizes)
    known.values[:, 0] = np.repeat(fifths / 4, sizes) + 0.1 * RNG.normal(size=T)
    label = labelled(known, np.random.default_rng(1), SHIFTS)[0]
    assert (label.label, label.kind) == ("sharps", "remembers")


def test_p_of_a_gumbel_sample_is_that_of_its_distribution() -> None:
    maxima = np.random.default_rng(3).gumbel(2.0, 0.5, (20_000, 1))
    observed = np.array([3.5])
    wanted = 1 - np.exp(-np.exp(-(3.5 - 2.0) / 0.5))
    assert gumbel_p(maxima, observed)[0] == pytest.approx(wanted, rel=0.05)
