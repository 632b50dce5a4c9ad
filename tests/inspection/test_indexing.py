"""The index: what one streaming pass keeps is what the activations were; it is written and read."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from songrnn.config import ModelConfig
from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import DamagedRunError
from songrnn.inspection import measuring as module
from songrnn.inspection.activations import activations
from songrnn.inspection.index import EXAMPLES, FILE, GATE_BINS, PLACES, NeuronIndex
from songrnn.inspection.measuring import Measurement, Measuring, measure
from songrnn.inspection.memory.building import build_memory
from songrnn.inspection.memory.verdicts import MemoryIndex, Verdict
from songrnn.inspection.properties import PROPERTIES
from songrnn.inspection.recording import (
    GATE_STRIDE,
    annotate_texts,
    draw_tunes,
    record_activity,
    record_batches,
)
from songrnn.model.engine import Engine
from songrnn.model.shapes import parameter_shapes

SHIFTS = 20
H, L = 6, 2


def tune(seed: int) -> Tune:
    rng = np.random.default_rng(seed)
    bars = "|".join("".join(rng.choice(list("DEFGABcde"), 4)) for _ in range(6 + seed % 5))
    words = f"X:1\nT:{'Tune' * (1 + seed % 3)}\nM:2/4\nL:1/8\nK:D\n{bars}|\n"
    return Tune(f"{seed:012x}", "1", "", "", "2/4", "1/8", "D", words, "hand", "", "validation")


TUNES = [tune(seed) for seed in range(16)]
VOCABULARY = Vocabulary.of([each.text for each in TUNES])


def engine(cell: str = "lstm") -> Engine:
    config = ModelConfig(cell=cell, layers=L, hidden_size=H, embedding_size=5)  # type: ignore[arg-type]
    rng = np.random.default_rng(0)
    shapes = parameter_shapes(config, VOCABULARY.size)
    weights = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    return Engine(config, VOCABULARY.size, weights)


ENGINE = engine()
TEXTS = annotate_texts(VOCABULARY, TUNES)
SEEN = record_activity(ENGINE, TEXTS)
FOUND = measure(ENGINE, TEXTS, shifts=SHIFTS)


def index(found: Measurement = FOUND) -> NeuronIndex:
    pictures = found.pictures
    assert pictures is not None
    return NeuronIndex(
        labels=tuple(found.labels),
        scores=np.stack([np.maximum(s.T, -1) for s in found.scores.values()], -1).astype("f2"),
        histograms=pictures.histograms,
        quantiles=pictures.quantiles,
        moments=pictures.moments,
        gates=pictures.gates,
        places=pictures.places,
        values=pictures.values,
        tunes=tuple(each.id for each in TUNES),
        corpus="folk",
        characters=len(SEEN.ids),
        held=len(SEEN.ids) // 2,
        untrained={"reads": 3, "remembers": 1},
        untrained_neurons=len(found.labels),
        weights="",
    )


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_tunes_read_together_give_what_each_gives_alone(cell: str) -> None:
    each = engine(cell)
    for batch in record_batches(each, [text.ids for text in TEXTS], gates=True):
        for row, i in enumerate(batch.texts):
            alone = activations(each, VOCABULARY, TUNES[i].text)
            ours = batch.values[batch.starts[row] : batch.starts[row + 1]]
            parts = [alone.quantities["hidden"]]
            if cell == "lstm":
                parts.append(np.tanh(alone.quantities["cell"]))
            wanted = np.concatenate([part[layer] for part in parts for layer in range(L)], axis=1)
            np.testing.assert_allclose(ours, wanted, atol=1e-5)
        gates = sorted(batch.gates)
        assert (
            gates
            == {
                "lstm": ["forget_gate", "input_gate", "output_gate"],
                "gru": ["reset_gate", "update_gate"],
                "rnn": [],
            }[cell]
        )


def test_gates_are_those_of_every_eighth_character() -> None:
    [batch] = list(record_batches(ENGINE, [text.ids for text in TEXTS[:3]], gates=True))
    alone = [activations(ENGINE, VOCABULARY, TUNES[i].text) for i in batch.texts]
    wanted = [np.moveaxis(each.quantities["input_gate"], 0, 1)[::GATE_STRIDE] for each in alone]
    ours = batch.gates["input_gate"]
    assert len(ours) == sum(map(len, wanted))
    np.testing.assert_allclose(
        np.sort(ours, axis=0), np.sort(np.concatenate(wanted), axis=0), atol=1e-5
    )


def test_one_pass_gives_the_scores_of_all_activations_at_once(labelled: Any) -> None:
    wanted = labelled(SEEN, np.random.default_rng(0), SHIFTS)
    for ours, each in zip(FOUND.labels, wanted, strict=True):
        assert (ours.quantity, ours.layer, ours.neuron) == (each.quantity, each.layer, each.neuron)
        assert (ours.best, ours.n) == (each.best, each.n)
        assert ours.score == pytest.approx(each.score, abs=1e-4)


def test_pictures_are_of_the_activations() -> None:
    pictures = FOUND.pictures
    assert pictures is not None
    np.testing.assert_allclose(pictures.moments[:, 0], SEEN.values.mean(0), atol=1e-4)
    np.testing.assert_allclose(pictures.moments[:, 1], SEEN.values.std(0), atol=1e-4)
    np.testing.assert_allclose(pictures.quantiles[:, 50], np.median(SEEN.values, 0), atol=1e-4)
    np.testing.assert_allclose(pictures.histograms.sum(1), 1, atol=1e-5)
    assert pictures.gates["forget_gate"].shape == (L, H, GATE_BINS)
    np.testing.assert_allclose(pictures.gates["forget_gate"].sum(-1), 1, atol=0.01)


def test_quantiles_of_a_thinned_sample_span_all_there_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", SEEN.values.size // 5)
    pictures = measure(ENGINE, TEXTS, shifts=SHIFTS).pictures
    assert pictures is not None
    np.testing.assert_allclose(pictures.quantiles[:, 0], SEEN.values.min(0), atol=1e-5)
    np.testing.assert_allclose(pictures.quantiles[:, -1], SEEN.values.max(0), atol=1e-5)
    assert (np.diff(pictures.quantiles, axis=1) >= -1e-6).all()


def test_examples_are_where_the_values_are() -> None:
    pictures = FOUND.pictures
    assert pictures is not None
    places, values = pictures.places, pictures.values
    assert places.shape == (2 * L * H, len(EXAMPLES), PLACES, 2)
    for unit in range(2 * L * H):
        assert values[unit, 0, 0] == SEEN.values[:, unit].max()
        assert values[unit, 1, 0] == SEEN.values[:, unit].min()
        assert sorted(values[unit, 2]) == list(values[unit, 2])
        for kind in range(len(EXAMPLES)):
            for (number, character), value in zip(
                places[unit, kind], values[unit, kind], strict=True
            ):
                assert SEEN.values[int(SEEN.starts[number]) + int(character), unit] == value
        assert len({int(number) for number, _ in places[unit, 0]}) == PLACES


def test_lines_are_fitted_on_the_training_tunes_where_there_are() -> None:
    texts = annotate_texts(VOCABULARY, TUNES[:5], TUNES[5:])
    assert [text.fitted for text in texts] == [False] * 5 + [True] * 11
    assert [text.fitted for text in TEXTS] == [True, False] * 8
    held = sum(len(each.text) for each in TUNES[:5])
    header = measure(ENGINE, texts, shifts=SHIFTS, pictures=False).labels[0]
    assert header.n <= held


def test_tunes_are_drawn_until_they_are_long_enough() -> None:
    drawn = draw_tunes(TUNES, 200, np.random.default_rng(1))
    assert sum(len(each.text) for each in drawn) >= 200
    assert sum(len(each.text) for each in drawn[:-1]) < 200
    assert len(draw_tunes(TUNES, 10**6, np.random.default_rng(1))) == len(TUNES)


def test_an_index_comes_back_as_it_was(tmp_path: Path) -> None:
    assert NeuronIndex.read(tmp_path) is None
    known = index()
    known.write(tmp_path)
    again = NeuronIndex.read(tmp_path)
    assert again is not None
    assert again.labels == known.labels
    assert again.tunes == known.tunes
    assert again.properties == tuple(each.name for each in PROPERTIES)
    assert again.examples(2) == known.examples(2)
    assert again.find_row("hidden", 0, 3) == 3
    assert again.find_row("hidden", 7, 3) is None
    assert again.untrained == {"reads": 3, "remembers": 1}
    assert again.untrained_labels == 4
    np.testing.assert_array_equal(again.scores, known.scores)
    for name, shares in known.gates.items():
        np.testing.assert_array_equal(again.gates[name], shares)


def test_verdicts_come_back_and_a_file_from_before_them_is_still_read(tmp_path: Path) -> None:
    verdict = Verdict(
        0, 3, "cell", "remembers", "bar-phase", "R²", 0.5, 0.4, 0.3, 0.1, 99, "characters", 0, None,
        0.2, 0.1,
    )  # fmt: skip
    memory = MemoryIndex((verdict,), untrained=(0, 1), shuffled=0, fitted=200, held=99, tunes=8)
    replace(index(), memory=memory).write(tmp_path)
    again = NeuronIndex.read(tmp_path)
    assert again is not None
    assert again.memory == memory
    with np.load(tmp_path / FILE) as found:
        arrays = {name: found[name] for name in found.files}
    document = json.loads(arrays["document"].tobytes())
    document |= {"format_version": 2}
    document.pop("memory")
    arrays["document"] = np.frombuffer(json.dumps(document).encode(), np.uint8)
    with (tmp_path / FILE).open("wb") as file:
        np.savez(file, **arrays)
    before = NeuronIndex.read(tmp_path)
    assert before is not None
    assert before.memory is None
    assert before.labels == again.labels


def test_neurons_are_put_in_order_by_a_property() -> None:
    known = index()
    order = known.by_property("header", "reads")
    values = [value for _, value in order]
    assert values == sorted(values, reverse=True)
    row, best = order[0]
    place = known.properties.index("header")
    assert best == pytest.approx(FOUND.scores["reads"][place].max(), abs=1e-3)
    assert FOUND.scores["reads"][place, row] == pytest.approx(best, abs=1e-3)
    assert [row for row, _ in known.by_property("header", rows=[4, 2])] in ([4, 2], [2, 4])
    assert (known.scores_of("header") >= known.scores_of("header", "remembers")).all()
    with pytest.raises(KeyError):
        known.by_property("mood")


def test_a_property_that_came_after_the_index_has_no_scores() -> None:
    known = index()
    older = replace(known, properties=known.properties[:-1], scores=known.scores[:, :-1])
    assert (older.scores_of(known.properties[-1]) == -1).all()
    np.testing.assert_array_equal(older.scores_of("header"), known.scores_of("header"))


def test_saturation_is_the_share_below_a_tenth_and_above_nine_tenths() -> None:
    found = index().saturation()["forget_gate"]
    values = np.concatenate([
        activations(ENGINE, VOCABULARY, each.text).quantities["forget_gate"][:, ::GATE_STRIDE]
        for each in TUNES
    ], axis=1)  # fmt: skip
    wanted = np.stack([(values < 0.1).mean(1), (values >= 0.9).mean(1)], axis=-1)
    np.testing.assert_allclose(found, wanted, atol=0.01)


def test_damage_and_another_version_are_said_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"PK")
    with pytest.raises(DamagedRunError, match="cannot be read; make it again with: songrnn"):
        NeuronIndex.read(tmp_path)
    document = np.frombuffer(json.dumps({"format_version": 1}).encode(), np.uint8)
    with (tmp_path / FILE).open("wb") as file:
        np.savez(file, document=document)
    with pytest.raises(DamagedRunError, match="format 1, this one reads 2"):
        NeuronIndex.read(tmp_path)


def test_what_is_measured_beside_the_memory_is_what_a_reading_of_its_own_gives() -> None:
    fitted = [replace(text, fitted=i % 4 != 0) for i, text in enumerate(TEXTS)]
    own = Measuring(ENGINE, fitted, shifts=SHIFTS)
    twin = Measuring(ENGINE, fitted, shifts=SHIFTS, pictures=False)
    # Of the fitted texts the memory reads a few; the labels are of all.
    few = sum(len(text.ids) for text in fitted if text.fitted) // 2
    build_memory(ENGINE, lambda _: ENGINE, fitted, networks=2, characters=few, beside=[own, twin])
    wanted, found = measure(ENGINE, fitted, shifts=SHIFTS), own.finish()
    for kind, scores in wanted.scores.items():
        np.testing.assert_allclose(found.scores[kind], scores, atol=1e-5)
        np.testing.assert_allclose(twin.finish().scores[kind], scores, atol=1e-5)
    assert [each.label for each in found.labels] == [each.label for each in wanted.labels]
    assert found.pictures is not None
    assert wanted.pictures is not None
    assert twin.finish().pictures is None
    ends = found.pictures.values[:, :2], wanted.pictures.values[:, :2]
    np.testing.assert_allclose(*ends, atol=1e-5)
    np.testing.assert_allclose(found.pictures.moments, wanted.pictures.moments, atol=1e-5)
