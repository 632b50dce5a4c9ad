"""A run that begins with another's weights: what it takes over, and that it is exact."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from songrnn.corpus.tunebook import Tune, Tunebook, tune_id
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import ConfigError, DamagedRunError, HistoryOnlyError, RunError
from songrnn.lineage.kin import kin, melodies_of
from songrnn.lineage.learned import learned_by, stored_learned
from songrnn.notation.reader import read
from songrnn.notation.transpose import transpose
from songrnn.store.history import read_history
from songrnn.store.runs import INITIAL, Run, open_run
from songrnn.training.evaluation import Evaluator, evaluate_run
from songrnn.training.fine_tuning import prepare_fine_tuning
from songrnn.training.planning import TrainingPlan, create, plan
from songrnn.training.warm_start import resembling, warm_start
from tests.training.test_resume import CLOCK, contents, finish, kill_after

MakeRun = Callable[..., Run]
SMALL = {"batch_size": 4, "window": 8, "epochs": 2, "precision": "fp32"}


def plan_from(source: Run, book: Tunebook, **options: Any) -> TrainingPlan:
    return plan(book, tuning=prepare_fine_tuning(source, book), **options)


def tuned(source: Run, book: Tunebook, name: str = "tuned", **changes: Any) -> Run:
    planned = plan_from(source, book, changes=SMALL | changes)
    return create(planned, name=name, overwrite=True)


@pytest.fixture
def source(make_run: MakeRun, book: Tunebook) -> Run:
    run = make_run("source", layers=2, normalization="layer", epochs=2)
    finish(run, book)
    return run


def in_other_characters(book: Tunebook) -> Tunebook:
    """The same tunes with Unicode titles, under another name."""
    tunes = []
    for tune in book.tunes:
        text = tune.text.replace("M:", "T:Ée ß\nM:")
        tunes.append(replace(tune, text=text, id=tune_id(text)))
    return Tunebook("other", tuple(tunes))


def validations(run: Run) -> list[Any]:
    rows = read_history(run.path / "history.jsonl")
    return [row for row in rows if row.split == "validation"]


def test_at_learning_rate_0_on_the_same_tunes_nothing_changes(source: Run, book: Tunebook) -> None:
    run = tuned(source, book, learning_rate=0.0)
    assert {n: a.tobytes() for n, a in source.weights().items()} == {
        n: a.tobytes() for n, a in (run.initial_weights() or {}).items()
    }
    finish(run, book)
    weights = run.weights("last.safetensors")
    assert {n: a.tobytes() for n, a in source.weights().items()} == {
        n: a.tobytes() for n, a in weights.items()
    }
    assert len({row.loss for row in validations(run)}) == 1
    assert run.summary is not None
    assert run.summary.best_epoch == 0


def test_epoch_0_is_the_source_as_it_stands(source: Run, book: Tunebook) -> None:
    run = tuned(source, book)
    finish(run, book)
    as_it_stands = evaluate_run(source, book, "validation")
    assert validations(run)[0].loss == pytest.approx(as_it_stands.loss, abs=1e-6)
    assert validations(run)[0].epoch == 0


@pytest.mark.parametrize("trainable", ["all", "readout"])
def test_a_killed_fine_tuning_resumed_equals_the_uninterrupted(
    source: Run, book: Tunebook, trainable: str
) -> None:
    other = in_other_characters(book)
    whole, parts = (tuned(source, other, name, trainable=trainable) for name in ("whole", "parts"))
    finish(whole, other)
    kill_after(parts, other, 40, checkpoint_steps=7)
    finish(open_run("parts"), other, resume=True)
    assert contents(open_run("parts")) == contents(whole)
    assert not (whole.path / INITIAL).exists()


def test_a_fine_tuning_begins_though_its_source_is_gone(source: Run, book: Tunebook) -> None:
    run, again = tuned(source, book), tuned(source, book, "again")
    finish(run, book)
    (source.path / "weights.safetensors").unlink()
    finish(again, book, resume=True)
    for ours, theirs in zip(validations(again), validations(run), strict=True):
        assert ours.model_dump(exclude=CLOCK) == theirs.model_dump(exclude=CLOCK)


def test_readout_only_leaves_all_else_as_it_was(source: Run, book: Tunebook) -> None:
    run = tuned(source, book, trainable="readout", learning_rate=0.01)
    finish(run, book)
    before, after = source.weights(), run.weights("last.safetensors")
    changed = {name for name in before if (before[name] != after[name]).any()}
    assert changed == {"readout.weight", "readout.bias"}


def test_the_source_is_noted_and_shape_and_characters_are_its_own(
    source: Run, book: Tunebook
) -> None:
    other = in_other_characters(book)
    run = tuned(source, other)
    assert run.config.source is not None
    assert source.summary is not None
    assert run.config.source.name == "source"
    assert run.config.source.weights_sha256 == source.summary.weights_sha256
    assert (run.config.model.layers, run.config.model.hidden_size) == (2, 6)
    assert set(run.vocabulary.characters) == {*source.vocabulary.characters, *other.characters}


def test_what_does_not_fit_is_told_in_words(source: Run, book: Tunebook) -> None:
    with pytest.raises(ConfigError, match="keeps the shape of its source source: Units is 6"):
        plan_from(source, book, changes={"hidden_size": 7})
    with pytest.raises(ConfigError, match="begins with random weights"):
        plan_from(source, book, recipe="small")
    with pytest.raises(ConfigError, match="--from RUN"):
        plan(book, recipe="fine-tune")
    path = source.path / "weights.safetensors"
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(DamagedRunError, match="is not the file that was written"):
        plan_from(source, book)
    path.unlink()
    with pytest.raises(HistoryOnlyError, match="no weights"):
        plan_from(source, book)


def test_a_fine_tuning_whose_first_weights_are_lost_says_so(source: Run, book: Tunebook) -> None:
    run = tuned(source, book)
    (run.path / INITIAL).unlink()
    with pytest.raises(RunError, match="start the fine-tuning again"):
        finish(run, book)
    assert open_run("tuned").status.status == "failed"


# Kin


def melodic(number: int, split: str, text: str = "") -> Tune:
    rng = np.random.default_rng(number)
    letters = rng.choice(list("CDEFGABcdefgab"), 64)
    bars = "|".join("".join(letters[i : i + 8]) for i in range(0, 64, 8))
    text = text or f"X:1\nM:4/4\nL:1/8\nK:D\n{bars}|]\n"
    fields = dict.fromkeys(("title", "rhythm", "unit_length", "source"), "")
    return Tune(
        id=tune_id(text),
        number=str(number),
        meter="4/4",
        key=text.partition("K:")[2].partition("\n")[0],
        text=text,
        family=str(number),
        split=split,  # type: ignore[arg-type]
        **fields,
    )


def planted() -> tuple[Tunebook, Tunebook]:
    """A corpus, and another whose 8 validation tunes hold transposed copies of 3 of its tunes."""
    first = [melodic(n, "train" if n < 16 else "validation") for n in range(20)]
    second = [melodic(100 + n, "train" if n < 12 else "validation") for n in range(17)]
    copies = [
        melodic(200 + n, "validation", transpose(read(first[n].text), 2 + n)) for n in range(3)
    ]
    return Tunebook("first", tuple(first)), Tunebook("second", (*second, *copies))


def test_planted_transposed_copies_are_found_and_the_figure_without_them_is_given(
    make_run: MakeRun, tmp_path: Any
) -> None:
    first, second = planted()
    source = create(plan(first, changes=SMALL | {"hidden_size": 6, "embedding_size": 4}), name="a")
    finish(source, first)
    planned = plan_from(source, second, changes=SMALL)
    assert planned.tuning is not None
    assert planned.tuning.kin == 3
    assert any("3 of the 8 validation tunes are kin" in words for words in planned.remarks)
    run = create(planned, name="b")
    finish(run, second)
    rows = validations(run)
    assert {row.kin for row in rows} == {3}
    known = np.array([tune.number in {"200", "201", "202"} for tune in second.split("validation")])
    strangers = [t for t, one in zip(second.split("validation"), known, strict=True) if not one]
    found = evaluate_run(run, second, "validation")
    alone = Evaluator(strangers, run.vocabulary).evaluate(_engine(run))
    assert found.kin == 3
    assert found.without_kin is not None
    assert found.without_kin.bits_per_character == pytest.approx(alone.bits_per_character)
    assert run.summary is not None
    assert run.summary.best_validation_kin == 3
    assert run.summary.best_validation_bits_without_kin == pytest.approx(
        alone.bits_per_character, abs=1e-5
    )


def test_what_was_learned_is_handed_down_without_any_corpus(
    make_run: MakeRun, tmp_path: Any
) -> None:
    first, second = planted()
    sizes = {"hidden_size": 6, "embedding_size": 4}
    source = create(plan(first, changes=SMALL | sizes), name="a")
    finish(source, first)
    middle = create(plan_from(source, second, changes=SMALL), name="b")
    finish(middle, second)
    learned = learned_by(middle, data_directory=tmp_path / "empty")
    assert [part.run for part in learned.parts] == ["a", "b"]
    assert not learned.unknown
    assert kin(learned.melodies, melodies_of(first.split("train"))).all()
    assert not kin(learned.melodies, melodies_of(first.split("validation"))).any()
    last = create(plan_from(middle, first, changes=SMALL), name="c")
    assert stored_learned(last.path) == learned


def test_a_run_whose_tunes_are_nowhere_says_that_kin_cannot_be_told(
    source: Run, tmp_path: Any
) -> None:
    (source.path / "learned.npz").unlink()
    assert learned_by(source, data_directory=tmp_path / "empty").unknown == ("source",)


def test_a_damaged_note_of_what_was_learned_is_told(source: Run) -> None:
    path = source.path / "learned.npz"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DamagedRunError, match=r"learned\.npz"):
        learned_by(source)


def _engine(run: Run) -> Any:
    from songrnn.model.engine import Engine

    return Engine.of(run)


# Characters


@given(st.data())
def test_every_character_keeps_its_row_whatever_its_number(data: st.DataObject) -> None:
    characters = st.sets(st.sampled_from("\n :ABCabcéßäÄ漢字🎵|"), min_size=1)
    known = Vocabulary(tuple(sorted(data.draw(characters))))
    texts = data.draw(st.lists(st.text("\n :ABCabcéßäÄ漢字🎵|", max_size=8), max_size=4))
    rng = np.random.default_rng(0)
    weights = {
        "embedding.weight": rng.normal(size=(known.size, 3)).astype(np.float32),
        "readout.weight": rng.normal(size=(known.size, 5)).astype(np.float32),
        "readout.bias": rng.normal(size=known.size).astype(np.float32),
        "recurrent.weight_hh_l0": rng.normal(size=(5, 5)).astype(np.float32),
    }
    start = warm_start(known, weights, texts, "".join(sorted(set("".join(texts)))))
    assert set(start.vocabulary.characters) == {*known.characters, *"".join(texts)}
    assert set(start.resembles) == set("".join(texts)) - set(known.characters)
    for name in ("embedding.weight", "readout.weight", "readout.bias"):
        assert len(start.weights[name]) == start.vocabulary.size
        assert np.isfinite(start.weights[name]).all()
        assert (start.weights[name][:2] == weights[name][:2]).all()
        for character in known.characters:
            ours, theirs = start.vocabulary.encode(character), known.encode(character)
            assert (start.weights[name][ours] == weights[name][theirs]).all()
    hidden = "recurrent.weight_hh_l0"
    assert (start.weights[hidden] == weights[hidden]).all()


@pytest.mark.parametrize(
    ("character", "known", "like"),
    [
        ("é", "abE:e", "e"),
        ("É", "abe:", "e"),
        ("Z", "z1", "z"),
        ("ß", "ab:1", "ab"),
        ("7", "a12", "12"),
        ("漢", ":|", ":|"),
    ],
)
def test_a_new_character_begins_like_the_one_it_resembles(
    character: str, known: str, like: str
) -> None:
    assert resembling(character, Vocabulary.of(known)) == "".join(sorted(like))


def test_a_rare_new_character_is_expected_rarely() -> None:
    known = Vocabulary.of("e")
    weights = {
        "embedding.weight": np.ones((3, 2), np.float32),
        "readout.weight": np.ones((3, 2), np.float32),
        "readout.bias": np.zeros(3, np.float32),
    }
    start = warm_start(known, weights, ["e" * 99 + "é"], "eé")
    bias = start.weights["readout.bias"][start.vocabulary.encode("é")[0]]
    assert bias == pytest.approx(np.log(1.5 / 99.5))
