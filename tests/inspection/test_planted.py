"""The whole way on a network whose neurons are known: found, named, and what ablating them changes.

Built by hand: a bracket neuron, on between "[" and "]" and alone in knowing that "]" may come; a
bar counter, which climbs from the barline on and alone knows that a barline is due; a header
neuron, on until the key, which alone lets a line end and holds the counter down. All others
wander with the letters and are hardly listened to.
"""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from songrnn.config import ModelConfig
from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import START, Vocabulary
from songrnn.errors import ConfigError
from songrnn.inspection.ablated_bits import read_bits
from songrnn.inspection.ablation import effect, verdicts
from songrnn.inspection.activations import activations
from songrnn.inspection.deciding import find_deciding
from songrnn.inspection.dose import dose_curve
from songrnn.inspection.holding import Mode, interventions
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.measuring import measure
from songrnn.inspection.properties import PROPERTIES
from songrnn.inspection.recording import annotate_texts
from songrnn.inspection.selection import select
from songrnn.inspection.units import Unit
from songrnn.model.engine import Engine
from songrnn.model.shapes import parameter_shapes

BRACKET, COUNTER, HEADER = 3, 12, 8
PLANTED = (BRACKET, COUNTER, HEADER)
H = 24
BAR = 8


def tune(seed: int) -> Tune:
    rng = np.random.default_rng(seed)
    bars = []
    for _ in range(12):
        bar = "".join(rng.choice(list("DEFGABcde"), BAR))
        if rng.random() < 0.5:
            at = int(rng.integers(0, BAR - 5))
            bar = f"{bar[:at]}[{bar[at + 1 : at + 4]}]{bar[at + 5 :]}"
        bars.append(bar)
    title = "Tune" * int(rng.integers(1, 4))
    words = f"X:1\nT:{title}\nM:2/4\nL:1/8\nK:D\n{'|'.join(bars)}|\n"
    return Tune(f"{seed:012x}", "1", "", "", "2/4", "1/8", "D", words, "hand", "", "validation")


TUNES = [tune(seed) for seed in range(40)]
VOCABULARY = Vocabulary.of([each.text for each in TUNES])
V = VOCABULARY.size


def climb(steps: int) -> float:
    value = -1.0
    for _ in range(steps):
        value = float(np.tanh(value + 0.12))
    return value


def built() -> Engine:
    config = ModelConfig(cell="rnn", layers=1, hidden_size=H, embedding_size=V)
    weights = {n: np.zeros(s, np.float32) for n, s in parameter_shapes(config, V).items()}
    rng = np.random.default_rng(0)
    opened, closed, key, ended, bar = VOCABULARY.encode("[]K\n|")
    weights["embedding.weight"] = np.eye(V, dtype=np.float32)
    given = weights["recurrent.weight_ih_l0"]  # (H, V)
    recurrent = weights["recurrent.weight_hh_l0"]
    bias = weights["recurrent.bias_ih_l0"]
    readout = weights["readout.weight"]  # (V, H)
    given[:] = rng.normal(size=(H, V))
    recurrent[:] = 0.3 * np.diag(rng.random(H))
    readout[:] = 0.02 * rng.normal(size=(V, H))
    for unit in PLANTED:
        given[unit], readout[:, unit] = 0, 0
    for unit, on, off, known in [(BRACKET, opened, closed, closed), (HEADER, START, key, ended)]:
        # It stays at ±1 until one of its two symbols is read.
        given[unit, on], given[unit, off] = 6, -6
        recurrent[unit, unit] = 3
        readout[known, unit] = 3
    given[BRACKET, START] = -6
    # It starts at −1 and climbs a little at every character of the music.
    given[COUNTER, [START, ended, bar]] = -6
    recurrent[COUNTER, COUNTER], bias[COUNTER] = 1, 0.12 - 3
    recurrent[COUNTER, HEADER] = -3
    readout[bar, COUNTER] = 20
    weights["readout.bias"][bar] = 4 - 20 * climb(BAR)
    return Engine(config, V, weights)


ENGINE = built()
TEXTS = annotate_texts(VOCABULARY, TUNES)
FOUND = measure(ENGINE, TEXTS, shifts=40)
assert FOUND.pictures is not None
MEANS = {Unit("hidden", 0, n): float(FOUND.pictures.moments[n, 0]) for n in range(H)}


def changes(unit: int) -> tuple[np.ndarray, str]:
    """Change in bits of every predicted character when the unit is held at its mean, and those
    characters; START's prediction among them, END's not."""
    texts = [VOCABULARY.encode(each.text) for each in TUNES]
    held = interventions([Unit("hidden", 0, unit)], "mean", MEANS)
    before, after = read_bits(ENGINE, texts, [(), held])
    parts = [(b - a)[:-1] for a, b in zip(before, after, strict=True)]
    return np.concatenate(parts), "".join(each.text for each in TUNES)


def on(character: str, text: str) -> np.ndarray:
    return np.array([each == character for each in text])


