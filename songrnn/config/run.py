"""All that decides a training, and the name that a run gets from it."""

import hashlib
import re
from typing import Self

from pydantic import Field, model_validator

from songrnn.config.document import CheckedDocument
from songrnn.config.network import ModelConfig
from songrnn.config.setting import Setting, Value, declare, settings_of
from songrnn.config.training import TrainConfig
from songrnn.errors import ConfigError

# A run's name becomes a folder's name and a part of a link.
_LONGEST = 100  # letters of a name
_RUN_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{_LONGEST - 1}}}")
# A name made from settings leaves room for the -2, -3, … of further runs.
_USUAL_NAME = 90

# The corpus whose name no run's name repeats.
USUAL_CORPUS = "folk"


class CorpusReference(CheckedDocument):
    """Which corpus a run was trained on; the hash is that of its built tunes."""

    name: str
    sha256: str


class SourceReference(CheckedDocument):
    """The run whose weights a training begins with; sha256 is that of their file."""

    name: str
    weights_sha256: str


class RunConfig(CheckedDocument):
    """All that decides a training but the machine it runs on.

    source: the run that it is fine-tuned from; None when it begins with random weights.
    """

    name: str
    study: str | None = None
    seed: int = declare(
        0,
        ge=0,
        lt=2**31,
        short="seed",
        label="Seed",
        help="Decides the first weights, the order of the tunes and the dropout. Runs that differ in "
        "the seed alone show how much is chance.",
    )
    model: ModelConfig = Field(default_factory=ModelConfig)
    training: TrainConfig = Field(default_factory=TrainConfig)
    corpus: CorpusReference
    source: SourceReference | None = None

    @model_validator(mode="after")
    def _name_is_a_folder_name(self) -> Self:
        check_run_name(self.name)
        return self


MODEL_SETTINGS = settings_of(ModelConfig)
TRAINING_SETTINGS = settings_of(TrainConfig)
# All that a study can vary, by field: those of the network, then those of the training.
SETTINGS: dict[str, Setting] = MODEL_SETTINGS | TRAINING_SETTINGS
SEED = settings_of(RunConfig)["seed"]


def setting_values(model: ModelConfig, training: TrainConfig) -> dict[str, Value]:
    """Field -> value for all SETTINGS, in their order."""
    return model.model_dump() | training.model_dump()


def with_settings(values: dict[str, Value]) -> tuple[ModelConfig, TrainConfig]:
    """The configurations with these values, defaults for what is missing.

    Raises ConfigError for a name that is not in SETTINGS or a value that does not fit.
    """
    if unknown := sorted(values.keys() - SETTINGS.keys()):
        raise ConfigError(f"There is no setting {unknown[0]!r}.")
    return (
        ModelConfig.parse({n: v for n, v in values.items() if n in MODEL_SETTINGS}),
        TrainConfig.parse({n: v for n, v in values.items() if n in TRAINING_SETTINGS}),
    )


def check_run_name(name: str) -> None:
    """Raise ConfigError unless `name` can name a folder: letters, digits, '.', '_' and '-'."""
    if not _RUN_NAME.fullmatch(name):
        raise ConfigError(
            f"“{name}” cannot name a run: use up to {_LONGEST} letters, digits, '.', '_' and '-', "
            "and begin with a letter or digit."
        )


def run_name_from(words: str) -> str:
    """What a person typed as a name that a run can have; empty where nothing of it can be used.

    >>> run_name_from(" my first run! ")
    'my-first-run'
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "-", words).strip("-._")[:_LONGEST].rstrip("-._")


def default_run_name(
    model: ModelConfig,
    training: TrainConfig | None = None,
    seed: int = 0,
    corpus: str = USUAL_CORPUS,
) -> str:
    """`<cell>-<units>[x<layers>][-<setting>-<value>]…[-on-<corpus>][-seed-<n>]`, defaults left out.

    One of more than 90 characters is cut, and ends with a hash of the whole of it.

    >>> default_run_name(ModelConfig(dropout=0.2), seed=3)
    'lstm-150-dropout-0.2-seed-3'
    >>> default_run_name(ModelConfig(cell="gru", layers=2, hidden_size=512))
    'gru-512x2'
    >>> default_run_name(ModelConfig(), seed=1, corpus="mine")
    'lstm-150-on-mine-seed-1'
    """
    name = f"{model.cell}-{model.hidden_size}"
    if model.layers > 1:
        name += f"x{model.layers}"
    for field, value in setting_values(model, training or TrainConfig()).items():
        setting = SETTINGS[field]
        if setting.short and value != setting.default:
            name += f"-{setting.short}-{value}"
    name += "" if corpus == USUAL_CORPUS else f"-on-{corpus}"
    return short_enough(name + (f"-{SEED.short}-{seed}" if seed else ""))


def short_enough(name: str) -> str:
    """A name made from settings; one of more than 90 characters is cut, and ends with its hash.

    What distinguishes it from another long name is in the hash, and the settings are in the run.
    """
    if len(name) <= _USUAL_NAME:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: _USUAL_NAME - 9].rstrip('-.')}-{mark}"
