"""Labels on another corpus: the same score, with property and kind fixed beforehand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from songrnn.config import ModelConfig
from songrnn.corpus.tunebook import Tune
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import ConfigError, DamagedRunError
from songrnn.inspection.cross_corpus import CrossCorpusCheck, check_labels, file_of
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.labelling import NeuronLabel
from songrnn.inspection.properties import PROPERTIES
from songrnn.inspection.recording import annotate_texts, record_activity
from songrnn.inspection.scoring import scores
from songrnn.model.engine import Engine
from songrnn.model.shapes import parameter_shapes

H = 5


def tune(number: int, letters: str = "DEFGABcde") -> Tune:
    rng = np.random.default_rng(number)
    bars = "|".join("".join(rng.choice(list(letters), 4)) for _ in range(8))
    words = f"X:1\nM:2/4\nL:1/8\nK:D\n{bars}|\n"
    return Tune(f"{number:012x}", "1", "", "", "2/4", "1/8", "D", words, "hand", "", "validation")


TUNES = [tune(number) for number in range(12)]
VOCABULARY = Vocabulary.of([each.text for each in TUNES])
CONFIG = ModelConfig(cell="lstm", layers=1, hidden_size=H, embedding_size=4)
RNG = np.random.default_rng(0)
ENGINE = Engine(
    CONFIG,
    VOCABULARY.size,
    {
        name: RNG.normal(size=shape).astype(np.float32)
        for name, shape in parameter_shapes(CONFIG, VOCABULARY.size).items()
    },
)
LABELS = {0: ("note", "reads"), 2: ("since-bar", "remembers"), 4: ("title", "reads")}


def label(quantity: str, neuron: int) -> NeuronLabel:
    name, kind = LABELS.get(neuron, (None, None)) if quantity == "hidden" else (None, None)
    return NeuronLabel(
        quantity, 0, neuron, name, "", kind, None, name or "note", 0.5, "", 0.1, 900, 0.0, None, 0.0  # type: ignore[arg-type]
    )  # fmt: skip


def index() -> NeuronIndex:
    N = 2 * H
    return NeuronIndex(
        labels=tuple(label(q, n) for q in ("hidden", "cell") for n in range(H)),
        scores=np.zeros((N, len(PROPERTIES), 2), np.float16),
        histograms=np.zeros((N, 41), np.float32),
        quantiles=np.zeros((N, 101), np.float32),
        moments=np.zeros((N, 2), np.float32),
        gates={},
        places=np.zeros((N, 4, 5, 2), np.int32),
        values=np.zeros((N, 4, 5), np.float32),
        tunes=(),
        corpus="folk",
        characters=0,
        held=0,
        untrained={"reads": 0, "remembers": 0},
        untrained_neurons=N,
        weights="abc",
    )


def checked(tunes: list[Tune]) -> CrossCorpusCheck:
    return check_labels(ENGINE, VOCABULARY, index(), tunes, "essen", "validation")


def test_every_label_has_the_score_of_its_property_and_kind_there(both_sums: Any) -> None:
    found = checked(TUNES)
    wanted = scores(*both_sums(record_activity(ENGINE, annotate_texts(VOCABULARY, TUNES))))
    names = [each.name for each in PROPERTIES]
    assert [each.neuron for each in found.labels] == [0, 2, 4]
    for each in found.labels[:2]:
        score = wanted[each.kind][names.index(each.label), each.neuron]
        assert each.score_there == pytest.approx(score, abs=1e-4)
        assert each.holds == (score >= 0.25)
        assert 0 < each.n_there <= found.held_out
        assert (each.score, each.n) == (0.5, 900)
    assert found.holding == sum(each.holds for each in found.labels)


def test_a_property_that_does_not_occur_there_has_no_score_and_does_not_hold() -> None:
    title = checked(TUNES).of("hidden", 0, 4)
    assert title is not None
    assert title.score_there is None
    assert not title.holds


def test_tunes_with_unknown_characters_are_left_out_and_counted() -> None:
    found = checked([*TUNES, tune(50, "DEz")])
    assert (found.tunes, found.skipped) == (12, 1)
    assert found.characters == sum(len(each.text) for each in TUNES)
    with pytest.raises(ConfigError, match="0 of the 2 tunes of essen"):
        checked([tune(50, "DEz"), tune(51, "z")])


def test_a_check_comes_back_as_it_was_and_damage_is_said(tmp_path: Path) -> None:
    found = checked(TUNES)
    assert CrossCorpusCheck.read(tmp_path, "essen") is None
    found.write(tmp_path)
    assert CrossCorpusCheck.read(tmp_path, "essen") == found
    for damage in (b"{", b"[]", b'{"format_version": 9}'):
        (tmp_path / file_of("essen")).write_bytes(damage)
        with pytest.raises(DamagedRunError, match="check essen"):
            CrossCorpusCheck.read(tmp_path, "essen")
