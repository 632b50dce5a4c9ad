"""Whether a song holds together: its bars, its key, its end, its form. From the text alone.

Each figure is defined in `MEANINGS`, the words a page shows beside it.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from songrnn.notation.annotations import annotate
from songrnn.notation.bars import bars
from songrnn.notation.reader import read
from songrnn.notation.reading import Event, Key, Reading
from songrnn.notation.tables import LETTERS, NATURAL_SEMITONES

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
    "valid": "At least 8 bars, all of them complete, no errors, and it ended by itself.",
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
    valid: bool

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
    errors = sum(problem.severity == "error" for problem in reading.problems)
    return Validity(
        problems=sum(problem.severity != "note" for problem in reading.problems),
        errors=errors,
        notes=len(sounding),
        bars=len(measured),
        right_bars=right / len(measured) if measured else None,
        ended=ended,
        in_key=_in_key(reading, sounding),
        ends_on_tonic=_ends_on_tonic(reading, sounding),
        lowest=min(pitches, default=None),
        highest=max(pitches, default=None),
        repeated_bars=_repeated([tuple(_said(reading.events, bar.span)) for bar in measured]),
        form=form(reading),
        valid=len(measured) >= FEWEST_BARS
        and right == len(measured)
        and not errors
        and ended is not False,
    )


def _in_key(reading: Reading, sounding: Sequence[Event]) -> float | None:
    hits = total = 0
    for event in sounding:
        scale = _scale(_key_at(reading, event))
        hits += sum(pitch % 12 in scale for pitch in event.pitches)
        total += len(event.pitches)
    return hits / total if total else None


def _key_at(reading: Reading, event: Event) -> Key:
    before = [key.value for key in reading.keys if key.span[0] <= event.span[0]]
    return before[-1] if before else reading.key


def _scale(key: Key) -> set[int]:
    return {
        (NATURAL_SEMITONES[letter] + alteration) % 12
        for letter, alteration in zip(LETTERS, key.alterations, strict=True)
    }


def tonic_of(key: Key) -> int | None:
    """The pitch class of a key's tonic, 0 for C; None when it names none."""
    return (NATURAL_SEMITONES[key.tonic] + key.accidental) % 12 if key.tonic else None


def _ends_on_tonic(reading: Reading, sounding: Sequence[Event]) -> bool | None:
    if not sounding:
        return None
    tonic = tonic_of(_key_at(reading, sounding[-1]))
    return None if tonic is None else sounding[-1].pitches[0] % 12 == tonic


def _said(
    events: Sequence[Event], span: tuple[int, int]
) -> Iterator[tuple[tuple[int, ...], Fraction]]:
    """Pitches and durations of the events within a span."""
    for event in events:
        if span[0] <= event.span[0] < span[1] and event.kind != "grace":
            yield event.pitches, event.duration


def _repeated(contents: Sequence[tuple[object, ...]]) -> float | None:
    if not contents:
        return None
    return 1 - len(set(contents)) / len(contents)


def form(reading: Reading) -> str:
    """The sections as letters, such as AABB; empty without bars.

    Sections lie between repeat signs and double bars. Two are the same when at least half of the
    shorter one's bars are bars of the other, in the same place.
    """
    known = annotate(reading)
    sections: list[list[tuple[object, ...]]] = []
    twice: list[bool] = []
    number: int | None = None
    for bar in bars(reading):
        at = bar.span[0]
        if known.section[at] != number:
            number = int(known.section[at])
            sections.append([])
            twice.append(bool(known.repeated[at]))
        sections[-1].append(tuple(_said(reading.events, bar.span)))
    letters: list[str] = []
    first: list[list[tuple[object, ...]]] = []
    for section in sections:
        alike = [place for place, other in enumerate(first) if _alike(section, other)]
        if not alike:
            first.append(section)
        letters.append(_letter(alike[0] if alike else len(first) - 1))
    return "".join(
        letter * (2 if again else 1) for letter, again in zip(letters, twice, strict=True)
    )


def _alike(one: list[tuple[object, ...]], other: list[tuple[object, ...]]) -> bool:
    shorter = min(len(one), len(other))
    same = sum(a == b for a, b in zip(one, other, strict=False))
    return shorter >= 2 and same * 2 >= shorter


def _letter(place: int) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return next(itertools.islice(itertools.cycle(alphabet), place, None))


def shares(songs: Sequence[Validity]) -> dict[str, np.ndarray]:
    """Figure -> its known values over songs (n,) float64, ready for an interval."""
    named: dict[str, list[float | None]] = {
        "valid": [song.valid for song in songs],
        "right_bars": [song.right_bars for song in songs],
        "in_key": [song.in_key for song in songs],
        "ends_on_tonic": [song.ends_on_tonic for song in songs],
        "repeated_bars": [song.repeated_bars for song in songs],
        "ended": [song.ended for song in songs],
        "range": [song.range for song in songs],
        "bars": [song.bars for song in songs],
    }
    return {
        name: np.array([value for value in values if value is not None], np.float64)
        for name, values in named.items()
    }
