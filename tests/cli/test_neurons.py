"""`songrnn neurons`: rank, check, show, search, select, ablate and export on a run of five units."""

import json
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from click.testing import CliRunner

from songrnn.cli.neurons import neurons
from songrnn.config import CorpusReference, ModelConfig, RunConfig
from songrnn.corpus.tunebook import Split, Tune, Tunebook, tune_id
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import ConfigError, SongRNNError
from songrnn.inspection import indexing
from songrnn.inspection.ablation import VerdictWords
from songrnn.inspection.index import FILE
from songrnn.inspection.indexing import build_index
from songrnn.inspection.probes.stored import FILE as PROBES
from songrnn.model.shapes import parameter_shapes
from songrnn.store.creating import create_run
from songrnn.store.runs import open_run
from songrnn.store.weights import write_weights

SUMMARY = dict.fromkeys(
    [
        *("parameters", "epochs", "steps", "best_validation_loss", "best_epoch", "last_epoch"),
        *("best_validation_bits_per_character", "last_validation_bits_per_character"),
        *("last_validation_loss", "duration_seconds"),
    ],
    1,
)
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


def trained(folder: Path, weights: dict[str, np.ndarray]) -> None:
    """Weights with the summary of a training that ended with them."""
    sha256 = write_weights(folder / "weights.safetensors", weights)
    summary = {**SUMMARY, "precision": "fp32", "device": "cpu", "weights_sha256": sha256}
    (folder / "summary.json").write_text(json.dumps(summary))


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
        trained(run.path, drawn)
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
    memory = found["memory"]
    assert sum(memory["counts"].values()) == len(memory["verdicts"]) == 5
    assert len(memory["untrained"]) == 5
    assert {each["layer"] for each in memory["verdicts"]} == {1}
    assert "memory" not in json.loads(call("rank", "--untrained", "0", "--no-keep", "--json"))
    assert (folder / "neurons.npz").exists()


