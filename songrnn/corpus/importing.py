"""A person's own tunes become a corpus: gathered, decoded, recognised, cleaned, split, stored.

    gathering.py     a path or an upload    -> named data, bounded, nothing unpacked to disk
    decoding.py      data                   -> text
    formats.py       text                   -> raw tunes, whichever way the file keeps them
    ready_splits.py  files called train and test -> their split kept
    here             raw tunes              -> data/<name>/, and a report of what became of each

Tunes are cleaned as those of the shipped corpora are (`cleaning.py`), and put into families and
splits the same way (`sources.assemble`). Files named train, val and test keep their split.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from songrnn.corpus.cleaning import CleanTune, clean, title_of
from songrnn.corpus.decoding import REPLACED, decode, normalised
from songrnn.corpus.formats import RawTune, recognise, tunes_of
from songrnn.corpus.gathering import (
    Document,
    Ignored,
    Limits,
    Refusal,
    Source,
    gather,
    readable,
)
from songrnn.corpus.import_report import REPORT_FILE, FileReport, ImportReport
from songrnn.corpus.ready_splits import ready_splits, settle
from songrnn.corpus.sources import assemble, available
from songrnn.corpus.tunebook import SPLITS, Failure, Tunebook
from songrnn.errors import CorpusError, StorageError
from songrnn.paths import data_directory as default_data_directory

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
# Folders of data/ with another meaning, and names that Windows keeps for devices.
_RESERVED = {"cache", "con", "prn", "aux", "nul"} | {
    f"{device}{number}" for device in ("com", "lpt") for number in range(1, 10)
}


def check_corpus_name(name: str) -> None:
    """Raise CorpusError unless `name` can name a corpus of one's own, on any system."""
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise CorpusError(
            f"{readable(name)!r} cannot name a corpus: use up to 64 small letters, digits, '-' and "
            "'_', and begin with a letter or digit."
        )
    if name in {entry.name for entry in available()}:
        raise CorpusError(f"{name!r} is a corpus that comes with the lab; choose another name.")


