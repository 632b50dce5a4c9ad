"""A person's own tunes become a corpus: gathered, decoded, recognized, cleaned, split, stored.

    gathering.py     a path or an upload    -> named data, bounded, nothing unpacked to disk
    notation/files   data                   -> tunes, whichever way the file keeps them
    import_state.py  tunes                  -> clean tunes, and what became of the rest
    ready_splits.py  files called train and test -> their split kept
    here             clean tunes            -> data/<name>/, and a report

Tunes are cleaned (`cleaning.py`), and put into families and splits as those of the shipped corpora
are (`sources.assemble`). Files named train, val and test keep their split.
"""

import json
import os
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

from songrnn.access import refuse_when_read_only
from songrnn.corpus.cleaning import CleanTune
from songrnn.corpus.gathering import Document, Limits, Source, gather, readable
from songrnn.corpus.import_report import LARGEST_REPORT, REPORT_FILE, FileReport, ImportReport
from songrnn.corpus.import_state import ImportState, TakenTune
from songrnn.corpus.ready_splits import ready_splits, settle
from songrnn.corpus.sources import Progress, assemble, available
from songrnn.corpus.tunebook import SPLITS, Failure, Tunebook
from songrnn.disk import replace_file
from songrnn.errors import CorpusError
from songrnn.folders import made_aside, put_in_place, recover_replaced
from songrnn.notation.files.file_tunes import Refusal
from songrnn.paths import data_directory as default_data_directory
from songrnn.paths import data_roots
from songrnn.workspaces import check_room

# What the folder of a corpus takes on the disk: tunes with their melodies' families, and the report.
_BYTES_A_CHARACTER = 3

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
# Folders of data/ with another meaning, and names that Windows keeps for devices.
_RESERVED = {"cache", "con", "prn", "aux", "nul"} | {
    f"{device}{number}" for device in ("com", "lpt") for number in range(1, 10)
}


