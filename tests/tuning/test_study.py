"""What a study expands to, and which runs belong to it."""

from pathlib import Path

import pytest

from songrnn.config import (
    CorpusReference,
    ModelConfig,
    RunConfig,
    TrainConfig,
    check_run_name,
    default_run_name,
)
from songrnn.errors import ConfigError
from songrnn.store.runs import open_run
from songrnn.tuning.study import (
    RECIPE,
    configuration_hash,
    find_study,
    merge,
    read_study,
    shipped_studies,
    studies_among,
)

FOLK = CorpusReference(name="folk", sha256="a" * 64)


def test_cells_compares_three_cells_at_150_units_with_six_seeds() -> None:
    runs = find_study("cells").expand(FOLK)
    assert len(runs) == 18
    assert {run.model.cell for run in runs} == {"rnn", "gru", "lstm"}
    assert {run.model.hidden_size for run in runs} == {150}
    assert {run.seed for run in runs} == set(range(6))


def test_hidden_and_dropout_have_the_values_of_the_plan() -> None:
    assert find_study("hidden").values == (50, 100, 150, 200, 250)
    assert find_study("dropout").values == (0.0, 0.1, 0.2, 0.3)


def test_all_settings_of_the_first_seed_come_first() -> None:
    names = [run.name for run in find_study("cells").expand(FOLK)]
    assert names[:4] == ["rnn-150", "gru-150", "lstm-150", "rnn-150-seed-1"]


def test_cells_shared_between_studies_train_once() -> None:
    runs = merge([study.expand(FOLK) for study in shipped_studies()])
    assert len(runs) == 18 + 24 + 18 + 12 + 6 + 21
    assert len({run.name for run in runs}) == len(runs)
    assert [run.seed for run in runs] == sorted(run.seed for run in runs)


def test_every_run_of_a_sweep_has_a_name_of_its_own() -> None:
    short = [study.at_epochs(1).expand(FOLK) for study in shipped_studies()]
    long = [study.expand(FOLK) for study in shipped_studies()]
    runs = merge([*short, *long])
    assert len({run.name for run in runs}) == len(runs) == 198
    assert "lstm-150-epochs-1-seed-2" in {run.name for run in runs}


def test_name_and_study_do_not_decide_what_a_run_is() -> None:
    run = find_study("cells").expand(FOLK)[2]
    renamed = run.model_copy(update={"name": "mine", "study": None})
    assert configuration_hash(run) == configuration_hash(renamed)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 7},
        {"model": ModelConfig(dropout=0.5)},
        {"training": TrainConfig(epochs=3)},
        {"corpus": CorpusReference(name="folk", sha256="b" * 64)},
    ],
)
def test_everything_else_does(change: dict[str, object]) -> None:
    run = find_study("cells").expand(FOLK)[2]
    assert configuration_hash(run) != configuration_hash(run.model_copy(update=change))


def test_the_baseline_belongs_to_all_studies_of_one_setting() -> None:
    baseline = RunConfig(name="lstm-150", corpus=FOLK)
    for study in shipped_studies():
        assert study.members([baseline]) == ([] if study.vary == RECIPE else [baseline])


def test_a_recipe_changes_several_settings_at_once_and_names_its_runs() -> None:
    study = find_study("ingredients")
    runs = study.expand(FOLK)
    bare = next(run for run in runs if run.name == "ingredients-without-dropout-seed-1")
    assert (bare.seed, bare.model.dropout, bare.model.weight_drop) == (1, 0.0, 0.2)
    assert study.value_of(bare) == "without dropout"
    assert study.members(runs) == runs
    assert study.at_epochs(1).expand(FOLK)[0].name == "ingredients-the-whole-recipe-epochs-1"


def test_ingredients_hold_the_recipe_of_best_in_small() -> None:
    best = open_run("best", checkpoints=Path(__file__).parents[2] / "checkpoints").config
    runs = find_study("ingredients").expand(FOLK)
    small = next(r for r in runs if r.name == "ingredients-with-layer-normalization")
    assert small.model == best.model.model_copy(update={"hidden_size": small.model.hidden_size})
    assert small.training == best.training.model_copy(update={"epochs": small.training.epochs})


def test_a_run_by_another_name_belongs_too_but_a_repetition_is_no_seed_more() -> None:
    study = find_study("cells")
    mine = RunConfig(name="a-name-of-my-own", corpus=FOLK)
    own = RunConfig(name="lstm-150", corpus=FOLK)
    assert study.members([mine]) == [mine]
    assert study.members([mine, own]) == [own]


