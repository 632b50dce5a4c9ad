"""What a run is, and how a song is sampled: small frozen documents that check themselves.

They are written into `run.json` and into kept songs as they stand, so a name or a default
changed here changes what old files mean: raise FORMAT_VERSION then.
"""

import hashlib
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from songrnn.cells import CELLS
from songrnn.errors import ConfigError

FORMAT_VERSION = 1

if TYPE_CHECKING:
    Cell = str
else:  # one of the registered cells; a type checker wants literals written out
    Cell = Literal[tuple(CELLS)]
Precision = Literal["auto", "fp32", "bf16"]
Schedule = Literal["one-cycle", "cosine", "constant"]
Initialization = Literal["default", "xavier_uniform", "xavier_normal", "kaiming", "orthogonal"]
Normalization = Literal["none", "layer", "batch"]

# A run's name becomes a folder's name and a part of a link.
_RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
# A name made from settings leaves room for the -2, -3, … of further runs.
_USUAL_NAME = 90


class _Document(BaseModel):
    """Frozen, without unknown fields, and with validation errors a person can read."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, **data: Any) -> None:
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise ConfigError(_sentence(error)) from error

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """From plain data as read from JSON; ConfigError names the field that is wrong."""
        return cls(**data)


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if not field:  # a rule on the whole says itself what is wrong
        return f"{message[:1].upper()}{message[1:]}."
    name, given = field.replace("_", " "), first["input"]
    simple = isinstance(given, str | int | float)
    if message.startswith("Input should be "):
        message = message.replace("Input should be", "must be")
        return f"{name} {message}{f', not {given}' if simple else ''}."
    return f"{name}: {message}{f' (got {given})' if simple else ''}."


class ModelConfig(_Document):
    """The shape of a network, without its vocabulary.

    dropout: share of units silenced at each place where a net has something to drop: the
    embedding's output, the readout's input, and between layers (Zaremba et al. 2014).
    weight_drop: share of the weights from state to state silenced in each window, the same ones
    throughout it (Merity et al. 2018).
    initialization: how the recurrent layers and the readout start; see songrnn.model.initialization.
    normalization: of the last layer's output before the readout: over its units (Ba et al. 2016),
    or of each unit over the window (Ioffe and Szegedy 2015).
    """

    cell: Cell = "lstm"
    layers: int = Field(default=1, ge=1, le=8)
    hidden_size: int = Field(default=150, ge=1, le=4096)
    embedding_size: int = Field(default=64, ge=1, le=4096)
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    weight_drop: float = Field(default=0.0, ge=0.0, lt=1.0)
    initialization: Initialization = "default"
    normalization: Normalization = "none"


class TrainConfig(_Document):
    """How a network is trained: teacher forcing with truncated back-propagation through time.

    batch_size, window: each step reads `window` characters of `batch_size` parallel streams.
    learning_rate: the largest one the schedule reaches.
    clip: largest norm of the whole gradient; 0 switches clipping off.
    averaging: decay of an exponential moving average of the weights per step; 0 switches it off.
    patience: epochs without a better validation loss before training stops early; 0 never stops.
    transposition: share of the tunes that each epoch reads in a key drawn for their mode.
    """

    epochs: int = Field(default=20, ge=1, le=10_000)
    batch_size: int = Field(default=64, ge=1, le=4096)
    window: int = Field(default=128, ge=1, le=8192)
    learning_rate: float = Field(default=6e-3, gt=0, le=10)
    schedule: Schedule = "one-cycle"
    weight_decay: float = Field(default=0.0, ge=0, le=10)
    clip: float = Field(default=1.0, ge=0)
    averaging: float = Field(default=0.0, ge=0, lt=1)
    patience: int = Field(default=0, ge=0)
    transposition: float = Field(default=0.0, ge=0, le=1)
    precision: Precision = "auto"


class CorpusReference(_Document):
    """Which corpus a run was trained on; the hash is that of its built tunes."""

    name: str
    sha256: str


class RunConfig(_Document):
    """All that decides a training but the machine it runs on."""

    name: str
    study: str | None = None
    seed: int = Field(default=0, ge=0, lt=2**31)
    model: ModelConfig = Field(default_factory=ModelConfig)
    training: TrainConfig = Field(default_factory=TrainConfig)
    corpus: CorpusReference

    @model_validator(mode="after")
    def _name_is_a_folder_name(self) -> Self:
        check_run_name(self.name)
        return self


class SampleConfig(_Document):
    """How characters are drawn.

    temperature: divides the logits; 0 takes the most probable symbol.
    top_k: keep the k most probable symbols; 0 keeps all. top_p: keep the smallest set whose
    probabilities sum to at least p (Holtzman et al. 2020); 1 keeps all. min_p: keep symbols at
    least min_p times as probable as the most probable one (Nguyen et al. 2024); 0 keeps all.
    limit: most characters of a song, the prime included.
    """

    temperature: float = Field(default=1.0, ge=0, le=100)
    top_k: int = Field(default=0, ge=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    min_p: float = Field(default=0.0, ge=0, le=1)
    limit: int = Field(default=2000, ge=1, le=100_000)
    whole_bars: bool = False

    @model_validator(mode="before")
    @classmethod
    def _temperature_is_a_number(cls, data: Any) -> Any:
        temperature = data.get("temperature", 1.0) if isinstance(data, Mapping) else 1.0
        if isinstance(temperature, float) and math.isnan(temperature):
            raise ValueError("the temperature must be a number of at least 0; NaN is none")
        return data


def check_run_name(name: str) -> None:
    """Raise ConfigError unless `name` can name a folder: letters, digits, '.', '_' and '-'."""
    if not _RUN_NAME.fullmatch(name):
        raise ConfigError(
            f"“{name}” cannot name a run: use up to 100 letters, digits, '.', '_' and '-', "
            "and begin with a letter or digit."
        )


# The settings that show in a run's name, in this order, when they differ from the default.
_NAMED_SETTINGS = {
    "embedding": ("model", "embedding_size"),
    "dropout": ("model", "dropout"),
    "drop": ("model", "weight_drop"),
    "init": ("model", "initialization"),
    "norm": ("model", "normalization"),
    "epochs": ("training", "epochs"),
    "batch": ("training", "batch_size"),
    "window": ("training", "window"),
    "rate": ("training", "learning_rate"),
    "schedule": ("training", "schedule"),
    "decay": ("training", "weight_decay"),
    "clip": ("training", "clip"),
    "averaging": ("training", "averaging"),
    "patience": ("training", "patience"),
    "transposition": ("training", "transposition"),
}


def default_run_name(
    model: ModelConfig, training: TrainConfig | None = None, seed: int = 0, corpus: str = "folk"
) -> str:
    """`<cell>-<units>[x<layers>][-<setting>-<value>]…[-on-<corpus>][-seed-<n>]`, defaults left out.

    One of more than 90 characters is cut, and ends with a mark made from the whole of it.

    >>> default_run_name(ModelConfig(dropout=0.2), seed=3)
    'lstm-150-dropout-0.2-seed-3'
    >>> default_run_name(ModelConfig(cell="gru", layers=2, hidden_size=512))
    'gru-512x2'
    >>> default_run_name(ModelConfig(), seed=1, corpus="mine")
    'lstm-150-on-mine-seed-1'
    """
    parts = {"model": model, "training": training or TrainConfig()}
    name = f"{model.cell}-{model.hidden_size}"
    if model.layers > 1:
        name += f"x{model.layers}"
    for label, (part, field) in _NAMED_SETTINGS.items():
        value = getattr(parts[part], field)
        if value != type(parts[part]).model_fields[field].default:
            name += f"-{label}-{value}"
    name += "" if corpus == "folk" else f"-on-{corpus}"
    name += f"-seed-{seed}" if seed else ""
    if len(name) <= _USUAL_NAME:
        return name
    # What tells it from another long name is kept as a mark; the settings are in the run.
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: _USUAL_NAME - 9].rstrip('-.')}-{mark}"
