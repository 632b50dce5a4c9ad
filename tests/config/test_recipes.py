"""Recipes: which fits a corpus, what they set, and the names that runs get from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songrnn.config import ModelConfig, TrainConfig, check_run_name, setting_values, with_settings
from songrnn.config.recipes import RECIPES, fitting_recipe, usual_name

FOLK = 900_000


def test_folk_is_learned_with_the_baseline_which_is_the_defaults() -> None:
    assert fitting_recipe(FOLK).name == "baseline"
    assert RECIPES["baseline"].configs(FOLK) == (ModelConfig(), TrainConfig())


def test_a_few_hundred_tunes_get_the_small_recipe_and_more_steps() -> None:
    assert fitting_recipe(200_000).name == "small"
    _, training = RECIPES["small"].configs(30_000)
    assert 30_000 / (training.batch_size * training.window) * training.epochs >= 1400


def test_a_fine_tuning_keeps_shape_and_dropout_of_its_source() -> None:
    source = ModelConfig(cell="gru", layers=2, hidden_size=99, dropout=0.35, normalization="layer")
    assert fitting_recipe(FOLK, tuned=True).name == "fine-tune"
    model, training = RECIPES["fine-tune"].configs(FOLK, source)
    assert model == source
    assert training.learning_rate < TrainConfig().learning_rate
    assert training.patience > 0


@given(st.integers(1, 10_000_000), st.sampled_from(list(RECIPES)))
def test_every_recipe_fits_every_corpus(characters: int, name: str) -> None:
    model, training = RECIPES[name].configs(characters, ModelConfig())
    least = RECIPES[name].most_epochs or training.epochs
    assert 1 <= training.epochs <= least
    assert with_settings(setting_values(model, training)) == (model, training)


def test_a_name_tells_recipe_source_corpus_and_what_was_changed() -> None:
    recipe = RECIPES["fine-tune"]
    usual = recipe.values(FOLK, ModelConfig())
    changed = usual | {"epochs": 4, "trainable": "readout"}
    name = usual_name(recipe, changed, usual, seed=2, corpus="mine", source="best")
    assert name == "best-tuned-on-mine-epochs-4-trainable-readout-seed-2"
    small = RECIPES["small"].values(FOLK)
    assert usual_name(RECIPES["small"], small, small, corpus="mine") == "small-on-mine"
    check_run_name(name)


def test_a_name_stays_one_that_a_run_can_have_however_often_it_was_fine_tuned() -> None:
    recipe, source = RECIPES["fine-tune"], "best"
    usual = recipe.values(FOLK, ModelConfig())
    for corpus in ("songs-of-one-village", "songs-of-another-village", "songs-of-a-third-village"):
        source = usual_name(recipe, usual, usual, corpus=corpus, source=source)
        check_run_name(source)
    other = usual_name(recipe, usual, usual, corpus="songs-of-a-fourth-village", source=source)
    assert other != source
    check_run_name(other)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_says_what_it_is_for(name: str) -> None:
    recipe = RECIPES[name]
    assert recipe.title
    assert recipe.when
    assert not recipe.when.endswith(".")
