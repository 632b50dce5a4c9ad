"""learned.npz: the melodies that a run, and the runs it was fine-tuned from, learned from.

They tell which of other tunes are kin of those, when the corpora are long gone. A melody is the
steps between its notes, a byte each, without rhythm, title or words. Runs of before have no such
file: theirs are taken from their corpus while it is here.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ValidationError

from songrnn.config import CorpusReference
from songrnn.corpus.sources import load_of
from songrnn.corpus.tunebook import Tunebook
from songrnn.disk import replace_file
from songrnn.errors import CorpusError, DamagedRunError
from songrnn.lineage.kin import melodies_of
from songrnn.store.arrays import open_arrays
from songrnn.store.runs import Run

FILE = "learned.npz"
FORMAT_VERSION = 1
# Bytes of the file, and of its arrays: a corpus of the largest size, several times.
_LARGEST = 1 << 28


class LearnedPart(BaseModel):
    """The training tunes of one run of the line. tunes: how many melodies of the file are its."""

    run: str
    corpus: CorpusReference
    tunes: int


class _Document(BaseModel):
    format_version: int
    parts: tuple[LearnedPart, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Learned:
    """melodies: of the parts, one after the other. unknown: runs whose tunes are not known."""

    parts: tuple[LearnedPart, ...] = ()
    melodies: tuple[bytes, ...] = ()
    unknown: tuple[str, ...] = ()

    def includes(self, corpus: CorpusReference) -> bool:
        """Whether the training tunes of that corpus are among them."""
        return any(part.corpus == corpus for part in self.parts)

    def with_part(self, run: str, book: Tunebook) -> "Learned":
        """These and the training tunes of a corpus that a run learns from."""
        melodies = melodies_of(book.split("train"))
        part = LearnedPart(run=run, corpus=book.reference, tunes=len(melodies))
        return Learned((*self.parts, part), (*self.melodies, *melodies), self.unknown)


def write_learned(folder: Path, learned: Learned) -> None:
    """Keep it in a run's folder. Raises StorageError."""
    document = _Document(
        format_version=FORMAT_VERSION, parts=learned.parts, unknown=learned.unknown
    ).model_dump_json()
    file = io.BytesIO()
    np.savez_compressed(
        file,
        document=np.frombuffer(document.encode(), np.uint8),
        lengths=np.array([len(melody) for melody in learned.melodies], np.int32),
        steps=np.frombuffer(b"".join(learned.melodies), np.uint8),
    )
    replace_file(folder / FILE, file.getvalue(), most=_LARGEST)


def stored_learned(folder: Path) -> Learned | None:
    """What a run's folder holds; None without a file. Raises DamagedRunError."""
    path = folder / FILE
    try:
        with open_arrays(path, most=_LARGEST) as arrays:
            text = arrays.read("document", dtypes=["u1"], shape=[None], most=1 << 20)
            document = _Document.model_validate(json.loads(text.tobytes()))
            lengths = arrays.read("lengths", dtypes=["<i4"], shape=[None], most=_LARGEST)
            steps = arrays.read("steps", dtypes=["u1"], shape=[None], most=_LARGEST).tobytes()
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, ValidationError, RecursionError) as error:
        raise DamagedRunError(
            f"{path} is damaged, so kin of what was learned cannot be told."
        ) from error
    if document.format_version > FORMAT_VERSION:
        raise DamagedRunError(f"{path} was written by a newer SongRNN Lab; update this one.")
    ends = np.cumsum(lengths, dtype=np.int64)
    whole = len(lengths) == sum(part.tunes for part in document.parts)
    if not whole or (lengths < 0).any() or (ends[-1] if len(ends) else 0) != len(steps):
        raise DamagedRunError(f"{path} is damaged, so kin of what was learned cannot be told.")
    melodies = [steps[end - length : end] for end, length in zip(ends, lengths, strict=True)]
    return Learned(document.parts, tuple(melodies), document.unknown)


def learned_by(
    run: Run, books: Sequence[Tunebook] = (), *, data_directory: Path | None = None
) -> Learned:
    """What a run learned from: from its folder, else from its corpus.

    books: corpora that are in memory already. A corpus that is neither here nor noted makes the
    run one of `unknown`. Raises DamagedRunError.
    """
    found = stored_learned(run.path) or Learned()
    corpus = run.config.corpus
    if found.includes(corpus) or run.name in found.unknown:
        return found
    book = next((book for book in books if book.reference == corpus), None)
    try:
        book = book or load_of(corpus, data_directory=data_directory)
    except CorpusError:
        return Learned(found.parts, found.melodies, (*found.unknown, run.name))
    return found.with_part(run.name, book)
