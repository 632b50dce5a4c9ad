"""What stands in a run's JSON files. Losses are nats; bits per character is nats / ln 2.

Read leniently (a field added later does not damage an old reader), written completely.
"""

import functools
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from songrnn.config import FORMAT_VERSION, CorpusReference, ModelConfig, TrainConfig
from songrnn.errors import DamagedRunError, SongRNNError

State = Literal["created", "running", "finished", "stopped", "failed", "interrupted"]


D = TypeVar("D", bound="Document")


class Document(BaseModel):
    """Frozen; unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def to_json(self) -> bytes:
        """Indented UTF-8 JSON, a newline at its end."""
        data = self.model_dump(mode="json")
        return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a JSON file. Raises DamagedRunError with what is wrong in which file.

        A missing file raises FileNotFoundError: only the caller knows whether that is wrong.
        """
        try:
            stamp = path.stat()
            return _read(cls, path, (stamp.st_mtime_ns, stamp.st_size, stamp.st_ino))
        except FileNotFoundError:
            raise
        except OSError as error:
            raise unreadable(path, error) from error
        except ValidationError as error:
            raise DamagedRunError(f"{path}: {_first_problem(error)}") from error
        except SongRNNError as error:
            raise DamagedRunError(f"{path}: {error}") from error


# Documents are frozen, so one that did not change on the disk is handed out again.
@functools.lru_cache(maxsize=16_384)
def _read(kind: type[D], path: Path, stamp: tuple[int, int, int]) -> D:
    return kind.model_validate_json(path.read_bytes())


def unreadable(path: Path, error: OSError) -> DamagedRunError:
    """The sentence for a file that is there and cannot be read."""
    return DamagedRunError(f"{path} cannot be read: {error.strerror or error}.")


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return f"not JSON ({first['ctx']['error']})."
    field = ".".join(str(part) for part in first["loc"])
    return f"{field or 'the document'}: {first['msg'].removeprefix('Value error, ')}."


def now() -> datetime:
    """This moment, in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


class RunDocument(Document):
    """run.json: all that decides a training, and its vocabulary; never changes.

    vocabulary: the characters in code-point order, without START and END.
    """

    format_version: int
    name: str
    study: str | None
    seed: int
    model: ModelConfig
    training: TrainConfig
    corpus: CorpusReference
    vocabulary: tuple[str, ...]
    created: datetime
    versions: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _is_not_from_the_future(cls, data: Any) -> Any:
        version = data.get("format_version") if isinstance(data, dict) else None
        if isinstance(version, int) and version > FORMAT_VERSION:
            raise ValueError(
                f"it was written by a newer SongRNN Lab (format {version}); update this one"
            )
        return data


class ProcessIdentity(Document):
    """A process, told apart from later ones with the same number and from other machines'.

    created: Unix time at which it started. boot: the machine's boot id, or "" where there is none.
    """

    pid: int
    created: float
    boot: str


class Figures(Document):
    """A validation's figures."""

    loss: float
    bits_per_character: float
    accuracy: float | None = None
    mean_iou: float | None = None
    epoch: float
    step: int


class RunStatus(Document):
    """status.json: where a training stands. `best` and `last` are validation figures.

    status: "interrupted" is never written; it is what "running" reads as when the process is gone.
    epoch: epochs done, with fractions. heartbeat: when this was written.
    precision: what is computed in, once that was chosen.
    worker: where it trains when that is another machine; `process` then holds the run here.
    """

    status: State
    epoch: float = 0.0
    step: int = 0
    heartbeat: datetime
    process: ProcessIdentity | None = None
    message: str | None = None
    best: Figures | None = None
    last: Figures | None = None
    seconds: float = 0.0
    characters_per_second: float | None = None
    precision: str | None = None
    worker: str | None = None


class RunSummary(Document):
    """summary.json: how a training ended. Written when it ends, removed when it goes on.

    best_epoch counts validations from 0, before training. weights_sha256: of the file
    weights.safetensors. duration_seconds: time spent training, pauses between sessions left out.
    """

    parameters: int
    epochs: float
    steps: int
    best_validation_loss: float
    best_validation_bits_per_character: float
    best_validation_accuracy: float | None = None
    best_validation_mean_iou: float | None = None
    best_epoch: float
    last_validation_loss: float
    last_validation_bits_per_character: float
    last_validation_accuracy: float | None = None
    last_validation_mean_iou: float | None = None
    last_epoch: float
    last_train_loss: float | None = None
    duration_seconds: float
    characters_per_second: float | None = None
    precision: str
    device: str
    weights_sha256: str


class Notes(Document):
    """notes.json: what a person says about a run."""

    tags: tuple[str, ...] = ()
    text: str = ""
    star: bool = False


class RegionMetrics(Document):
    """Figures over some of the predictions: those of a header field, of notes, of END."""

    loss: float
    bits_per_character: float
    accuracy: float
    mean_iou: float
    characters: int


class HistoryRow(Document):
    """A line of history.jsonl.

    split "train": means over the windows since the last such row, with dropout on and state
    carried; learning_rate is the one last used, gradient_norm the mean norm before clipping.
    split "validation": exact, the weights being those that would be stored.
    step: optimizer steps done. epoch: step / steps of an epoch. seconds: time spent training so
    far. Clock columns (seconds, characters_per_second) are all that may differ between two
    trainings of one configuration.
    """

    step: int
    epoch: float
    split: Literal["train", "validation", "test"]
    loss: float
    bits_per_character: float
    accuracy: float | None = None
    mean_iou: float | None = None
    learning_rate: float | None = None
    gradient_norm: float | None = None
    characters_per_second: float | None = None
    seconds: float
    regions: dict[str, RegionMetrics] | None = None
    kinds: dict[str, RegionMetrics] | None = None

    def to_line(self) -> bytes:
        """One line of JSON without its newline; what is None is left out."""
        return json.dumps(self.model_dump(mode="json", exclude_none=True)).encode()

    @property
    def figures(self) -> Figures:
        """The figures of a validation row."""
        return Figures.model_validate(self.model_dump())


def read_if_there(kind: type[D], path: Path) -> D | None:
    """The document, or None when there is no such file. Raises DamagedRunError."""
    try:
        return kind.read(path)
    except FileNotFoundError:
        return None


def plain(document: Document) -> dict[str, Any]:
    """As plain data, ready for JSON."""
    return document.model_dump(mode="json")
