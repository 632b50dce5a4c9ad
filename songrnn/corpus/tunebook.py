"""Tune and Tunebook: cleaned tunes with their split, in memory and in a folder of data/.

A tunebook knows nothing of where its tunes came from (`sources.py`) nor of how a network reads
them (`vocabulary.py`, `batches.py`).
"""

import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, TypeAdapter, ValidationError

from songrnn.config import CorpusReference
from songrnn.disk import read_bytes
from songrnn.errors import CorpusError, StorageError

Split = Literal["train", "validation", "test"]
# Bytes of tunes.jsonl: twice what an import takes at most.
_LARGEST = 1 << 30
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


def tune_id(text: str) -> str:
    """The first 12 hex digits of the text's SHA-256: the same tune has the same id anywhere."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Tune:
    """One tune: `text` is what a network reads, the other fields are what its header says.

    number: its X: in the source. family: id of the smallest member of its near-duplicates.
    """

    id: str
    number: str
    title: str
    rhythm: str
    meter: str
    unit_length: str
    key: str
    text: str
    source: str
    family: str
    split: Split


@dataclass(frozen=True, slots=True)
class Failure:
    """A tune that was left out, and the sentence that says why."""

    source: str
    number: str
    title: str
    reason: str


@dataclass(frozen=True)
class Tunebook:
    """The tunes of a corpus in their order, with those that were left out."""

    name: str
    tunes: tuple[Tune, ...]
    failures: tuple[Failure, ...] = field(default=())

    @cached_property
    def sha256(self) -> str:
        """Hash over ids, splits and texts in order: what a run was trained on, in one number."""
        digest = hashlib.sha256()
        for tune in self.tunes:
            for part in (tune.id, tune.split, tune.text):
                data = part.encode("utf-8", "surrogatepass")
                # The length keeps ("ab", "c") and ("a", "bc") apart.
                digest.update(len(data).to_bytes(8, "big") + data)
        return digest.hexdigest()

    @property
    def reference(self) -> CorpusReference:
        """How a run refers to these very tunes."""
        return CorpusReference(name=self.name, sha256=self.sha256)

    @cached_property
    def characters(self) -> str:
        """The distinct characters of all tunes, in code-point order."""
        return "".join(sorted(set().union(*(tune.text for tune in self.tunes))))

    @cached_property
    def _by_id(self) -> dict[str, Tune]:
        return {tune.id: tune for tune in self.tunes}

    def split(self, name: Split) -> tuple[Tune, ...]:
        """The tunes of one split, in the order of the book."""
        return tuple(tune for tune in self.tunes if tune.split == name)

    def find(self, id: str) -> Tune:
        """The tune of that id; CorpusError if there is none."""
        try:
            return self._by_id[id]
        except KeyError:
            raise CorpusError(f"The corpus {self.name!r} has no tune with the id {id!r}.") from None

    def write(self, folder: Path) -> None:
        """Store as tunes.jsonl and, last, corpus.json: a book without the latter was cut short."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _write_lines(folder / "tunes.jsonl", map(_row, self.tunes))
            _write_lines(folder / "failures.jsonl", map(_row, self.failures))
            about = {"name": self.name, "tunes": len(self.tunes), "sha256": self.sha256}
            _write_lines(folder / "corpus.json", [about])
        except OSError as error:
            raise StorageError(
                f"The corpus {self.name!r} could not be written to {folder}: {error.strerror}."
            ) from error

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what `write` stored; CorpusError when it is missing, cut short or changed."""
        try:
            document = read_bytes(folder / "corpus.json")
            tunes = _TUNES.validate_python(_read_lines(folder / "tunes.jsonl"))
            failures = _FAILURES.validate_python(_read_lines(folder / "failures.jsonl"))
            about = _About.model_validate_json(document)
            book = cls(about.name, tunes, failures)
        except FileNotFoundError as error:
            raise CorpusError(f"There is no corpus in {folder} ({error.filename}).") from error
        except (OSError, ValueError, RecursionError) as error:
            raise CorpusError(
                f"The corpus in {folder} cannot be read ({_reason(error)}); delete the folder to build it again."
            ) from error
        if book.sha256 != about.sha256:
            raise CorpusError(
                f"The corpus in {folder} was changed after it was built; delete the folder to "
                "build it again."
            )
        return book


class _About(BaseModel):
    """corpus.json."""

    name: str
    sha256: str


_TUNES = TypeAdapter(tuple[Tune, ...])
_FAILURES = TypeAdapter(tuple[Failure, ...])


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return ": ".join([*map(str, first["loc"]), first["msg"]])
    return " ".join(str(error).split())[:200]


def _row(item: Tune | Failure) -> dict[str, object]:
    """Its fields by name, as `asdict` gives them, which copies each value first."""
    return {each.name: getattr(item, each.name) for each in fields(item)}


def _write_lines(path: Path, rows: Iterable[dict[str, object]]) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with temporary.open("w", encoding="utf-8", errors="surrogatepass") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _read_lines(path: Path) -> list[dict[str, Any]]:
    # Not splitlines(): titles may hold U+2028 and its like.
    text = read_bytes(path, most=_LARGEST).decode("utf-8", "surrogatepass")
    return [json.loads(line) for line in text.split("\n") if line]
