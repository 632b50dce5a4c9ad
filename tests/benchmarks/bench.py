"""Speed figures against named references: `make bench`, or `python tests/benchmarks/bench.py`.

    bench.py [WORD …]   only benchmarks whose name holds one of the words
    bench.py --list     their names
    bench.py --strict   leave with status 1 when a target is missed

Other modules of this folder list benchmarks (see measuring.py); all of them are found by
themselves. One thread throughout.
"""

import importlib
import os
import sys
from pathlib import Path

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))

from measuring import BENCHMARKS, CannotRunError
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).resolve().parent


def main(words: list[str], *, only_names: bool, strict: bool) -> int:
    """Run what was asked for; return the exit status."""
    for path in sorted(HERE.glob("*.py")):
        if path.stem not in {"bench", "measuring"}:
            importlib.import_module(path.stem)
    chosen = [n for n in BENCHMARKS if not words or any(word in n for word in words)]
    if only_names or not chosen:
        print("\n".join(chosen) or "no benchmark of that name")
        return 0 if chosen else 2
    console = Console(width=None if sys.stdout.isatty() else 150)
    table = Table("benchmark", "figure", "reference", "ratio", "target", "met")
    missed = 0
    for name in chosen:
        with console.status(name):
            try:
                result = BENCHMARKS[name]()
            except CannotRunError as reason:
                table.add_row(name, "skipped", str(reason), "", "", "")
                continue
        missed += not result.met
        table.add_row(
            name,
            result.figure,
            result.reference,
            "" if result.ratio is None else f"{result.ratio:.2f}",
            result.target,
            "yes" if result.met else "[bold]NO[/bold]",
        )
    console.print(table)
    print("Ratios are the median of interleaved pairs, or the share of an absolute target reached.")
    return int(strict and missed > 0)


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(
        main(
            [word for word in given if not word.startswith("--")],
            only_names="--list" in given,
            strict="--strict" in given,
        )
    )
