"""How many notes of a tune were read right: edit distance over notes."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from songrnn.notation.reader import read

# What a note is here: its sounding pitches (none for a rest) and its duration in quarter notes.
Note = tuple[tuple[int, ...], Fraction]


@dataclass(frozen=True)
class NoteScore:
    """notes: in the truth. errors: the least number of notes to change, add or take away."""

    notes: int
    errors: int

    @property
    def right(self) -> float:
        """1 − errors / notes; below 0 when more was invented than there is."""
        return 1 - self.errors / self.notes if self.notes else float(not self.errors)


def notes_of(abc: str) -> list[Note]:
    """Notes and chords of a tune's first voice in written order, ties joined; no rests or graces."""
    found: list[Note] = []
    held = False
    for event in read(abc).events:
        if event.voice or event.kind not in ("note", "chord"):
            held = held and event.kind == "grace"
            continue
        if held and found and found[-1][0] == event.pitches:
            found[-1] = (event.pitches, found[-1][1] + event.duration)
        else:
            found.append((event.pitches, event.duration))
        held = event.tied
    return found


def score_notes(read_abc: str, true_abc: str) -> NoteScore:
    """Compare what was read with the truth: pitch and duration of each note (Levenshtein 1966)."""
    return NoteScore(len(truth := notes_of(true_abc)), edit_distance(notes_of(read_abc), truth))


def edit_distance(found: list[Note], truth: list[Note]) -> int:
    """Least number of insertions, deletions and changes from one list to the other."""
    row = np.arange(len(truth) + 1)
    for index, note in enumerate(found, start=1):
        change = row[:-1] + np.array([note != other for other in truth], dtype=np.int64)
        before = np.minimum(row[1:] + 1, change)
        new = np.concatenate([[index], before])
        # An insertion costs one more than its left neighbour.
        steps = np.arange(len(new))
        row = np.minimum.accumulate(new - steps) + steps
    return int(row[-1])
