"""From what a person points at (a file, a folder, an archive, an upload) to named pieces of data.

Nothing is ever unpacked to disk, no link is followed, and every size is bounded before it is
believed: a zip says how large its members are, and lies. What is left out is said, with a reason.
It does not know what the data mean (`notation/files`).
"""

import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from songrnn.errors import CorpusError
from songrnn.notation.files.file_tunes import Refusal
from songrnn.notation.files.tune_file import MOST_BYTES
from songrnn.notation.limits import MOST_CHARACTERS

# Files in folders and archives that are looked into; folk-rnn's own files have no suffix.
SUFFIXES = ("", ".abc", ".txt", ".csv", ".json")
# Pages and mails that may have tunes among their words; those that have none are no tunebooks.
PAGES = (".md", ".markdown", ".html", ".htm", ".eml", ".mbox")
_ARCHIVE = ".zip"
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
# What systems leave beside a person's files.
_HIDDEN = (".", "__MACOSX")
_BLOCK = 1 << 16
_MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read at most; generous for tunebooks, small for a laptop's memory.

    file_bytes: of one file. total_bytes: of all files together, unpacked. files: how many.
    ratio: unpacked to packed size of an archive's member over one MiB; tunes pack about 4 to 1.
    tunes: in all files together. tune_characters: of one tune before cleaning. seconds: for all of
    it, None for as long as it takes.
    """

    file_bytes: int = MOST_BYTES
    total_bytes: int = 512 * _MEBIBYTE
    files: int = 100_000
    ratio: int = 100
    tunes: int = 200_000
    tune_characters: int = MOST_CHARACTERS
    seconds: float | None = None


class Upload(NamedTuple):
    """A file that came as bytes: from the app, not from a disk. A plain pair will do as well."""

    filename: str
    data: bytes


Source = Path | Upload | tuple[str, bytes] | Sequence[Upload | tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Document:
    """One file's data.

    place: its name within the source, with / between folders. share: how much of the source has
    been gathered with it, from 0 to 1, for progress bars.
    """

    place: str
    data: bytes
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Ignored:
    """A file of a folder or archive that no format of ours is kept in, such as a PDF."""

    place: str


class _Budget:
    """Counts files and bytes against the limits of the whole import."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._files = 0
        self._bytes = 0

    def take_file(self) -> None:
        self._files += 1
        if self._files > self.limits.files:
            raise CorpusError(
                f"There are more than {self.limits.files:,} files; import a part of them at a time."
            )

    def take_bytes(self, count: int) -> None:
        self._bytes += count
        if self._bytes > self.limits.total_bytes:
            raise CorpusError(
                f"The files hold more than {_size(self.limits.total_bytes)} together; "
                "import a part of them at a time."
            )


def gather(
    source: Source, *, limits: Limits | None = None
) -> Iterator[Document | Refusal | Ignored]:
    """All files of the source in the order of their names, one in memory at a time.

    CorpusError when the source itself is missing, unreadable, or larger than the limits.
    """
    budget = _Budget(limits or Limits())
    if isinstance(source, Path):
        yield from _from_path(source, budget)
        return
    for filename, data in _uploads(source):
        # Browsers have sent whole paths; only the last part is a name.
        place = readable(re.split(r"[/\\]", filename)[-1]) or "upload"
        budget.take_file()
        if len(data) > budget.limits.file_bytes:
            yield _too_large(place, budget)
        else:
            budget.take_bytes(len(data))
            yield from _open(place, data, budget)


def readable(name: str, most: int = 200) -> str:
    """A file's name for people: no control characters, no halves of characters, not endless."""
    name = name.encode("utf-8", "replace").decode()
    name = "".join(c if c.isprintable() else "?" for c in name)
    return name if len(name) <= most else "…" + name[-most:]


def _uploads(source: Source) -> list[tuple[str, bytes]]:
    assert not isinstance(source, Path)
    single = isinstance(source, tuple) and len(source) == 2 and isinstance(source[0], str)
    return [source] if single else list(source)  # type: ignore[list-item, arg-type]


def _from_path(path: Path, budget: _Budget) -> Iterator[Document | Refusal | Ignored]:
    try:
        if path.is_dir():
            yield from _from_folder(path, budget)
        elif path.is_file():
            budget.take_file()
            data = _read(path, budget, follow=True)
            if data is None:
                yield _too_large(readable(path.name), budget)
            else:
                yield from _open(readable(path.name), data, budget)
        elif path.exists():
            raise CorpusError(f"{path} is neither a file nor a folder, so no tunes can be in it.")
        else:
            raise CorpusError(f"There is no file or folder {path}.")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CorpusError(f"{readable(str(path))} cannot be read: {reason}.") from error


def _from_folder(folder: Path, budget: _Budget) -> Iterator[Document | Refusal | Ignored]:
    entries = list(_walk(folder, budget))
    for done, entry in enumerate(entries, start=1):
        if not isinstance(entry, tuple):
            yield entry
            continue
        for item in _from_entry(*entry, budget):
            yield replace(item, share=done / len(entries)) if isinstance(item, Document) else item