def test_the_three_are_found_and_named_and_no_other() -> None:
    labels = {label.neuron: label for label in FOUND.labels}
    assert labels[BRACKET].label == "chord"
    assert labels[BRACKET].kind == "remembers"
    assert labels[COUNTER].label == "since-bar"
    assert labels[COUNTER].kind == "remembers"
    assert labels[COUNTER].rising
    assert labels[HEADER].label == "header"
    for unit, label in labels.items():
        if unit not in PLANTED:
            assert label.label not in {"chord", "since-bar", "header", "notes-since-bar"}


@pytest.mark.parametrize(("unit", "character"), [(BRACKET, "]"), (COUNTER, "|"), (HEADER, "\n")])
def test_without_one_the_character_that_it_knows_costs_more_and_no_other_does(
    unit: int, character: str
) -> None:
    change, text = changes(unit)
    header = np.concatenate([each.table[:, 0] for each in TEXTS]) == 1
    known = on(character, text) & (header if unit == HEADER else True)
    assert change[known].mean() > 1.5
    # Others become a little likelier, or stay as they were.
    rest = ~on(character, text) & ~(on("|", text) & (unit == HEADER))
    assert change[rest].mean() < 0.05


def test_each_is_causal_where_its_label_holds_and_not_where_the_bracket_is_open() -> None:
    def of(unit: int, label: str, value: Mode = "resample") -> bool:
        found = effect(
            ENGINE, VOCABULARY, TUNES, [Unit("hidden", 0, unit)], np.random.default_rng(1),
            means=MEANS, label=label, place="readout", random_sets=40, most_tunes=20,
            deciding=find_deciding(label, TEXTS, V), value=value,
        )  # fmt: skip
        return verdicts([found]) == ("causal for",)

    assert of(BRACKET, "chord")
    assert of(COUNTER, "since-bar")
    assert of(HEADER, "header", "mean")
    assert not of(HEADER, "chord")
    assert not of(COUNTER, "chord")
    assert not of(BRACKET, "header")


def test_marking_what_is_in_brackets_finds_the_bracket_neuron() -> None:
    text = next(each.text for each in TUNES if each.text.count("[") > 3)
    spans = []
    for at, character in enumerate(text):
        if character == "[":
            spans.append((at, text.index("]", at)))
    first = select(activations(ENGINE, VOCABULARY, text), spans).matches[0]
    assert (first.neuron, first.auroc) == (BRACKET, 1.0)
    assert first.p <= 0.05


def index() -> NeuronIndex:
    pictures = FOUND.pictures
    assert pictures is not None
    return NeuronIndex(
        labels=tuple(FOUND.labels),
        scores=np.zeros((H, len(PROPERTIES), 2), np.float16),
        histograms=pictures.histograms,
        quantiles=pictures.quantiles,
        moments=pictures.moments,
        gates={},
        places=pictures.places,
        values=pictures.values,
        tunes=tuple(each.id for each in TUNES),
        corpus="hand",
        characters=0,
        held=0,
        untrained={"reads": 0, "remembers": 0},
        untrained_neurons=H,
        weights="",
    )


def test_holding_the_header_neuron_costs_in_the_header_what_the_dose_takes_it_from() -> None:
    unit = Unit("hidden", 0, HEADER)
    doses = dose_curve(
        ENGINE, VOCABULARY, TUNES, [unit], np.random.default_rng(0), index=index(),
        label="header", quantiles=(0.01, 0.99), place="readout", most_tunes=15,
    )  # fmt: skip
    low, high = doses
    assert low.values[0] < -0.9
    assert high.values[0] > 0.9
    assert low.where is not None
    assert high.where is not None
    assert high.elsewhere is not None
    assert low.where.estimate > 0.1
    # Held where it is in the header anyway, it costs there nothing, but in the music.
    assert high.where.estimate < 0.02
    assert high.elsewhere.estimate > 0.02
    with pytest.raises(ConfigError, match="at least one"):
        dose_curve(ENGINE, VOCABULARY, TUNES, [], np.random.default_rng(0), index=index())
    with pytest.raises(ConfigError, match="no neuron 5 in layer 2"):
        dose_curve(
            ENGINE, VOCABULARY, TUNES, [Unit("hidden", 1, 5)], np.random.default_rng(0),
            index=index(),
        )  # fmt: skip


def test_the_figures_of_every_unit_stay_what_they_were() -> None:
    """planted_index.json was written by the version before this one; a change must say why."""
    wanted = json.loads((Path(__file__).parent / "planted_index.json").read_text())
    pictures = FOUND.pictures
    assert pictures is not None
    assert len(wanted) == len(FOUND.labels)
    for row, (known, label) in enumerate(zip(wanted, FOUND.labels, strict=True)):
        ours = asdict(label)
        for name, value in known["label"].items():
            close = pytest.approx(value, rel=1e-3, abs=1e-5) if type(value) is float else value
            assert ours[name] == close, (row, name)
        assert pictures.moments[row].tolist() == pytest.approx(known["moments"], abs=1e-5)
        assert pictures.quantiles[row, ::25].tolist() == pytest.approx(known["quantiles"], abs=1e-4)
        for kind, best in known["scores"].items():
            assert FOUND.scores[kind][:, row].max() == pytest.approx(best, abs=1e-5)
