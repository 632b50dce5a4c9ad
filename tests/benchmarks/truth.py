"""How truly files are read: any folder of ABC against abc2midi, note by note, through both ways in.

    truth.py [FOLDER | FILE | CORPUS …] [--tunes N] [--show N]

A folder (or file, or archive) is opened as every entry opens one. Each tune then goes two ways:
through import (cleaned, and the clean text read) and through render (read as it stands), and both
are compared with what abc2midi makes of the file's own text. CORPUS is one of the lab's: folk and
essen when nothing is named; of essen 1,000 tunes drawn with a fixed seed. --show prints the first
texts of each cause.

Three figures at the end, of the tunes where abc2midi logs no error: equal note for note; equal, or
settled by a section of the standard; unexplained. A difference is settled only by trial: what the
section says is written into the text, the |: that a repeat goes back to or the time of a tuplet,
and then abc2midi plays what we play (docs/notation.md, "Where abc2midi plays something else").
Status 1 when more than 0.5 % are unexplained, when the two ways differ, or cleaning changed a note.

Import keeps the first voice of several, so it is compared with abc2midi's first track; render has
all voices, and all tracks. Onsets may be 3 ticks of 480 apart; see tests/notation/abc2midi.py.
"""

import argparse
import random
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from measuring import CannotRunError, Result, benchmark
from rich.console import Console
from rich.table import Table

from songrnn.corpus.cleaning import clean
from songrnn.corpus.gathering import Document, gather
from songrnn.corpus.sources import load
from songrnn.corpus.written_out import notes_of
from songrnn.errors import CorpusError, TuneFileError
from songrnn.notation.files.file_tunes import FileTune
from songrnn.notation.files.tune_file import TuneFile
from songrnn.notation.macros import written_out
from songrnn.notation.reader import read
from songrnn.notation.reading import Kind, Reading

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "notation"))
import abc2midi as oracle  # the oracle of the tests lies beside them

MOST_UNEXPLAINED = 0.005
ESSEN_TUNES = 1000
WAYS = ("import", "render")
REPEAT = "settled by 4.8 to 4.10: identical once the repeat that we read is written"
TUPLET = "settled by 4.13: identical once the time of the tuplet is written"
LOGGED = "abc2midi logs an error"
# What abc2midi plays its own way (swing, graces, chords a little apart) goes before it reads.
_UNHEARD = (Kind.CHORD_SYMBOL, Kind.ANNOTATION, Kind.DECORATION)
_HEARD_FIELDS = "XMLKVPI"
_HEARD_DIRECTIVE = re.compile(r"%%(?:propagate-accidentals|MIDI +(?:r?transpose|nobarlines))")


@dataclass
class Tally:
    """What became of the tunes of one way in."""

    refused: Counter[str] = field(default_factory=Counter)
    taken: int = 0
    equal: int = 0
    errors: int = 0  # of those that are not equal, where the oracle logs an error
    settled: int = 0  # not equal, but for what the standard says and abc2midi does not do
    causes: Counter[str] = field(default_factory=Counter)

    @property
    def compared(self) -> int:
        """The tunes where the oracle logs no error, or that are equal all the same."""
        return self.taken - self.errors

    @property
    def unexplained(self) -> int:
        """Those of them that are different, and no section of the standard says why."""
        return self.compared - self.equal - self.settled

    def share(self, tunes: int) -> float:
        """So many of those compared."""
        return tunes / max(self.compared, 1)


@dataclass
class Truth:
    """Both ways of all tunes of a folder."""

    tunes: int = 0
    changed: int = 0  # tunes whose notes are not the same before and after cleaning
    tallies: dict[str, Tally] = field(default_factory=lambda: {way: Tally() for way in WAYS})
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def agree(self) -> bool:
        """Whether both ways took the same tunes and found the same of them true."""
        one, other = (
            (tally.taken, tally.equal, tally.refused - _corpus_only(tally.refused))
            for tally in self.tallies.values()
        )
        return one == other

    @property
    def holds(self) -> bool:
        """Whether both ways are as true as they are meant to be."""
        tallies = self.tallies.values()
        few = all(tally.share(tally.unexplained) <= MOST_UNEXPLAINED for tally in tallies)
        return few and self.agree and not self.changed


