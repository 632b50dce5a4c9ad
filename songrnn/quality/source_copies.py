"""What a song shares with the tunes of the runs that its own run was fine-tuned from.

A fine-tuned network can give back a tune that only its source learned. Those tunes may be gone;
their melodies are kept with the run (`lineage/learned.py`), and a melody is enough to find a copy.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from songrnn.corpus.families import intervals, melody
from songrnn.errors import SongRNNError
from songrnn.lineage.learned import learned_by
from songrnn.quality.novelty import NOTES
from songrnn.store.runs import Run

_KEY = re.compile(r"^K:(.*)$", re.MULTILINE)

MEANINGS = {
    "source_longest_notes": "Most notes in a row that some tune has, in whatever key, which the runs "
    "learned from that this one was fine-tuned from.",
    "source_seen_notes": f"Share of the song's runs of {NOTES} notes that occur, in any key, in tunes "
    "which the runs learned from that this one was fine-tuned from.",
}


@dataclass(frozen=True)
class Copied:
    """The figures of MEANINGS; seen is None for a song of fewer than NOTES notes."""

    source_longest_notes: int
    source_seen_notes: float | None


@dataclass(frozen=True)
class SourceMelodies:
    """The melodies that the sources of a run learned from, as `families.intervals`."""

    melodies: tuple[bytes, ...]

    @cached_property
    def _joined(self) -> bytes:
        # 0 is a fall of 128 semitones, which no melody has.
        return b"\0".join(self.melodies)

    def look_up(self, text: str) -> Copied:
        """What the notes of a tune share with them."""
        key = _KEY.search(text)
        steps = intervals(melody(text, key[1].strip() if key else "C"))
        lengths = self._matches(steps)
        longest = int(lengths.max(initial=0))
        starts = len(steps) - (NOTES - 1) + 1
        seen = float((lengths[:starts] >= NOTES - 1).mean()) if starts > 0 else None
        return Copied(longest + 1 if longest else 0, seen)

    def _matches(self, steps: bytes) -> NDArray[np.int64]:
        """For each place the longest piece from there that some melody has: (steps,)."""
        lengths = np.zeros(len(steps), np.int64)
        end = 0
        for start in range(len(steps)):
            # What follows a match of length L matches at least L − 1 from the next place on.
            end = max(end, start)
            while end < len(steps) and steps[start : end + 1] in self._joined:
                end += 1
            lengths[start] = end - start
        return lengths


def source_melodies(run: Run) -> SourceMelodies | None:
    """Those of the run's sources, its own corpus left out; None for a run without a source."""
    if run.config.source is None:
        return None
    try:
        learned = learned_by(run)
    except SongRNNError:
        return None
    found: list[bytes] = []
    at = 0
    for part in learned.parts:
        if part.corpus != run.config.corpus:
            found += learned.melodies[at : at + part.tunes]
        at += part.tunes
    return SourceMelodies(tuple(found)) if found else None


def copied_from_sources(run: Run, text: str) -> dict[str, Any]:
    """The figures of MEANINGS of a song, for JSON; empty for a run without a source."""
    found = source_melodies(run)
    return asdict(found.look_up(text)) if found else {}


def copied_on_average(source: SourceMelodies, texts: Sequence[str]) -> dict[str, float]:
    """Figure -> its mean over real tunes, and `tunes`, how many; empty without any."""
    found = [source.look_up(text) for text in texts]
    shares = [one.source_seen_notes for one in found if one.source_seen_notes is not None]
    if not found or not shares:
        return {}
    return {
        "tunes": len(found),
        "source_longest_notes": float(np.mean([one.source_longest_notes for one in found])),
        "source_seen_notes": float(np.mean(shares)),
    }
