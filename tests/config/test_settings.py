"""Each setting is declared once: command line, run names and documents follow from it."""

import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from songrnn.cells import CELLS
from songrnn.cli.generate import generate
from songrnn.cli.train import train
from songrnn.config import (
    SAMPLE_SETTINGS,
    SEED,
    SETTINGS,
    ModelConfig,
    SampleConfig,
    Setting,
    TrainConfig,
    check_run_name,
    default_run_name,
    setting_values,
    with_settings,
)
from songrnn.errors import ConfigError
from songrnn.store.runs import Run, list_runs
from songrnn.tuning import start_study
from songrnn.tuning.study import find_study

EVERY = [*SETTINGS.values(), SEED, *SAMPLE_SETTINGS.values()]


def legal(setting: Setting) -> st.SearchStrategy[Any]:
    """Any value within the bounds a setting declares."""
    if setting.choices:
        return st.sampled_from(setting.choices)
    if setting.kind is int:
        high = int(setting.high or 10**6)
        return st.integers(int(setting.low or 0), high - 1 if setting.open_high else high)
    return st.floats(
        setting.low,
        setting.high,
        exclude_min=setting.open_low,
        exclude_max=setting.open_high,
        allow_infinity=False,
        allow_nan=False,
    )


VALUES = st.fixed_dictionaries({name: legal(setting) for name, setting in SETTINGS.items()})


@pytest.mark.parametrize("setting", EVERY, ids=lambda setting: setting.name)
def test_a_setting_says_in_words_what_it_is(setting: Setting) -> None:
    assert setting.label[:1].isupper()
    assert setting.help.endswith(".")
    assert len(setting.help.split()) > 5
    assert type(setting.default) is setting.kind
    if setting.choices:
        assert setting.default in setting.choices


def test_options_and_short_names_tell_settings_apart() -> None:
    for words in ("option", "label", "short"):
        found = [getattr(one, words) for one in SETTINGS.values() if getattr(one, words)]
        assert len(found) == len(set(found)), words


@given(VALUES)
def test_all_values_within_the_bounds_are_accepted_and_come_back(values: dict[str, Any]) -> None:
    assert setting_values(*with_settings(values)) == values


@pytest.mark.parametrize(
    "setting", [s for s in SETTINGS.values() if s.low is not None], ids=lambda s: s.name
)
def test_a_value_beyond_the_bounds_is_refused(setting: Setting) -> None:
    below = setting.low if setting.open_low else setting.low - 1  # type: ignore[operator]
    refused = [below]
    if setting.high is not None:
        refused.append(setting.high if setting.open_high else setting.high + 1)
    for value in refused:
        with pytest.raises(ConfigError, match=setting.name.replace("_", " ")):
            with_settings({setting.name: value})


def test_a_name_that_is_not_a_setting_is_refused() -> None:
    with pytest.raises(ConfigError, match="There is no setting 'momentum'"):
        with_settings({"momentum": 0.9})


def test_the_cells_are_those_registered() -> None:
    assert SETTINGS["cell"].choices == tuple(CELLS)


def options_of(command: click.Command) -> dict[str, click.Option]:
    return {o.opts[-1]: o for o in command.params if isinstance(o, click.Option)}


def test_every_shipped_option_of_train_is_still_there() -> None:
    shipped = (
        "cell layers hidden embedding dropout weight-drop initialization normalization epochs "
        "batch window rate schedule weight-decay clip averaging patience transposition precision "
        "seed corpus run study overwrite resume"
    )
    assert options_of(train).keys() >= {f"--{name}" for name in shipped.split()}


def test_every_shipped_option_of_generate_is_still_there() -> None:
    shipped = "temperature seed prime count length top-k top-p min-p whole-bars out keep json"
    options = options_of(generate)
    assert options.keys() >= {f"--{name}" for name in shipped.split()}
    assert "-t" in options["--temperature"].opts


@pytest.mark.parametrize("setting", [*SETTINGS.values(), SEED], ids=lambda s: s.name)
def test_an_option_is_what_the_setting_declares(setting: Setting) -> None:
    option = options_of(train)[f"--{setting.option}"]
    assert (option.default, option.help) == (setting.default, setting.help)
    if setting.choices:
        assert tuple(option.type.choices) == setting.choices  # type: ignore[attr-defined]


ROOT = Path(__file__).parents[2]
# Their names, and what their settings would call them.
NAMED_BY_A_PERSON = {
    "best": "lstm-448x2-dropout-0.4-drop-0.2-norm-layer-epochs-36-batch-32-rate-0.004-decay-0-8449f4eb",
    "best-512": "lstm-512x2-embedding-128-dropout-0.4-drop-0.3-norm-layer-epochs-14-batch-32-windo-"
    "cf9bbe9c",
    "best-512-begun": "lstm-512x2-embedding-128-dropout-0.4-drop-0.3-norm-layer-epochs-187-window-256-"
    "ra-3075e39f",
    "best-longer": "lstm-448x2-dropout-0.4-drop-0.2-norm-layer-epochs-40-batch-32-rate-0.003-decay-0-"
    "26bff94f",
}


def shipped_runs() -> list[Run]:
    """The runs that come with the lab; where git can say which, without those of whoever works here."""
    runs = [run for run in list_runs() if isinstance(run, Run)]
    listed = subprocess.run(
        ["git", "ls-files", "checkpoints/*/run.json"], cwd=ROOT, capture_output=True, text=True
    )
    names = {Path(line).parent.name for line in listed.stdout.splitlines()}
    return [run for run in runs if run.name in names] if names else runs


RUNS = shipped_runs()


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_a_shipped_run_is_called_what_its_settings_call_it(run: Run) -> None:
    config = run.config
    if run.name in NAMED_BY_A_PERSON:
        usual = default_run_name(config.model, config.training, config.seed, config.corpus.name)
        assert usual == NAMED_BY_A_PERSON[run.name]
    elif config.study == "ingredients":  # its recipes have names of their own
        assert run.name in [one.name for one in find_study("ingredients").expand(config.corpus)]
    elif config.study == start_study.STUDY:  # says what it began with
        region = config.corpus.name.removeprefix("essen-")
        assert run.name == start_study.run_name(region, start_study.start_of(config), config.seed)
    else:
        assert run.name == default_run_name(
            config.model, config.training, config.seed, config.corpus.name
        )


@given(VALUES, st.integers(0, 2**31 - 1), st.sampled_from(["folk", "mine"]))
def test_a_name_made_from_settings_can_name_a_folder(
    values: dict[str, Any], seed: int, corpus: str
) -> None:
    name = default_run_name(*with_settings(values), seed, corpus)
    check_run_name(name)
    assert len(name) <= 90


@pytest.mark.parametrize(
    "setting",
    [s for s in SETTINGS.values() if s.short],
    ids=lambda s: s.name,
)
def test_a_setting_shows_in_the_name_unless_it_is_the_default(setting: Setting) -> None:
    def name(value: object) -> str:
        return default_run_name(*with_settings({setting.name: value}))  # type: ignore[dict-item]

    other = setting.choices[-1] if setting.choices else setting.kind(1) / 2 or 1
    if setting.kind is int:
        other = 3
    assert name(setting.default) == default_run_name(ModelConfig(), TrainConfig())
    assert name(other) == f"lstm-150-{setting.short}-{other}"


def test_a_temperature_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ConfigError, match="temperature must be a number"):
        SampleConfig(temperature=float("nan"))