# Reasons to leave a good tune out of what a network learns from; it is rendered all the same.
_OF_CORPORA = ("too many",)


def _corpus_only(refused: Counter[str]) -> Counter[str]:
    return Counter({r: n for r, n in refused.items() if any(word in r for word in _OF_CORPORA)})


def for_oracle(text: str) -> str:
    """The file's text without what abc2midi plays its own way, or need not hear."""
    if (played := written_out(text)) is not None:  # macros, which abc2midi does not know
        text = played.text
    reading = read(text)
    keep = [kind not in _UNHEARD for kind in reading.kinds]
    for match in re.finditer(r"\{[^}\n]*\}?", text):
        if reading.kinds[match.start()] == Kind.GRACE:
            keep[match.start() : match.end()] = [False] * len(match[0])
    for each in reading.fields:
        if each.name not in _HEARD_FIELDS and not each.inline:
            start, end = each.span
            keep[start:end] = [False] * (end - start)
        elif not each.inline:
            keep[each.span[0] : each.span[1]] = [True] * (each.span[1] - each.span[0])
    letters = list(text)
    old = [
        at for at, letter in enumerate(text) if letter == "+" and reading.kinds[at] == Kind.CHORD
    ]
    for number, at in enumerate(old):  # +CEG+, which abc2midi takes for a decoration
        letters[at] = "[]"[number % 2]
    kept = "".join(c for c, stays in zip(letters, keep, strict=True) if stays)
    lines = [
        line
        for line in kept.split("\n")
        if line.strip() and (line[0] != "%" or _HEARD_DIRECTIVE.match(line))
    ]
    return re.sub(r"^K:", "%%MIDI chordattack 0\nK:", "\n".join(lines), count=1, flags=re.M) + "\n"


