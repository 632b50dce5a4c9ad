"""How truly tunes are read: a corpus against abc2midi, note by note, every difference classed.

    truth.py [CORPUS …] [--tunes N] [--show N]

CORPUS: folk and essen when none is named; of essen 1,000 tunes drawn with a fixed seed. --show
prints the first texts of each cause. The corpora are built into SONGRNN_DATA when missing.
What is compared, and how, is in tests/notation/abc2midi.py.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from measuring import CannotRunError, Result, benchmark
from rich.console import Console
from rich.table import Table

from songrnn.corpus.sources import load
from songrnn.corpus.tunebook import Tune
from songrnn.notation.reader import read
from songrnn.notation.reading import Reading

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "notation"))
import abc2midi as oracle  # the oracle of the tests lies beside them

TARGET = 0.99
ESSEN_TUNES = 1000
REPEAT = "repeat after endings without |:"
SILENT = f"{REPEAT}, assumed silently: identical once it is written"
GROUPS = ("no complaint", "repeat assumed", "error logged")


@dataclass
class Comparison:
    """Counts of tunes, by what abc2midi logged and by why the notes differ."""

    tunes: Counter[str] = field(default_factory=Counter)
    identical: Counter[str] = field(default_factory=Counter)
    causes: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def silent(self) -> int:
        """Tunes where it assumes a repeat and does not say so: proved by writing the repeat."""
        return sum(counts[GROUPS[0]] for cause, counts in self.causes.items() if cause == SILENT)

    @property
    def share(self) -> float:
        """Identical tunes among those where abc2midi logs no Error and assumes no repeat."""
        return self.identical[GROUPS[0]] / max(self.tunes[GROUPS[0]] - self.silent, 1)


def group_of(verdict: oracle.Verdict) -> str:
    if verdict.complains:
        return GROUPS[2]
    return GROUPS[1] if verdict.assumes else GROUPS[0]


def compared(tunes: Sequence[Tune]) -> Comparison:
    """Every tune read by both."""
    if oracle.BINARY is None:
        raise CannotRunError("abc2midi is not installed (Debian package abcmidi)")
    comparison = Comparison()
    with tempfile.TemporaryDirectory() as folder:
        for tune in tunes:
            text = oracle.cleaned(tune.text)
            verdict = oracle.played_by_abc2midi(text, Path(folder))
            reading = read(text)
            group = group_of(verdict)
            comparison.tunes[group] += 1
            ours = oracle.played_by_us(reading)
            if verdict.notes is not None and oracle.identical(ours, verdict.notes):
                comparison.identical[group] += 1
                continue
            cause = oracle.cause(reading, verdict)
            if cause == REPEAT and _same_when_written(reading, folder):
                cause = SILENT
            comparison.causes[cause][group] += 1
            comparison.examples[cause].append(f"% {tune.id} ({group})\n{text}")
    return comparison


def _same_when_written(reading: Reading, folder: str) -> bool:
    """Whether both play the same once each |: that we supply stands in the text."""
    written = oracle.with_repeats_written(reading)
    verdict = oracle.played_by_abc2midi(written, Path(folder))
    return verdict.notes is not None and oracle.identical(
        oracle.played_by_us(reading), verdict.notes
    )


def tunes_of(corpus: str) -> Sequence[Tune]:
    tunes = load(corpus).tunes
    return random.Random(7).sample(tunes, ESSEN_TUNES) if corpus == "essen" else tunes


def table_of(title: str, comparison: Comparison) -> Table:
    """Tunes identical, and the others by cause, a column for each thing abc2midi may log."""
    table = Table("", *GROUPS, "all", title=title)

    def row(name: str, counts: Counter[str]) -> None:
        table.add_row(name, *[f"{counts[g]:,}" for g in GROUPS], f"{counts.total():,}")

    row("tunes", comparison.tunes)
    row("identical", comparison.identical)
    shares = [
        f"{comparison.identical[g] / n:.2%}" if (n := comparison.tunes[g]) else "" for g in GROUPS
    ]
    everything = comparison.identical.total() / max(comparison.tunes.total(), 1)
    table.add_row("", *shares, f"{everything:.2%}", end_section=True)
    for cause, counts in sorted(comparison.causes.items(), key=lambda item: -item[1].total()):
        row(cause, counts)
    return table


def truth(corpus: str) -> Result:
    comparison = compared(tunes_of(corpus))
    alike = comparison.identical[GROUPS[0]]
    tunes = comparison.tunes[GROUPS[0]] - comparison.silent
    return Result(
        f"{comparison.share:.2%} identical",
        f"abc2midi, {alike:,} of {tunes:,}",
        comparison.share / TARGET,
        f"≥ {TARGET:.0%}",
        comparison.share >= TARGET,
    )


@benchmark("truth: folk against abc2midi")
def truth_of_folk() -> Result:
    return truth("folk")


@benchmark("truth: 1,000 tunes of Essen against abc2midi")
def truth_of_essen() -> Result:
    return truth("essen")


def main() -> int:
    """Print a table for each corpus; status 1 when one misses the target."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("corpora", nargs="*", metavar="CORPUS")
    parser.add_argument("--tunes", type=int, help="only so many, drawn with a fixed seed")
    parser.add_argument("--show", type=int, default=0, help="texts to print of each cause")
    arguments = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 130)
    missed = 0
    for corpus in arguments.corpora or ("folk", "essen"):
        tunes = tunes_of(corpus)
        if arguments.tunes and arguments.tunes < len(tunes):
            tunes = random.Random(7).sample(tunes, arguments.tunes)
        comparison = compared(tunes)
        missed += comparison.share < TARGET
        console.print(table_of(corpus, comparison))
        print(
            f"Where no Error is logged and no repeat assumed: {comparison.share:.2%} identical.\n"
        )
        for cause, texts in comparison.examples.items():
            for text in texts[: arguments.show]:
                print(f"\n=== {cause}\n{text}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
