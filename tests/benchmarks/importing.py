"""Importing a large tunebook: 32,000 tunes of 7 MB, how long it takes and how much memory.

The book is made of the tunes of folk and Essen, each in two or three settings: cut to a few lines,
with notes changed here and there as players do, with the fields and quotations that files have.
It is written into a temporary folder, and so is what the import makes of it. Seconds are those of a
core, so that a busy machine does not count.
"""

import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import Result, benchmark

from songrnn.corpus.sources import load

TUNES = 32_000
MEGABYTES = 7
SECONDS = 8
MEMORY = 500  # MB
_IMPORT = """
import resource, sys, time
from pathlib import Path
from songrnn.corpus.importing import import_tunes
start = time.process_time()
book, report = import_tunes(Path(sys.argv[1]), name="large", data_directory=Path(sys.argv[2]))
seconds = time.process_time() - start
memory = sum(resource.getrusage(who).ru_maxrss
             for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
print(seconds, memory, len(book.tunes), len(report.refused), len(report.duplicates))
"""


def large_book(seed: int = 1) -> str:
    """The text of the tunebook, the same for the same seed."""
    rng = random.Random(seed)
    tunes = [*load("folk").tunes, *load("essen").tunes]
    budget = 1_000_000 * MEGABYTES / TUNES
    pieces = []
    for number in range(TUNES):
        tune = tunes[number % len(tunes)]
        header, _, body = tune.text.partition("\nK:")
        key, _, music = body.partition("\n")
        header = header.partition("\n")[2]
        room = int(budget * rng.uniform(0.6, 1.5))
        if len(music) > room:
            music = music[: music.rfind("|", 0, room) + 1] or music
        if number >= len(tunes):
            music = re.sub("[A-Ga-g]", lambda match: _played(match[0], rng), music)
        extra = "Z:A Player\nS:a session\n% a comment\n" if number % 3 == 0 else ""
        pieces.append(f"X:{number + 1}\n{header}\n{extra}K:{key}\n{music.strip()}\n")
    return "\n".join(pieces)


def _played(note: str, rng: random.Random) -> str:
    if rng.random() > 0.1:
        return note
    scale = "CDEFGABcdefgab"
    return scale[max(0, min(13, scale.index(note) + rng.choice((-2, -1, 1, 2))))]


def measured(book: str) -> tuple[float, float, str]:
    """Seconds of a core, megabytes at most (children's added), and what became of the tunes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "large.abc"
        file.write_text(book, encoding="utf-8")
        result = subprocess.run(
            [sys.executable, "-c", _IMPORT, str(file), folder],
            capture_output=True,
            text=True,
            check=True,
        )
    seconds, memory, taken, refused, duplicates = result.stdout.split()
    what = f"{int(taken):,} taken, {int(refused):,} refused, {int(duplicates):,} duplicates"
    return float(seconds), float(memory), what


@benchmark("import: 32,000 tunes")
def importing() -> Result:
    seconds, memory, what = measured(large_book())
    met = seconds <= SECONDS and memory <= MEMORY
    figure = f"{seconds:.1f} s, {memory:.0f} MB"
    return Result(figure, what, SECONDS / seconds, f"≤ {SECONDS} s, ≤ {MEMORY} MB", met)


if __name__ == "__main__":
    start = time.process_time()
    text = large_book()
    print(
        f"{len(text):,} characters, {text.count('X:'):,} tunes, made in {time.process_time() - start:.1f} s"
    )
    print(measured(text), resource.getpagesize())
