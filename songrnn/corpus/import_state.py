"""What an import has brought in so far: clean tunes, and all that is none, with the reasons."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from songrnn.corpus.cleaning import CleanTune, clean
from songrnn.corpus.gathering import PAGES, Document, Ignored, Limits, readable
from songrnn.errors import CorpusError, TuneFileError
from songrnn.notation.files.file_tunes import FileTune, Refusal
from songrnn.notation.files.tune_file import TooManyTunesError, TuneFile
from songrnn.notation.reader import read


@dataclass(frozen=True, slots=True)
class TakenTune:
    """A clean tune, the file it is from, and where and which errors of notation it has, if any."""

    tune: CleanTune
    source: str
    mistake: Refusal | None = None


@dataclass
class ImportState:
    """Clean tunes and what was left out, file by file.

    files: (place, format, encoding, tunes found) of those that could be read. notices: sentences
    on what was guessed or left out, each with its file.
    """

    limits: Limits
    tunes: list[TakenTune] = field(default_factory=list)
    files: list[tuple[str, str, str, int]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def read(self, document: Document, say: Callable[[str, float], None], before: float) -> None:
        """Take in one file; what is wrong with it as a whole is one refusal."""
        room = self.limits.tunes - len(self.tunes) - len(self.refused)
        try:
            opened = TuneFile.from_bytes(document.data, most_tunes=room)
        except TooManyTunesError:
            raise CorpusError(
                f"There are more than {self.limits.tunes:,} tunes; import a part of them."
            ) from None
        except TuneFileError as error:
            if PurePosixPath(document.place).suffix.lower() in PAGES:
                self.ignored.append(Ignored(document.place))
                return
            self.refuse(Refusal(document.place, "", str(error)))
            return
        for count, tune in enumerate(opened.tunes):
            if count % 500 == 0:
                share = before + (document.share - before) * count / len(opened.tunes)
                say(f"Reading {document.place}", 0.7 * share)
            self._take(tune, document.place)
        for item in opened.refusals:
            self.refuse(replace(item, place=f"{document.place}, {item.place}"))
        self.notices += [f"{document.place}: {notice}" for notice in opened.notices]
        found = len(opened.tunes) + len(opened.refusals)
        self.files.append((document.place, opened.format, opened.encoding, found))

    def refuse(self, item: Refusal) -> None:
        """Note something that was left out."""
        self.refused.append(replace(item, title=readable(item.title)))

    def _take(self, tune: FileTune, place: str) -> None:
        try:
            if len(tune.text) > self.limits.tune_characters:
                raise CorpusError(
                    f"it has {len(tune.text):,} characters, too many for a single tune"
                )
            self.tunes.append(TakenTune(clean(tune.text), place, _mistake(tune, place)))
        except CorpusError as error:
            self.refuse(Refusal(f"{place}, {tune.place}", tune.title, str(error)))


def _mistake(tune: FileTune, place: str) -> Refusal | None:
    """What is wrong in a tune that is taken: it is read as well as may be, and learned so."""
    errors = [each for each in read(tune.text).problems if each.severity == "error"]
    if not errors:
        return None
    line, _ = tune.position(errors[0].span[0])
    more = len(errors) - 1
    reason = f"line {line}: {errors[0].message}" + (f" And {more:,} more." if more else "")
    return Refusal(f"{place}, {tune.place}", readable(tune.title), reason)
