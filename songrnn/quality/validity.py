"""Whether a song holds together: its bars, its key, its end, its form. From the text alone.

Each figure is defined in `MEANINGS`, the words a page shows beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from songrnn.notation.bars import Bar, bars
from songrnn.notation.reader import read
from songrnn.notation.reading import Event, Key, Reading
from songrnn.notation.tables import LETTERS, NATURAL_SEMITONES
from songrnn.quality.form import MEANINGS as SHAPE
from songrnn.quality.form import (
    BarContent,
    Form,
    contents_of,
    form_of,
    key_at,
    letters,
    on_tonic,
    sections,
)

# A song with fewer bars is a snatch of one.
FEWEST_BARS = 8

MEANINGS = {
    "problems": "Mistakes of notation: errors and warnings, remarks left out.",
    "errors": "Of those, errors: a part of the text cannot be read as music.",
    "bars": "Bars with notes whose meter says how long they should be.",
    "right_bars": "Share of those bars that are as long as they should be; a pickup, and bars that "
    "a repeat divides, are right when they meet their complement.",
    "ended": "Whether the model ended the song by itself.",
    "in_key": "Share of the notes that belong to the scale of the key in force.",
    "ends_on_tonic": "Whether the last note is the tonic of the key.",
    "range": "Semitones from the lowest note to the highest.",
    "repeated_bars": "Share of the bars that repeat an earlier bar note for note.",
    "form": "One letter per section, the same for sections that have half their bars in common; a "
    "section that is played again has its letter twice.",
    "well_formed": "At least 8 bars, all of them complete, no errors, and it ended by itself. A full "
    "bar that a repeat follows with a pickup counts as complete, as musicians write it, and a "
    "character that means nothing in music is no error here. Random notes in complete bars are "
    "well-formed too: this says nothing of the melody.",
}


@dataclass(frozen=True)
class Validity:
    """The figures of `MEANINGS`; shares are 0 to 1, None where there is nothing to measure."""

    problems: int
    errors: int
    notes: int
    bars: int
    right_bars: float | None
    ended: bool | None
    in_key: float | None
    ends_on_tonic: bool | None
    lowest: int | None
    highest: int | None
    repeated_bars: float | None
    form: str
    well_formed: bool
    shape: Form

    @property
    def range(self) -> int | None:
        """Semitones from the lowest note to the highest."""
        return None if self.lowest is None or self.highest is None else self.highest - self.lowest


def assess(song: str | Reading, *, ended: bool | None = None) -> Validity:
    """The figures of a song. ended: whether the model ended it by itself; None for real tunes.

    >>> assess("X:1\\nM:2/4\\nL:1/8\\nK:D\\n|:DFAF|d4:|\\n").form
    'AA'
    """
    reading = read(song) if isinstance(song, str) else song
    measured = [bar for bar in bars(reading) if bar.expected is not None]
    right = sum(bar.right for bar in measured)
    sounding = [event for event in reading.events if event.pitches and event.kind != "grace"]
    pitches = [pitch for event in sounding for pitch in event.pitches]
    errors = [problem for problem in reading.problems if problem.severity == "error"]
    parts = sections(reading)
    return Validity(
        problems=sum(problem.severity != "note" for problem in reading.problems),
        errors=len(errors),
        notes=len(sounding),
        bars=len(measured),
        right_bars=right / len(measured) if measured else None,
        ended=ended,
        in_key=_in_key(reading, sounding),
        ends_on_tonic=on_tonic(reading, sounding[-1]) if sounding else None,
        lowest=min(pitches, default=None),
        highest=max(pitches, default=None),
        repeated_bars=_repeated(list(map(contents_of(reading), measured))),
        form=letters(parts),
        well_formed=len(measured) >= FEWEST_BARS
        and all(map(_complete, measured))
        and all(problem.code == "unknown-character" for problem in errors)
        and ended is not False,
        shape=form_of(reading, parts),
    )


def _complete(bar: Bar) -> bool:
    """Whether a bar is right, or full and only the pickup that is played after it is too much."""
    return bar.right or (bar.together is not None and bar.actual == bar.expected)


def _in_key(reading: Reading, sounding: Sequence[Event]) -> float | None:
    hits = total = 0
    for event in sounding:
        scale = _scale(key_at(reading, event))
        hits += sum(pitch % 12 in scale for pitch in event.pitches)
        total += len(event.pitches)
    return hits / total if total else None


def _scale(key: Key) -> set[int]:
    return {
        (NATURAL_SEMITONES[letter] + alteration) % 12
        for letter, alteration in zip(LETTERS, key.alterations, strict=True)
    }


def _repeated(contents: Sequence[BarContent]) -> float | None:
    if not contents:
        return None
    return 1 - len(set(contents)) / len(contents)


def shares(songs: Sequence[Validity]) -> dict[str, np.ndarray]:
    """Figure -> its known values over songs (n,) float64, ready for an interval."""
    named: dict[str, list[float | None]] = {
        "well_formed": [song.well_formed for song in songs],
        "right_bars": [song.right_bars for song in songs],
        "in_key": [song.in_key for song in songs],
        "ends_on_tonic": [song.ends_on_tonic for song in songs],
        "repeated_bars": [song.repeated_bars for song in songs],
        "ended": [song.ended for song in songs],
        "range": [song.range for song in songs],
        "bars": [song.bars for song in songs],
        **{name: [getattr(song.shape, name) for song in songs] for name in SHAPE},
    }
    return {
        name: np.array([value for value in values if value is not None], np.float64)
        for name, values in named.items()
    }
