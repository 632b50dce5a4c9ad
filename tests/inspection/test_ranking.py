"""Labels are earned: planted neurons are found, noise is not, and the figures are the field's own."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mutual_info_score, r2_score, roc_auc_score

from songrnn.errors import DamagedRunError
from songrnn.inspection.index import EXAMPLES, FILE, PLACES, NeuronIndex, _examples
from songrnn.inspection.labels import COLUMNS, FIRST_COLUMN, PROPERTIES, properties
from songrnn.inspection.ranking import (
    LEAST,
    Activity,
    gumbel_p,
    null_maxima,
    rank,
    residuals,
    scores,
)
from songrnn.notation.reader import read

NAMES = [each.name for each in PROPERTIES]
SHIFTS = 40


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
TABLES = [properties(read(text)) for text in TEXTS]


def column(name: str) -> np.ndarray:
    """A property on all tunes, one after the other."""
    first = FIRST_COLUMN[NAMES.index(name)]
    return np.concatenate(TABLES)[:, first]


def activity(values: np.ndarray) -> Activity:
    sizes = [len(text) for text in TEXTS]
    letters = sorted(set("".join(TEXTS)))
    return Activity(
        values=values.astype(np.float32),
        columns=tuple(("hidden", 0, unit) for unit in range(values.shape[1])),
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
    table = properties(read(text))

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


def test_planted_neurons_are_found_and_named_and_noise_is_not() -> None:
    found = rank(activity(VALUES), np.random.default_rng(1), shifts=SHIFTS)
    by_unit = {label.neuron: label for label in found}
    for unit, name in enumerate(PLANTED):
        assert by_unit[unit].label == name, by_unit[unit]
        assert by_unit[unit].score > 0.4
        assert by_unit[unit].runner_up_score < by_unit[unit].score
    assert by_unit[1].rising is False
    assert "(low)" in by_unit[1].words
    assert [label.neuron for label in found if label.label] == list(range(len(PLANTED)))


def test_a_counter_remembers_while_an_echo_of_the_character_only_reads() -> None:
    echo = column("barline") + 0.05 * RNG.normal(size=T)
    counter = np.nan_to_num(column("since-bar")) / 8 + 0.05 * RNG.normal(size=T)
    found = rank(activity(np.stack([echo, counter], 1)), np.random.default_rng(1), shifts=SHIFTS)
    assert [label.kind for label in found] == ["reads", "remembers"]
    left = residuals(activity(np.stack([echo, counter], 1)))
    assert left[:, 0].std() < 0.1 < left[:, 1].std()


@pytest.mark.parametrize("name", ["header", "since-bar", "octave", "bar-phase"])
def test_a_score_is_the_held_out_r2_of_scikit_learn(name: str) -> None:
    known = activity(VALUES)
    place = NAMES.index(name)
    columns = slice(FIRST_COLUMN[place], FIRST_COLUMN[place] + PROPERTIES[place].columns)
    x = known.table[:, columns]
    there = np.isfinite(x).all(axis=1)
    fit, held = there & known.fitted, there & ~known.fitted
    ours = scores(known.table, known.values, known.fitted)[place]
    for unit in range(VALUES.shape[1]):
        line = LinearRegression().fit(x[fit], known.values[fit, unit])
        wanted = r2_score(known.values[held, unit], line.predict(x[held]))
        assert ours[unit] == pytest.approx(wanted, abs=2e-4)


def test_auroc_and_mutual_information_are_those_of_scikit_learn() -> None:
    known = activity(VALUES)
    label = rank(known, np.random.default_rng(1), shifts=SHIFTS)[0]
    held = ~known.fitted
    truth = known.table[held, FIRST_COLUMN[NAMES.index("chord")]] > 0.5
    values = known.values[held, 0]
    assert label.auroc == pytest.approx(roc_auc_score(truth, values))
    edges = np.quantile(values, np.linspace(0, 1, 9)[1:-1])
    wanted = mutual_info_score(np.searchsorted(edges, values), truth) / np.log(2)
    assert label.mutual_information == pytest.approx(wanted)


def test_shifted_properties_give_at_most_the_rate_of_false_labels() -> None:
    values = noise(60)
    known = activity(values)
    best = scores(known.table, known.values, known.fitted).max(axis=0)
    maxima = null_maxima(known, known.values, np.random.default_rng(2), shifts=SHIFTS)
    p = gumbel_p(maxima, best)
    assert (p <= 0.05).mean() <= 0.2
    labels = rank(known, np.random.default_rng(2), shifts=SHIFTS)
    assert sum(label.label is not None for label in labels) == 0
    assert LEAST == 0.25


def test_p_of_a_gumbel_sample_is_that_of_its_distribution() -> None:
    maxima = np.random.default_rng(3).gumbel(2.0, 0.5, (20_000, 1))
    observed = np.array([3.5])
    wanted = 1 - np.exp(-np.exp(-(3.5 - 2.0) / 0.5))
    assert gumbel_p(maxima, observed)[0] == pytest.approx(wanted, rel=0.05)


def test_examples_are_where_the_values_are() -> None:
    known = activity(VALUES)
    places, values = _examples(known, np.random.default_rng(0))
    assert places.shape == (VALUES.shape[1], len(EXAMPLES), PLACES, 2)
    for unit in range(3):
        assert values[unit, 0, 0] == known.values[:, unit].max()
        assert values[unit, 1, 0] == known.values[:, unit].min()
        for kind in range(len(EXAMPLES)):
            for (number, character), value in zip(
                places[unit, kind], values[unit, kind], strict=True
            ):
                row = int(known.starts[number]) + int(character)
                assert known.values[row, unit] == value
        assert len({int(number) for number, _ in places[unit, 0]}) == PLACES


def test_an_index_comes_back_as_it_was_and_damage_is_said(tmp_path: Path) -> None:
    known = activity(VALUES)
    labels = tuple(rank(known, np.random.default_rng(1), shifts=20))
    places, values = _examples(known, np.random.default_rng(0))
    N = len(labels)
    index = NeuronIndex(
        labels=labels,
        histograms=np.zeros((N, 41), np.float32),
        quantiles=np.zeros((N, 101), np.float32),
        moments=np.zeros((N, 2), np.float32),
        places=places,
        values=values,
        tunes=known.tunes,
        corpus="folk",
        characters=T,
        untrained_labels=1,
        untrained_neurons=N,
        weights="",
    )
    assert NeuronIndex.read(tmp_path) is None
    index.write(tmp_path)
    again = NeuronIndex.read(tmp_path)
    assert again is not None
    assert again.labels == index.labels
    assert again.tunes == index.tunes
    assert again.examples(2) == index.examples(2)
    assert again.place_of("hidden", 0, 3) == 3
    assert again.place_of("cell", 0, 3) is None
    (tmp_path / FILE).write_bytes(b"PK")
    with pytest.raises(DamagedRunError, match="rank"):
        NeuronIndex.read(tmp_path)
