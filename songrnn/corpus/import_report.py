"""What became of everything an import found: for the terminal, the app, and data/<name>/."""

import functools
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from songrnn.disk import read_bytes
from songrnn.notation.files.file_tunes import Refusal
from songrnn.paths import data_roots

REPORT_FILE = "import.json"


@dataclass(frozen=True, slots=True)
class FileReport:
    """What was in a file: its format and encoding, and the tunes found and taken."""

    place: str
    format: str
    encoding: str
    found: int
    taken: int


@dataclass(frozen=True)
class ImportReport:
    """What became of everything that was found.

    taken: tunes of the corpus; by split in `splits`. cleaned: those of them that lost something
    besides blank lines; `changes` says what, and of how many tunes. refused, duplicates: those
    left out, with place, title and reason. mistakes: those taken though something in them is no
    music. ignored: files of other kinds. notes: what a person should know about the result, in
    sentences.
    """

    name: str
    taken: int
    cleaned: int
    characters: int
    families: int
    splits: dict[str, int]
    changes: dict[str, int]
    files: tuple[FileReport, ...]
    refused: tuple[Refusal, ...]
    duplicates: tuple[Refusal, ...]
    ignored: tuple[str, ...]
    notes: tuple[str, ...] = ()
    mistakes: tuple[Refusal, ...] = ()

    def lines(self, most: int = 20) -> Iterator[str]:
        """The report for people, line by line, with at most so many files and refusals each."""
        splits = ", ".join(f"{count:,} {split}" for split, count in self.splits.items())
        yield (
            f"{self.name}: {self.taken:,} tunes taken, {self.characters:,} characters, "
            f"{self.families:,} families ({splits})."
        )
        yield from self.notes[:most]
        if len(self.notes) > most:
            yield f"  … and {len(self.notes) - most:,} more, all in {REPORT_FILE}"
        yield f"{len(self.files):,} {plural(len(self.files), 'file')} read:"
        if len(self.files) <= most:
            for file in self.files:
                yield (
                    f"  {file.place}: {file.format}, {file.encoding}; "
                    f"{file.taken:,} of {file.found:,} tunes taken"
                )
        else:
            kinds = Counter((file.format, file.encoding) for file in self.files)
            for (format, encoding), count in kinds.most_common():
                yield f"  {count:,} of {format}, {encoding}"
        if self.cleaned:
            what = ", ".join(f"{name} ({count:,})" for name, count in self.changes.items())
            yield f"{self.cleaned:,} of the tunes cleaned of: {what}."
        for items, words in (
            (self.refused, "refused"),
            (self.duplicates, "duplicate"),
            (self.mistakes, "taken as they stand, with mistakes of notation"),
        ):
            yield from _listing((f"  {item}" for item in items), f"{len(items):,} {words}:", most)
        if self.ignored:
            yield from _listing(
                (f"  {place}" for place in self.ignored),
                f"{len(self.ignored):,} of another kind left alone:",
                most,
            )

    def __str__(self) -> str:
        return "\n".join(self.lines())


# Bytes: a report names every tune that was refused.
LARGEST_REPORT = 1 << 28


@functools.cache
def _report_type() -> TypeAdapter[ImportReport]:
    return TypeAdapter(ImportReport)


def imported(*, data_directory: Path | None = None) -> list[ImportReport]:
    """The reports of all imported corpora, by name; those that cannot be read are left out."""
    found = {
        path.parent.name: path
        for root in reversed(data_roots(data_directory))
        for path in root.glob(f"[!.]*/{REPORT_FILE}")
    }
    reports = []
    for _, path in sorted(found.items()):
        try:
            row = json.loads(read_bytes(path, most=LARGEST_REPORT))
            reports.append(_report_type().validate_python(row))
        except (OSError, ValueError, RecursionError):
            continue
    return reports


def _listing(lines: Iterable[str], heading: str, most: int) -> Iterator[str]:
    lines = list(lines)
    if not lines:
        return
    yield heading
    yield from lines[:most]
    if len(lines) > most:
        yield f"  … and {len(lines) - most:,} more, all in {REPORT_FILE}"


def plural(count: int, one: str, many: str = "") -> str:
    """The word for so many: `one` for 1, else `many`, or `one` with an s."""
    return one if count == 1 else many or f"{one}s"
