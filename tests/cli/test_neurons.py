"""`songrnn neurons`: rank, check, show, search, select, ablate and export on a run of five units."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from songrnn.cli.neurons import neurons
from songrnn.config import CorpusReference, ModelConfig, RunConfig
from songrnn.corpus.tunebook import Split, Tune, Tunebook, tune_id
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import SongRNNError
from songrnn.model.shapes import parameter_shapes
from songrnn.store.runs import create_run
from songrnn.store.weights import write_weights

SPLITS: tuple[Split, ...] = ("train", "train", "validation", "validation", "test")


def tune(number: int) -> Tune:
    bars = "|".join("".join("GABcde"[(number * k + i) % 6] for i in range(4)) for k in range(6))
    text = f"X:{number}\nM:2/4\nL:1/8\nK:G\n{bars}|\n"
    fields = dict.fromkeys(("title", "rhythm", "meter", "unit_length", "key"), "")
    return Tune(
        id=tune_id(text),
        number=str(number),
        text=text,
        source="made up",
        family=str(number),
        split=SPLITS[number % 5],
        **fields,
    )


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`mine`, an LSTM of 5 units with weights as they are drawn; corpora `tiny` and `other`."""
    root = tmp_path_factory.mktemp("lab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SONGRNN_CHECKPOINTS", str(root / "runs"))
        patch.setenv("SONGRNN_DATA", str(root / "data"))
        book = Tunebook("tiny", tuple(tune(number) for number in range(20)))
        book.write(root / "data" / "tiny")
        Tunebook("other", tuple(tune(n) for n in range(20, 40))).write(root / "data" / "other")
        vocabulary = Vocabulary.of([*book.characters, *"0123456789"])
        config = RunConfig(
            name="mine",
            corpus=CorpusReference(name="tiny", sha256=book.sha256),
            model=ModelConfig(cell="lstm", hidden_size=5, embedding_size=3),
        )
        run = create_run(config, vocabulary)
        rng = np.random.default_rng(0)
        shapes = parameter_shapes(config.model, vocabulary.size)
        drawn = {name: rng.normal(size=s).astype(np.float32) for name, s in shapes.items()}
        write_weights(run.path / "weights.safetensors", drawn)
        call("rank", "--shifts", "20", "--training-characters", "300")
        yield run.path


def call(*words: str) -> str:
    result = CliRunner().invoke(neurons, ["mine", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_rank_prints_what_scripts_rely_on_and_keeps_it(folder: Path) -> None:
    found = json.loads(call("rank", "--shifts", "20", "--no-keep", "--json"))
    assert len(found["neurons"]) == 10
    wanted = {"layer", "neuron", "quantity", "label", "kind", "score", "runner_up", "n"}
    assert wanted <= set(found["neurons"][0])
    assert {each["layer"] for each in found["neurons"]} == {1}
    assert found["untrained_labels"] == sum(found["untrained"].values())
    assert found["corpus"] == "tiny"
    assert 0 < found["held_out_characters"] < found["characters"]
    assert (folder / "neurons.npz").exists()


def test_without_training_tunes_half_of_the_split_is_fitted_on() -> None:
    options = ("--training-characters", "0", "--shifts", "20", "--no-keep", "--json")
    found = json.loads(call("rank", *options))
    validation = sum(len(tune(n).text) for n in range(20) if SPLITS[n % 5] == "validation")
    assert found["characters"] == validation
    assert found["held_out_characters"] < validation


def test_labels_are_checked_on_another_corpus_and_kept_beside(folder: Path) -> None:
    found = json.loads(call("check", "other", "--json"))
    labelled = [n for n in json.loads(call("show", "--json"))["neurons"] if n["label"]]
    assert found["labelled"] == len(labelled)
    assert (found["tunes"], found["skipped"], found["split"]) == (8, 0, "validation")
    assert (folder / "neurons-other.json").exists()
    assert "would be earned again on other" in call("check", "other", "--no-keep")
    ranked = json.loads(call("rank", "--shifts", "20", "--no-keep", "--check", "other", "--json"))
    assert ranked["check"]["corpus"] == "other"
    with pytest.raises(SongRNNError, match="chosen on tiny; name another"):
        call("check", "tiny")


def test_show_tells_of_one_neuron_where_to_look() -> None:
    found = json.loads(call("show", "3", "--quantity", "cell", "--json"))
    assert (found["neuron"], found["quantity"], found["layer"]) == (3, "cell", 1)
    assert set(found["examples"]) == {"largest", "smallest", "middling", "random"}
    with pytest.raises(SongRNNError, match="no neuron 9 in layer 1"):
        call("show", "9")


def test_a_search_takes_a_value_or_a_share_of_the_corpus() -> None:
    high = json.loads(call("search", "2", "--quantile", "0.9", "--json"))
    low = json.loads(call("search", "2", "--quantile", "0.1", "--json"))
    assert high["above"]
    assert not low["above"]
    assert high["places"][0]["value"] >= high["threshold"] > low["threshold"]
    nowhere = json.loads(call("search", "2", "--above", "1.5", "--json"))
    assert (nowhere["tunes"], nowhere["characters"], nowhere["places"]) == (0, 0, [])
    with pytest.raises(SongRNNError, match="Give one of"):
        call("search", "2", "--above", "0", "--below", "0")


def test_marks_in_a_file_give_neurons(tmp_path: Path) -> None:
    file = tmp_path / "tune.abc"
    file.write_text(tune(3).text)
    found = json.loads(call("select", str(file), "--mark", "0:3", "--mark", "10:12", "--json"))
    assert (found["marked"], found["neurons"], found["scale"]) == (5, 10, "corpus")
    differences = [abs(match["difference"]) for match in found["matches"]]
    assert differences == sorted(differences, reverse=True)
    for mark in ("3", "4:2", "a:b"):
        with pytest.raises(SongRNNError, match="START:END"):
            call("select", str(file), "--mark", mark)


def test_neurons_are_switched_off_and_exported(tmp_path: Path) -> None:
    options = ("--random-sets", "3", "--tunes", "2", "--json")
    found = json.loads(call("ablate", "1", "2", *options))
    [effect] = found["effects"]
    assert [unit["neuron"] for unit in effect["units"]] == [1, 2]
    assert len(effect["random_overall"]) == 3
    out = tmp_path / "labels.csv"
    call("export", "--out", str(out))
    assert len(out.read_text().splitlines()) == 11