def _walk(folder: Path, budget: _Budget) -> Iterator[tuple[Path, str] | Refusal | Ignored]:
    # Folders still to visit, last first: a stack of our own, as nesting can be deeper than Python's.
    waiting = [(folder, "")]
    while waiting:
        folder, prefix = waiting.pop()
        try:
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            if not prefix:
                raise
            yield Refusal(prefix, "", f"cannot be read: {error.strerror}")
            continue
        folders = []
        for entry in entries:
            place = prefix + readable(entry.name)
            if entry.name.startswith(_HIDDEN):
                continue
            budget.take_file()
            if entry.is_symlink():
                yield Refusal(place, "", "is a link, and links are not followed")
            elif entry.is_dir(follow_symlinks=False):
                folders.append((Path(entry.path), place + "/"))
            elif not entry.is_file(follow_symlinks=False):
                yield Refusal(place, "", "is not a regular file")
            elif _suffix(place) not in (*SUFFIXES, *PAGES, _ARCHIVE):
                yield Ignored(place)
            else:
                yield Path(entry.path), place
        waiting += reversed(folders)


def _from_entry(path: Path, place: str, budget: _Budget) -> Iterator[Document | Refusal | Ignored]:
    try:
        data = _read(path, budget, follow=False)
    except OSError as error:
        yield Refusal(place, "", f"cannot be read: {error.strerror}")
        return
    if data is None:
        yield _too_large(place, budget)
    else:
        yield from _open(place, data, budget)


def _read(path: Path, budget: _Budget, *, follow: bool) -> bytes | None:
    """The file's data, None when it is too large; what is no file any more raises OSError."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags if follow else flags | getattr(os, "O_NOFOLLOW", 0))
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(0, "it is not a regular file")
        data = file.read(budget.limits.file_bytes + 1)
    if len(data) > budget.limits.file_bytes:
        return None
    budget.take_bytes(len(data))
    return data


def _open(place: str, data: bytes, budget: _Budget) -> Iterator[Document | Refusal | Ignored]:
    if data.startswith(_ZIP_MAGIC):
        yield from _from_archive(place, data, budget)
    elif _suffix(place) == _ARCHIVE:
        yield Refusal(place, "", "is not a zip archive, though its name says so")
    else:
        yield Document(place, data)


def _from_archive(
    place: str, data: bytes, budget: _Budget
) -> Iterator[Document | Refusal | Ignored]:
    problem = _directory_problem(data, budget.limits)
    if problem:
        yield Refusal(place, "", problem)
        return
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        yield Refusal(place, "", f"is a damaged zip archive ({error})")
        return
    with archive:
        members = sorted(archive.infolist(), key=lambda info: info.filename)
        for done, info in enumerate(members, start=1):
            path = PurePosixPath(info.filename)
            inner = f"{place}/{readable(info.filename)}"
            # First, since zipfile itself stumbles over a name that begins with a NUL.
            reason = _unsafe(info)
            if reason:
                yield Refusal(inner, "", reason)
                continue
            if info.is_dir():
                continue
            if any(part.startswith(_HIDDEN) for part in path.parts):
                continue
            budget.take_file()
            if path.suffix.lower() == _ARCHIVE:
                yield Refusal(inner, "", "is an archive within an archive; unpack it first")
            elif path.suffix.lower() not in (*SUFFIXES, *PAGES):
                yield Ignored(inner)
            else:
                item = _member(archive, info, inner, budget)
                share = done / len(members)
                yield replace(item, share=share) if isinstance(item, Document) else item


def _directory_problem(data: bytes, limits: Limits) -> str:
    """Why the list of members must not even be read, or ""; zipfile would load all of it."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if end < 0 or end + 22 > len(data):
        return "is a damaged zip archive (its end is missing)"
    members = int.from_bytes(data[end + 10 : end + 12], "little")
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    if size == 0xFFFFFFFF or members == 0xFFFF:
        return "has too many members; unpack it and import the folder"
    # An entry takes 46 bytes and its name; four times that is a generous mean.
    if members > limits.files or size > 4 * 46 * limits.files:
        return f"has more than {limits.files:,} members"
    return ""


def _unsafe(info: zipfile.ZipInfo) -> str:
    """Why a member is refused by its name or kind, or ""."""
    # zipfile cuts names at a NUL and turns the system's separator; the original tells.
    name = info.orig_filename.replace("\\", "/")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "names a place outside the archive (an absolute path)"
    if ".." in name.split("/"):
        return "names a place outside the archive (..)"
    if "\0" in name:
        return "has a NUL in its name"
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "is a link, and links are not followed"
    if kind not in (0, stat.S_IFREG):
        return "is not a regular file"
    if info.flag_bits & 0x1:
        return "is encrypted; unpack the archive with its password first"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed by a method other than zip's usual one; unpack the archive first"
    return ""


def _member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: str, budget: _Budget
) -> Document | Refusal:
    data = bytearray()
    largest = min(
        budget.limits.file_bytes, max(_MEBIBYTE, budget.limits.ratio * info.compress_size)
    )
    try:
        with archive.open(info) as file:
            while block := file.read(_BLOCK):
                data += block
                if len(data) > budget.limits.file_bytes:
                    return _too_large(place, budget)
                if len(data) > largest:
                    return Refusal(
                        place, "", f"unpacks to over {budget.limits.ratio} times its packed size"
                    )
                budget.take_bytes(len(block))
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        return Refusal(place, "", f"is damaged ({error or type(error).__name__})")
    return Document(place, bytes(data))


def _too_large(place: str, budget: _Budget) -> Refusal:
    return Refusal(place, "", f"is larger than {_size(budget.limits.file_bytes)}")


def _suffix(place: str) -> str:
    return PurePosixPath(place).suffix.lower()


def _size(count: int) -> str:
    return f"{count / _MEBIBYTE:,.0f} MiB" if count >= _MEBIBYTE else f"{count:,} bytes"