def test_a_stored_ranking_is_shown_until_asked_again_or_the_weights_change(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = []

    def noted(*given: Any, **options: Any) -> Any:
        measured.append(options)
        return build_index(*given, **options)

    monkeypatch.setattr(indexing, "build_index", noted)
    first = call("rank", "--json")
    assert call("rank", "--json") == first
    assert not measured
    call("rank", "--again", "--no-keep", "--shifts", "20")
    call("rank", "--seed", "1", "--no-keep", "--shifts", "20")
    assert len(measured) == 2
    assert call("rank", "--json") == first
    weights, summary = folder / "weights.safetensors", folder / "summary.json"
    before = {path: path.read_bytes() for path in (weights, summary, folder / FILE)}
    shapes = parameter_shapes(open_run("mine").config.model, open_run("mine").vocabulary.size)
    trained(folder, {name: np.full(shape, 0.1, np.float32) for name, shape in shapes.items()})
    call("rank", "--no-keep")
    assert len(measured) == 3
    for path, kept in before.items():
        path.write_bytes(kept)
    (folder / FILE).write_bytes(b"PK")
    call("rank", "--no-keep")
    assert len(measured) == 4
    (folder / FILE).write_bytes(before[folder / FILE])


@pytest.mark.parametrize("words", [("rank",), ("check", "other"), ("search", "2")])
def test_the_test_split_stays_closed(words: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="evaluate"):
        call(*words, "--split", "test")


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
    verdicts = json.loads(call("show", "--json"))["memory"]["verdicts"]
    remembering = [(v["layer"], v["neuron"]) for v in verdicts if v["kind"] == "remembers"]
    assert [(each["layer"], each["neuron"]) for each in found["memories"]] == remembering
    assert f"{len(labelled)} labels chosen on tiny" in call("check", "other", "--no-keep")
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
    assert found["value"] == "resample"
    assert set(effect["others"]) == {"mean", "zero"}
    assert not effect["causal"]
    out = tmp_path / "labels.csv"
    call("export", "--out", str(out))
    assert len(out.read_text().splitlines()) == 11


def test_a_number_is_measured_where_it_decides_and_the_verdict_is_one_of_three() -> None:
    options = ("--random-sets", "3", "--tunes", "4", "--json")
    found = json.loads(call("ablate", "1", "--label", "since-bar", *options))
    assert found["decides"]["since-bar"]
    [effect] = found["effects"]
    assert effect["verdict"] in get_args(VerdictWords)
    difference = effect["where"]["estimate"] - effect["elsewhere"]["estimate"]
    assert effect["specific"]["estimate"] == pytest.approx(difference)
    yes_no = json.loads(call("ablate", "1", "--label", "downbeat", *options))
    assert not yes_no["decides"]
    # Three sets can show nothing at the level that is asked.
    assert not effect["causal"]
    assert not yes_no["effects"][0]["causal"]


def test_counting_lists_the_strongest_beats_and_shows_one_neuron_after_a_barline() -> None:
    found = json.loads(call("count", "--tunes", "5", "--most", "3", "--json"))
    beats = [unit["beat"] for unit in found["units"]]
    assert beats == sorted(beats, reverse=True)
    assert len(beats) == 3
    for unit in found["units"]:
        assert unit["interval"]["low"] <= unit["beat"] <= unit["interval"]["high"]
    assert found["tunes"] == 5
    one = json.loads(call("count", "3", "--quantity", "cell", "--tunes", "5", "--json"))
    assert one["unit"] == {"quantity": "cell", "layer": 1, "neuron": 3}
    assert [step["distance"] for step in one["response"]] == list(range(len(one["response"])))
    assert {step["mean"]["n"] for step in one["response"][:4]} == {5}
    assert len(one["spectrum"]["frequencies"]) == len(one["spectrum"]["power"])
    assert one["characters"] == found["characters"]
    assert f"{one['tunes']} validation tunes" in call("count", "3", "--tunes", "5")
    with pytest.raises(SongRNNError, match="no neuron 9 in layer 1"):
        call("count", "9")


def test_a_dose_curve_holds_units_at_quantiles_of_their_own_values() -> None:
    words = ("--tunes", "3", "--quantiles", "0.1,0.5,0.9", "--json")
    found = json.loads(call("dose", "1", "2", "--label", "note", *words))
    assert [each["neuron"] for each in found["units"]] == [1, 2]
    assert [each["quantile"] for each in found["doses"]] == [0.1, 0.5, 0.9]
    firsts = [each["values"][0] for each in found["doses"]]
    assert firsts == sorted(firsts)
    for each in found["doses"]:
        assert each["overall"]["low"] <= each["overall"]["estimate"] <= each["overall"]["high"]
        assert each["where"]["n"] == each["tunes"] == 3
    with pytest.raises(SongRNNError, match="--quantiles"):
        call("dose", "1", "--quantiles", "2")
    with pytest.raises(SongRNNError, match="Name neurons"):
        call("dose")


def test_more_units_of_a_label_than_there_are_and_marks_beyond_the_text_are_told(
    tmp_path: Path,
) -> None:
    labels = json.loads(call("show", "--json"))["neurons"]
    there = next(each for each in labels if each["label"])
    count = sum(
        (each["label"], each["quantity"]) == (there["label"], there["quantity"]) for each in labels
    )
    options = ("--quantity", there["quantity"], "--random-sets", "0", "--tunes", "2")
    words = ["mine", "ablate", "--label", there["label"], "--top", f"1,{count + 1}", *options]
    result = CliRunner().invoke(neurons, words, catch_exceptions=False)
    assert f"left out of --top: {count + 1}" in result.stderr
    file = tmp_path / "tune.abc"
    file.write_text(tune(3).text)
    with pytest.raises(SongRNNError, match=f"{len(tune(3).text)} characters"):
        call("select", str(file), "--mark", f"0:{len(tune(3).text) + 1}")


def test_probes_are_kept_shown_again_and_compared(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = json.loads(call("probe", "--json"))
    assert (folder / PROBES).exists()
    monkeypatch.setattr("songrnn.inspection.probes.building.build_probes", None)
    assert json.loads(call("probe", "--json")) == first
    for task in first["tasks"]:
        main = "mean_iou" if task["classes"] else "r_squared"
        assert task["states"]["all"][main]["n"] == first["tunes"]
        assert set(task["states"]) == {"hidden 1", "cell 1", "all"} == set(task["untrained"])
        assert len(task["few_units"]) == 8
    same = json.loads(call("probe", "--with", "mine", "--json"))["compared_with"]["mine"]
    assert {each["low"] for each in same.values()} == {0}
    assert first["sentence"] in call("probe")
    assert all(task["ceiling"] is None for task in first["tasks"])
    with pytest.raises(SongRNNError, match="Not probed yet"):
        call("probe", "--study", "cells")
    seen = json.loads(call("probe", "--ceiling", "--no-keep", "--json"))
    assert all(task["ceiling"] is not None for task in seen["tasks"])


def test_patching_ranks_neurons_and_takes_tunes_of_ones_own(tmp_path: Path) -> None:
    files = []
    for name, number in (("base", 13), ("source", 23)):
        files += [f"--{name}", str(tmp_path / name)]
        (tmp_path / name).write_text(tune(number).text)
    found = json.loads(call("patch", "1", *files, "--at", "5", "--json"))
    assert [each["part"] for each in found["parts"]] == ["hidden", "cell", "chosen neurons"]
    shares = [each["share"]["estimate"] for each in found["neurons"]]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == 5
    with pytest.raises(SongRNNError, match="--at"):
        call("patch", *files)
    with pytest.raises(SongRNNError, match="no neuron 9 in layer 1"):
        call("patch", "9")


def test_steering_scores_each_strength_beside_a_random_direction() -> None:
    words = ("--songs", "2", "--strengths", "-1,1", "--prime", "", "--json")
    found = json.loads(call("steer", "near-the-end", *words))
    for side in ("steered", "random"):
        assert [each["strength"] for each in found[side]] == [-1, 1]
        assert all(each["songs"] == 2 for each in found[side])
    assert found["song"]["strength"] in {-1, 1}
    held = json.loads(call("steer", "near-the-end", "--neuron", "3", *words))
    assert held["held"] == {"layer": 1, "neurons": [3]}
    assert held["steered"][1]["cost"] != found["steered"][1]["cost"]
    with pytest.raises(SongRNNError, match="no neuron 9 in layer 1"):
        call("steer", "near-the-end", "--neuron", "9")
    with pytest.raises(SongRNNError, match="--strengths"):
        call("steer", "near-the-end", "--strengths", "much")
    with pytest.raises(SongRNNError, match="no property"):
        call("steer", "mood")


def test_reach_tells_within_how_many_characters_half_of_an_effect_lies() -> None:
    found = json.loads(call("reach", "--along", "near-the-end", "--tunes", "3", "--json"))["reach"]
    assert [each["name"] for each in found] == ["predictions", "layer 1", "near-the-end"]
    for each in found:
        assert 0 <= each["half"]["low"] <= each["half"]["estimate"] <= each["half"]["high"]
    assert "3 validation tunes" in call("reach", "--tunes", "3")


def test_wiring_asks_for_neurons_that_remember_something() -> None:
    verdicts = json.loads(call("show", "--json"))["memory"]["verdicts"]
    if any(verdict["kind"] == "remembers" for verdict in verdicts):
        assert json.loads(call("wiring", "--json"))["edges"]
    else:
        with pytest.raises(SongRNNError, match="rank --again"):
            call("wiring")