def import_tunes(
    source: Source,
    *,
    name: str,
    data_directory: Path | None = None,
    replace_existing: bool = False,
    limits: Limits | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> tuple[Tunebook, ImportReport]:
    """Make the corpus data/`name` of the tunes in `source`, and say what became of them.

    source: a file, a folder or a zip archive; or uploads as pairs of file name and bytes.
    progress: called with (what is being done, share done from 0 to 1).
    Nothing is written unless all goes well. CorpusError when the name cannot be used or is taken
    (then `replace_existing` helps), when the source is too large, and when nothing usable is in
    it; StorageError when the corpus cannot be written.
    """
    check_corpus_name(name)
    folder = (data_directory or default_data_directory()) / name
    if os.path.lexists(folder):
        if not (folder / REPORT_FILE).is_file():
            raise CorpusError(f"{folder} is there already and no import; choose another name.")
        if not replace_existing:
            raise CorpusError(_taken_name(folder))
    say = progress or (lambda what, share: None)
    crop = _Crop(limits or Limits())
    before = 0.0
    for item in gather(source, limits=crop.limits):
        if isinstance(item, Document):
            crop.read(item, say, before)
            before = item.share
        elif isinstance(item, Refusal):
            crop.refuse(item)
        else:
            crop.ignored.append(item)
    say("Finding families", 0.75)
    book, notes = _book(name, crop)
    say("Storing", 0.95)
    report = _report(book, crop, notes)
    failures = [_failure(item) for item in (*report.refused, *report.duplicates)]
    book = replace(book, failures=tuple(failures))
    _store(book, report, folder, replace_existing=replace_existing)
    return book, report


@dataclass(frozen=True, slots=True)
class _Taken:
    """A clean tune, the file it is from, and what cleaning took out of it."""

    tune: CleanTune
    source: str
    changes: tuple[str, ...]


@dataclass
class _Crop:
    """What has been brought in so far: clean tunes, and all that is none."""

    limits: Limits
    tunes: list[_Taken] = field(default_factory=list)
    files: list[tuple[str, str, str, int]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)

    def read(self, document: Document, say: Callable[[str, float], None], before: float) -> None:
        """Take in one file; what is wrong with it as a whole is one refusal."""
        try:
            text, encoding = decode(document.data)
            format = recognise(text)
            found = list(self._bounded(tunes_of(text, format)))
        except CorpusError as error:
            if str(error).startswith(_TOO_MANY):
                raise
            self.refuse(Refusal(document.place, "", str(error)))
            return
        for count, item in enumerate(found):
            if count % 500 == 0:
                share = before + (document.share - before) * count / len(found)
                say(f"Reading {document.place}", 0.7 * share)
            place = f"{document.place}, {item.place}"
            if isinstance(item, Refusal):
                self.refuse(replace(item, place=place))
            else:
                self._take(item, document.place, place)
        self.files.append((document.place, format, encoding, len(found)))

    def refuse(self, item: Refusal) -> None:
        self.refused.append(replace(item, title=readable(item.title)))

    def _bounded(self, found: Iterator[RawTune | Refusal]) -> Iterator[RawTune | Refusal]:
        room = self.limits.tunes - len(self.tunes) - len(self.refused)
        for count, item in enumerate(found):
            if count >= room:
                raise CorpusError(
                    f"{_TOO_MANY} than {self.limits.tunes:,} tunes; import a part of them."
                )
            yield item

    def _take(self, raw: RawTune, source: str, place: str) -> None:
        try:
            if len(raw.text) > self.limits.tune_characters:
                raise CorpusError(f"it has {len(raw.text):,} characters, which is no single tune")
            text, changes = _prepared(raw.text)
            tune = clean(text)
        except CorpusError as error:
            title = title_of(raw.text[: self.limits.tune_characters])
            self.refuse(Refusal(place, title, str(error)))
            return
        self.tunes.append(_Taken(tune, source, (*changes, *_changes(text, tune.text))))


_TOO_MANY = "There are more"


def _prepared(text: str) -> tuple[str, list[str]]:
    """A raw tune with plain characters and one voice, and the names of what that changed."""
    changes = []
    plain = normalised(text)
    if plain != text:
        changes.append("characters written in another way")
    if REPLACED in plain:
        raise CorpusError("it holds bytes that are no character in the file's encoding")
    if any(unicodedata.category(c) == "Cs" for c in plain if not c.isascii()):
        raise CorpusError("it holds half a character (a lone surrogate)")
    single = _first_voice(plain)
    if single != plain:
        changes.append("further voices")
    return single, changes


_VOICE = re.compile(r"V:[ \t]*(\S*)|\[V:[ \t]*([^]\s]*)[^]\n]*\]")


def _first_voice(text: str) -> str:
    """The tune without the music of all voices but the first (section 7 of ABC 2.1)."""
    if "V:" not in text:
        return text
    kept = []
    in_body = False
    first = current = ""
    for line in text.split("\n"):
        voice = _VOICE.match(line) if in_body else None
        if voice is not None:
            current = voice[1] or voice[2] or ""
            first = first or current
        if current == first:
            kept.append(line)
        in_body = in_body or line.startswith("K:")
    return "\n".join(kept)


def _changes(raw: str, text: str) -> list[str]:
    """What cleaning took out of a tune, by kind."""
    changes = []
    letters = set(re.findall(r"^([A-Za-z+]):", raw, re.MULTILINE))
    if letters - set("XTRMLKV"):
        changes.append("other fields than title, rhythm, meter, unit note length and key")
    if "%" in raw:
        changes.append("comments and directives")
    if raw.count('"') != text.count('"'):
        changes.append("text in quotes that is no chord")
    return changes


def _book(name: str, crop: _Crop) -> tuple[Tunebook, list[str]]:
    """The tunes in families and splits; CorpusError when they are none or too few."""
    if not crop.tunes:
        raise CorpusError(_why_nothing(crop))
    ready = ready_splits({taken.source for taken in crop.tunes})
    order = {split: position for position, split in enumerate((*SPLITS, None))}
    # Training first, so that of two tunes with one melody the one in training stays.
    crop.tunes.sort(key=lambda taken: order[ready.get(taken.source)])
    book = assemble(name, [(taken.tune, taken.source) for taken in crop.tunes])
    tunes, notes = settle(book.tunes, ready)
    return replace(book, tunes=tunes), notes


def _why_nothing(crop: _Crop) -> str:
    if not crop.refused:
        return "No tune could be taken: there is no file of a kind that holds tunes."
    if len(crop.refused) == 1:
        (only,) = crop.refused
        return f"No tune could be taken: {only.place}: {only.reason}."
    reasons = Counter(item.reason for item in crop.refused).most_common(3)
    common = "; ".join(f"{reason} ({count:,} times)" for reason, count in reasons)
    return f"No tune could be taken. Most often: {common}."


def _report(book: Tunebook, crop: _Crop, notes: list[str]) -> ImportReport:
    taken = Counter(tune.source for tune in book.tunes)
    texts = {tune.text for tune in book.tunes}
    changed: Counter[str] = Counter()
    cleaned = 0
    for item in crop.tunes:
        if item.tune.text in texts:
            texts.discard(item.tune.text)  # its duplicates come later and are not of the corpus
            cleaned += bool(item.changes)
            changed.update(item.changes)
    duplicates = tuple(
        Refusal(f"{item.source}, X:{item.number}", readable(item.title), item.reason)
        for item in book.failures
    )
    return ImportReport(
        name=book.name,
        taken=len(book.tunes),
        cleaned=cleaned,
        characters=sum(len(tune.text) for tune in book.tunes),
        families=len({tune.family for tune in book.tunes}),
        splits={split: len(book.split(split)) for split in SPLITS},
        changes=dict(changed.most_common()),
        files=tuple(FileReport(*file, taken=taken[file[0]]) for file in crop.files),
        refused=tuple(crop.refused),
        duplicates=duplicates,
        ignored=tuple(item.place for item in crop.ignored),
        notes=tuple(notes),
    )


def _failure(item: Refusal) -> Failure:
    return Failure(source=item.place, number="", title=item.title, reason=item.reason)


def _taken_name(folder: Path) -> str:
    return (
        f"There is a corpus {folder.name!r} already ({folder}); choose another name, or replace it."
    )


def _store(book: Tunebook, report: ImportReport, folder: Path, *, replace_existing: bool) -> None:
    """Write all to a folder beside, then swap: there is the old corpus or the new, never half."""
    # Two sessions of one process may import at once.
    mark = secrets.token_hex(4)
    fresh = folder.with_name(f".{folder.name}.importing-{mark}")
    old = folder.with_name(f".{folder.name}.replaced-{mark}")
    try:
        book.write(fresh)
        document = json.dumps(asdict(report), ensure_ascii=False, indent=1)
        (fresh / REPORT_FILE).write_text(document + "\n", encoding="utf-8")
        if os.path.lexists(folder):
            if not replace_existing:  # it came while the tunes were read
                raise CorpusError(_taken_name(folder))
            os.replace(folder, old)
        os.replace(fresh, folder)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        if os.path.lexists(old) and not os.path.lexists(folder):
            with contextlib.suppress(OSError):  # then it stays where it was put aside
                os.replace(old, folder)
        raise StorageError(
            f"The corpus {book.name!r} could not be written to {folder}: {error.strerror}."
        ) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