def corpus_name_of(words: str) -> str:
    """What a person calls a corpus, in characters that can name one.

    >>> corpus_name_of(" My Session tunes (2024) "), corpus_name_of("Café")
    ('my-session-tunes-2024', 'cafe')
    """
    letters = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", letters).strip("-_")[:64]


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
    Nothing is written unless all goes well. ReadOnlyError; CorpusError when the name cannot be used or is taken
    (then `replace_existing` helps), when the source is too large, and when nothing usable is in
    it; StorageError when the corpus cannot be written, QuotaError when it does not fit.
    """
    refuse_when_read_only("Importing tunes")
    check_corpus_name(name)
    for root in data_roots(data_directory)[1:]:
        if os.path.lexists(root / name):
            raise CorpusError(
                f"There is a corpus {name!r} already, which everyone on this server sees; choose "
                "another name."
            )
    folder = (data_directory or default_data_directory()) / name
    recover_replaced(folder)
    if os.path.lexists(folder):
        if not (folder / REPORT_FILE).is_file():
            raise CorpusError(f"{folder} exists already and was not imported; choose another name.")
        if not replace_existing:
            raise CorpusError(_taken_name(folder))
    state = ImportState(limits or Limits())
    say = _in_time(progress or (lambda what, share: None), state.limits.seconds)
    before = 0.0
    for item in gather(source, limits=state.limits):
        if isinstance(item, Document):
            state.read(item, say, before)
            before = item.share
        elif isinstance(item, Refusal):
            state.refuse(item)
        else:
            state.ignored.append(item)
    say("Finding families", 0.75)
    book, notes = _book(name, state, say)
    say("Storing", 0.95)
    report = _report(book, state, notes)
    failures = [_failure(item) for item in (*report.refused, *report.duplicates)]
    book = replace(book, failures=tuple(failures))
    check_room(_BYTES_A_CHARACTER * sum(len(tune.text) for tune in book.tunes))
    _store(book, report, folder, replace_existing=replace_existing)
    return book, report


def _book(name: str, state: ImportState, say: Progress) -> tuple[Tunebook, list[str]]:
    """The tunes in families and splits; CorpusError when they are none or too few."""
    if not state.tunes:
        raise CorpusError(_why_nothing(state))
    ready = ready_splits({taken.source for taken in state.tunes})
    order = {split: position for position, split in enumerate((*SPLITS, None))}
    # Training first, so that of two tunes with one melody the one in training stays.
    state.tunes.sort(key=lambda taken: order[ready.get(taken.source)])
    book = assemble(name, _told(state.tunes, say))
    tunes, notes = settle(book.tunes, ready)
    return replace(book, tunes=tunes), notes


def _told(tunes: list[TakenTune], say: Progress) -> Iterator[tuple[CleanTune, str]]:
    """(tune, source) of each; comparing their melodies takes a while."""
    for count, taken in enumerate(tunes):
        if count % 100 == 0:
            say("Finding families", 0.75 + 0.2 * count / len(tunes))
        yield taken.tune, taken.source


def _in_time(say: Progress, seconds: float | None) -> Progress:
    """The same progress, which raises CorpusError once the time is over."""
    end = None if seconds is None else time.monotonic() + seconds

    def say_in_time(what: str, share: float) -> None:
        if end is not None and time.monotonic() > end:
            raise CorpusError(
                f"The import was stopped after {seconds:g} seconds; nothing is kept of it. Import "
                "fewer tunes at a time, or use the command line: songrnn corpus import."
            )
        say(what, share)

    return say_in_time


def _why_nothing(state: ImportState) -> str:
    if not state.refused and len(state.ignored) == 1:
        return f"No tune could be taken: there is none in {state.ignored[0].place}."
    if not state.refused:
        return "No tune could be taken: there is no file of a kind that holds tunes."
    if len(state.refused) == 1:
        (only,) = state.refused
        return f"No tune could be taken: {only.place}: {only.reason}."
    reasons = Counter(item.reason for item in state.refused).most_common(3)
    common = "; ".join(f"{reason} ({count:,} times)" for reason, count in reasons)
    return f"No tune could be taken. Most often: {common}."


def _report(book: Tunebook, state: ImportState, notes: list[str]) -> ImportReport:
    taken = Counter(tune.source for tune in book.tunes)
    texts = {tune.text for tune in book.tunes}
    changed: Counter[str] = Counter()
    cleaned = 0
    mistakes = []
    for item in state.tunes:
        if item.tune.text in texts:
            texts.discard(item.tune.text)  # its duplicates come later and are not of the corpus
            cleaned += bool(item.tune.changes)
            changed.update(item.tune.changes)
            if item.mistake is not None:
                mistakes.append(item.mistake)
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
        files=tuple(FileReport(*file, taken=taken[file[0]]) for file in state.files),
        refused=tuple(state.refused),
        duplicates=duplicates,
        mistakes=tuple(mistakes),
        ignored=tuple(item.place for item in state.ignored),
        notes=(*notes, *state.notices),
    )


def _failure(item: Refusal) -> Failure:
    return Failure(source=item.place, number="", title=item.title, reason=item.reason)


def _taken_name(folder: Path) -> str:
    return (
        f"There is a corpus {folder.name!r} already ({folder}); choose another name, or replace it."
    )


def _store(book: Tunebook, report: ImportReport, folder: Path, *, replace_existing: bool) -> None:
    """Write all to a folder aside, then put it in place: there is the old corpus or the new."""
    with made_aside(folder) as fresh:
        # Once more under the lock: several imports at once must not all count on the same room.
        check_room(_BYTES_A_CHARACTER * sum(len(tune.text) for tune in book.tunes))
        book.write(fresh)
        document = json.dumps(asdict(report), ensure_ascii=False, indent=1)
        written = (document + "\n").encode("utf-8", "surrogatepass")
        replace_file(fresh / REPORT_FILE, written, most=LARGEST_REPORT)
        if os.path.lexists(folder) and not replace_existing:  # it came while the tunes were read
            raise CorpusError(_taken_name(folder))
        put_in_place(fresh, folder)