def compared(tunes: Iterator[FileTune | str], truth: Truth) -> Truth:
    """Every tune both ways; a string is the reason why one was refused at the door."""
    if oracle.BINARY is None:
        raise CannotRunError("abc2midi is not installed (Debian package abcmidi)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for tune in tunes:
            truth.tunes += 1
            if isinstance(tune, str):
                for tally in truth.tallies.values():
                    tally.refused[tune] += 1
                continue
            text = for_oracle(tune.text)
            verdict = oracle.played_by_abc2midi(text, folder)
            _judge(truth, "render", tune.text, verdict, folder)
            try:
                cleaned = clean(tune.text).text
            except CorpusError as error:
                reason = re.sub(r"[0-9]+ characters", "so many characters", str(error))
                truth.tallies["import"].refused[reason] += 1
            else:
                truth.changed += notes_of(read(cleaned)) != notes_of(read(tune.text))
                _judge(truth, "import", cleaned, verdict, folder)
    return truth


def _judge(truth: Truth, way: str, text: str, verdict: oracle.Verdict, folder: Path) -> None:
    tally = truth.tallies[way]
    tally.taken += 1
    # What the oracle does not hear, we must not play either.
    reading = read(for_oracle(text))
    theirs = verdict.notes
    if way == "import" and verdict.tracks:
        theirs = verdict.tracks[0]
    voices = reading.all_voices if way == "render" else (reading,)
    ours = [note for voice in voices for note in oracle.played_by_us(voice)]
    if theirs is not None and oracle.identical(ours, theirs):
        tally.equal += 1
        return
    cause = oracle.cause(reading, verdict)
    if verdict.complains:
        tally.errors += 1
        cause = f"{LOGGED}: {cause}"
    elif settlement := _settlement(reading, way, folder):
        tally.settled += 1
        cause = settlement
    tally.causes[cause] += 1
    truth.examples[f"{way}: {cause}"].append(text)


def _settlement(reading: Reading, way: str, folder: Path) -> str:
    """The section that settles a difference, "" when none does: once what it says is written into
    the text, abc2midi plays it as we do."""
    text = oracle.as_understood(reading)
    verdict = oracle.played_by_abc2midi(text, folder)
    voices = reading.all_voices if way == "render" else (reading,)
    ours = [note for voice in voices for note in oracle.played_by_us(voice)]
    if verdict.notes is None or not oracle.identical(ours, verdict.notes):
        return ""
    repeats = re.findall(r":*\|[|:]*", text) != re.findall(r":*\|[|:]*", reading.text)
    return REPEAT if repeats else TUPLET


def tunes_of_folder(path: Path) -> Iterator[FileTune | str]:
    """The tunes of all files, as an import finds them, and the reasons for those refused."""
    for item in gather(path):
        if not isinstance(item, Document):
            continue
        try:
            opened = TuneFile.from_bytes(item.data)
        except TuneFileError as error:
            print(f"{item.place} {error}", file=sys.stderr)
            continue
        for notice in opened.notices:
            print(f"{item.place}: {notice}", file=sys.stderr)
        yield from opened.tunes
        yield from (refusal.reason for refusal in opened.refusals)


def tunes_of_corpus(name: str) -> Iterator[FileTune | str]:
    """The tunes of a corpus of the lab, 1,000 of Essen."""
    tunes = load(name).tunes
    if name == "essen":
        tunes = tuple(random.Random(7).sample(tunes, ESSEN_TUNES))
    yield from (FileTune(tune.text, tune.id) for tune in tunes)


def table_of(title: str, truth: Truth) -> Table:
    """Tunes, taken, refused, equal and different by cause; a column for each way in."""
    table = Table("", *(f"through {way}" for way in WAYS), title=title)
    tallies = [truth.tallies[way] for way in WAYS]

    def row(name: str, values: list[int], **style: bool) -> None:
        table.add_row(name, *(f"{value:,}" for value in values), **style)

    row("tunes", [truth.tunes] * len(WAYS))
    row("taken", [tally.taken for tally in tallies])
    for reason in sorted(set().union(*(tally.refused for tally in tallies))):
        row(f"  refused: {reason}", [tally.refused[reason] for tally in tallies])
    row("equal to abc2midi", [tally.equal for tally in tallies])
    for cause in sorted(set().union(*(tally.causes for tally in tallies))):
        row(f"  different: {cause}", [tally.causes[cause] for tally in tallies])
    row("notes changed by cleaning", [truth.changed, 0])
    table.add_section()
    table.add_row("of those without a logged error", *(f"{t.compared:,}" for t in tallies))
    for name, of in (
        ("  equal, note for note", lambda t: t.equal),
        ("  equal, or settled by a section of the standard", lambda t: t.equal + t.settled),
        (f"  unexplained (at most {MOST_UNEXPLAINED:.1%})", lambda t: t.unexplained),
    ):
        table.add_row(name, *(f"{of(t):,} = {t.share(of(t)):.2%}" for t in tallies))
    return table


@benchmark("truth: folk against abc2midi")
def truth_of_folk() -> Result:
    return _result("folk")


@benchmark("truth: 1,000 tunes of Essen against abc2midi")
def truth_of_essen() -> Result:
    return _result("essen")


def _result(corpus: str) -> Result:
    truth = compared(tunes_of_corpus(corpus), Truth())
    tally = max(truth.tallies.values(), key=lambda tally: tally.unexplained)
    unexplained = tally.share(tally.unexplained)
    return Result(
        f"{unexplained:.2%} unexplained; {tally.share(tally.equal):.2%} equal",
        f"abc2midi, {tally.equal:,} of {tally.compared:,} equal",
        (1 - unexplained) / (1 - MOST_UNEXPLAINED),
        f"≤ {MOST_UNEXPLAINED:.1%}",
        truth.holds,
    )


def main() -> int:
    """Print a table for each place; status 1 when one does not hold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("places", nargs="*", metavar="FOLDER|FILE|CORPUS")
    parser.add_argument("--tunes", type=int, help="only so many, drawn with a fixed seed")
    parser.add_argument("--show", type=int, default=0, help="texts to print of each cause")
    arguments = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 130)
    missed = 0
    for place in arguments.places or ("folk", "essen"):
        path = Path(place)
        tunes = list(tunes_of_folder(path) if path.exists() else tunes_of_corpus(place))
        if arguments.tunes and arguments.tunes < len(tunes):
            tunes = random.Random(7).sample(tunes, arguments.tunes)
        truth = compared(iter(tunes), Truth())
        console.print(table_of(place, truth))
        missed += not truth.holds
        for cause, texts in truth.examples.items():
            for text in texts[: arguments.show]:
                print(f"\n=== {cause}\n{text}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