def test_runs_with_other_epochs_or_seeds_do_not_belong() -> None:
    study = find_study("cells").with_seeds(2)
    others = [
        RunConfig(name="short", training=TrainConfig(epochs=1), corpus=FOLK),
        RunConfig(name="third", seed=2, corpus=FOLK),
        RunConfig(name="elsewhere", corpus=CorpusReference(name="essen", sha256="a" * 64)),
    ]
    assert study.members(others) == []
    assert [run.name for run in study.at_epochs(1).members(others)] == ["short"]


def test_a_study_trained_for_fewer_epochs_is_found_by_what_its_runs_note() -> None:
    short = find_study("hidden").at_epochs(2).expand(FOLK)[:3]
    found = studies_among(short)
    assert list(found)[-1] == "hidden-epochs-2"
    assert found["hidden-epochs-2"].members(short) == short


def test_runs_on_two_builds_of_a_corpus_are_not_mixed() -> None:
    other = CorpusReference(name="folk", sha256="b" * 64)
    study = find_study("cells")
    mixed = [*study.expand(FOLK)[:6], *study.expand(other)[:2]]
    assert {run.corpus for run in study.members(mixed)} == {FOLK}


def test_more_seeds_than_the_study_has_are_refused() -> None:
    with pytest.raises(ConfigError, match="has 6 seeds; ask for 1 to 6, not 9"):
        find_study("cells").with_seeds(9)


def test_the_first_seeds_of_all_studies_are_as_many_as_each_has() -> None:
    for study in shipped_studies():
        assert study.with_first_seeds(4).seeds == study.seeds[:4]
    assert min(len(study.seeds) for study in shipped_studies()) < 4


def test_a_name_made_from_many_settings_can_name_a_run_and_differs_from_others() -> None:
    model = ModelConfig(cell="gru", layers=2, embedding_size=40, weight_drop=0.25, dropout=0.35)
    training = TrainConfig(epochs=31, batch_size=24, window=90, schedule="cosine", patience=3)
    names = [
        default_run_name(model, training, seed, corpus)
        for seed in range(3)
        for corpus in ("folk", "mine" * 12)
    ]
    assert len(set(names)) == 6
    for name in names:
        check_run_name(f"{name}-2")


def test_an_unknown_study_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="cells, hidden, dropout"):
        find_study("cels")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("title = ", "not a TOML document"),
        ("vary = 'colour'\nvalues = [1, 2]", "no setting 'colour'"),
        ("vary = 'hidden_size'\nvalues = [0, 2]", "greater than or equal to 1"),
        ("vary = 'hidden_size'\nvalues = [5, 5]", "listed twice"),
        ("vary = 'hidden_size'\nvalues = []", "values"),
        ("vary = 'cell'\nvalues = ['rnn', 'lstm']", "slope needs at least two numbers"),
        ("vary = 'hidden_size'\nvalues = [5, 6]\nunits = 5", "units"),
        ("vary = 'recipe'", "values"),
        ("vary = 'recipe'\n[recipes]\na = {salt = 1}", "no setting 'salt'"),
        ("vary = 'recipe'\n[recipes]\na = {}\nb = {dropout = 2.0}", "less than 1"),
    ],
)
def test_what_is_wrong_in_a_study_is_said(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "mine.toml"
    rest = "title = 'T'\nquestion = 'Q'\nseeds = [0]\n"
    path.write_text(f"{rest}{text}\n[contrast]\nkind = 'slope'\n")
    with pytest.raises(ConfigError, match=complaint) as caught:
        read_study(path)
    assert "mine.toml" in str(caught.value)


def test_a_study_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "rates.toml"
    path.write_text(
        "title = 'Rates'\nquestion = 'How fast?'\nvary = 'learning_rate'\nvalues = [0.001, 0.01]\n"
        "seeds = [3, 4]\n[model]\ncell = 'gru'\n[training]\nepochs = 2\n"
        "[contrast]\nkind = 'slope'\nper = 0.001\n"
    )
    runs = find_study(str(path)).expand(FOLK)
    assert [run.name for run in runs] == [
        "gru-150-epochs-2-rate-0.001-seed-3",
        "gru-150-epochs-2-rate-0.01-seed-3",
        "gru-150-epochs-2-rate-0.001-seed-4",
        "gru-150-epochs-2-rate-0.01-seed-4",
    ]
    assert {run.study for run in runs} == {"rates"}
