"""What stands in a run's JSON files. Losses are nats; bits per character is nats / ln 2.

Read leniently (a field added later does not damage an old reader), written completely.
"""

import functools
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from songrnn.config import (
    FORMAT_VERSION,
    CorpusReference,
    ModelConfig,
    SourceReference,
    TrainConfig,
)
from songrnn.disk import LARGEST_DOCUMENT, read_bytes, refuse_unreadable
from songrnn.errors import DamagedRunError, SongRNNError

State = Literal["created", "running", "finished", "stopped", "failed", "interrupted"]
# The states of a run that can be resumed, or was never started.
UNFINISHED: tuple[State, ...] = ("created", "stopped", "interrupted", "failed")


D = TypeVar("D", bound="Document")


# Counts and times; what is larger was never measured, and overflows what is computed from it.
Count = Annotated[int, Field(ge=0, lt=2**53)]
Amount = Annotated[float, Field(ge=0, lt=1e15)]
Share = Annotated[float, Field(ge=0, le=1)]


class Document(BaseModel):
    """Frozen; unknown fields are ignored, numbers are finite, times have a time zone.

    largest: bytes that a file of the kind may have. called: what a person calls one.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)
    largest: ClassVar[int] = 1 << 20
    called: ClassVar[str] = "The document"

    def to_json(self, *, compact: bool = False) -> bytes:
        """UTF-8 JSON with a newline at its end, indented or compact: a number a line may be most of
        a file. Raises TooLargeError when it could not be read again."""
        if compact:
            text = self.model_dump_json()
        else:
            text = json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False)
        written = (text + "\n").encode()
        refuse_unreadable(self.called, len(written), self.largest)
        return written

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
        except (SongRNNError, ValueError, RecursionError) as error:
            raise DamagedRunError(f"{path}: {error}") from error


# Documents are frozen, so one that did not change on the disk is handed out again.
@functools.lru_cache(maxsize=16_384)
def _read(kind: type[D], path: Path, stamp: tuple[int, int, int]) -> D:
    return kind.model_validate_json(read_bytes(path, most=kind.largest))


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


class RunKind(Document):
    """run.json as far as any run's goes. kind: what it learned."""

    largest: ClassVar[int] = LARGEST_DOCUMENT

    kind: str = "song"


class RunDocument(Document):
    """run.json: all that decides a training, and its vocabulary; never changes.

    vocabulary: the characters in code-point order, without START and END. renamed: the name that
    it is being given; there only while it is (`store/renaming.py`).
    """

    largest: ClassVar[int] = LARGEST_DOCUMENT  # a vocabulary can be long

    format_version: int
    name: str
    study: str | None
    seed: int
    model: ModelConfig
    training: TrainConfig
    corpus: CorpusReference
    source: SourceReference | None = None
    vocabulary: tuple[str, ...]
    created: AwareDatetime
    versions: dict[str, str] = Field(default_factory=dict)
    renamed: str | None = Field(default=None, exclude=True)

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

    pid: int = Field(ge=0, lt=2**31)
    created: Amount
    boot: str


class Figures(Document):
    """A validation's figures.

    kin: how many of its tunes are kin of those that the run or its sources learned from, where
    there are any; bits_without_kin: bits per character on the others.
    """

    loss: Amount
    bits_per_character: Amount
    accuracy: Share | None = None
    mean_iou: Share | None = None
    kin: Count | None = None
    bits_without_kin: Amount | None = None
    epoch: Amount
    step: Count


class RunStatus(Document):
    """status.json: where a training stands. `best` and `last` are validation figures.

    status: "interrupted" is never written; it is what "running" reads as when the process is gone.
    epoch: epochs done, with fractions. heartbeat: when this was written.
    precision: what is computed in, once that was chosen.
    worker: where it trains when that is another machine; `process` then holds the run here.
    """

    status: State
    epoch: Amount = 0.0
    step: Count = 0
    heartbeat: AwareDatetime
    process: ProcessIdentity | None = None
    message: str | None = None
    best: Figures | None = None
    last: Figures | None = None
    seconds: Amount = 0.0
    characters_per_second: Amount | None = None
    precision: str | None = None
    worker: str | None = None


class Liveness(Document):
    """status.json as far as any run's goes: whether it is being trained, and by whom."""

    status: State
    process: ProcessIdentity | None = None


class RunSummary(Document):
    """summary.json: how a training ended. Written when it ends, removed when it is resumed.

    best_epoch counts validations from 0, before training. weights_sha256: of the file
    weights.safetensors. duration_seconds: time spent training, pauses between sessions left out.
    """

    parameters: Count
    epochs: Amount
    steps: Count
    best_validation_loss: Amount
    best_validation_bits_per_character: Amount
    best_validation_accuracy: Share | None = None
    best_validation_mean_iou: Share | None = None
    best_validation_kin: Count | None = None
    best_validation_bits_without_kin: Amount | None = None
    best_epoch: Amount
    last_validation_loss: Amount
    last_validation_bits_per_character: Amount
    last_validation_accuracy: Share | None = None
    last_validation_mean_iou: Share | None = None
    last_epoch: Amount
    last_train_loss: Amount | None = None
    duration_seconds: Amount
    characters_per_second: Amount | None = None
    precision: str
    device: str
    weights_sha256: str


class RunBaselines(Document):
    """baselines.json: what simpler predictors make of the run's tunes, bits per character by split.

    sha256: of the tunes. It is here for when their corpus is not.
    """

    sha256: str
    baselines: dict[str, dict[str, Amount]]


class Notes(Document):
    """notes.json: what a person says about a run."""

    called: ClassVar[str] = "The tags and the note of a run"

    tags: tuple[str, ...] = ()
    text: str = ""
    star: bool = False


class RegionMetrics(Document):
    """Figures over some of the predictions: those of a header field, of notes, of END."""

    loss: Amount
    bits_per_character: Amount
    accuracy: Share
    mean_iou: Share
    characters: Count


class HistoryNumbers(Document):
    """The numbers of a line of history.jsonl.

    split "train": means over the windows since the last such row, with dropout on and state
    carried; learning_rate is the one last used, gradient_norm the mean norm before clipping.
    split "validation": exact, the weights being those that would be stored.
    step: optimizer steps done. epoch: step / steps of an epoch. seconds: time spent training so
    far. Clock columns (seconds, characters_per_second) are all that may differ between two
    trainings of one configuration.
    """

    step: Count
    epoch: Amount
    split: Literal["train", "validation", "test"]
    loss: Amount
    bits_per_character: Amount
    accuracy: Share | None = None
    mean_iou: Share | None = None
    kin: Count | None = None
    bits_without_kin: Amount | None = None
    learning_rate: Amount | None = None
    gradient_norm: Amount | None = None
    characters_per_second: Amount | None = None
    seconds: Amount


class HistoryRow(HistoryNumbers):
    """A line of history.jsonl; regions and kinds are of validations."""

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
