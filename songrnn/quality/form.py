"""What a song says again, and how its sections are built: the form that folk tunes have.

Bars are compared note for note: pitches and durations, graces left out. A pickup, and the first
part of a bar that a section's border divides, belong to no place in a section and are left out
where places are compared.
"""

import itertools
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction

from songrnn.notation.annotations import annotate_sections
from songrnn.notation.bars import Bar, bars
from songrnn.notation.reading import Event, Key, Reading
from songrnn.notation.tables import NATURAL_SEMITONES

LAGS = (1, 2, 4, 8)
# Semitones: a step that is wider than a fifth.
LEAP = 7
_PART = 8  # bars
_ENDING = 2  # bars

MEANINGS = {
    "repeats_1": "Share of the bars that say the same as the bar before.",
    "repeats_2": "Share of the bars that say the same as the bar two before.",
    "repeats_4": "Share of the bars that say the same as the bar four before.",
    "repeats_8": "Share of the bars that say the same as the bar eight before.",
    "fifth_is_first": "Share of the sections of eight bars or more whose fifth bar is their first.",
    "endings_alike": "Share of the last two bars of a section that the next one ends with as well.",
    "square_sections": "Share of the sections that last a multiple of four whole bars.",
    "sections_on_tonic": "Share of the sections whose last note is the tonic.",
    "leaps": "Share of the steps from note to note that are wider than a fifth.",
}

BarContent = tuple[tuple[tuple[int, ...], Fraction], ...]  # (pitches, duration) of each event


@dataclass(frozen=True)
class Section:
    """A part of the tune that repeats and double bars divide.

    bars: what each of its bars says, all of them; places: the same without the pickup and with the
    first ending alone. length: of those together with the pickup, in bars; None in a free meter.
    last: its last note, of the first ending. repeated: it is played twice.
    """

    bars: tuple[BarContent, ...]
    places: tuple[BarContent, ...]
    length: Fraction | None
    last: Event | None
    repeated: bool


@dataclass(frozen=True)
class Form:
    """The figures of MEANINGS, 0 to 1; None where there is nothing to measure."""

    repeats_1: float | None
    repeats_2: float | None
    repeats_4: float | None
    repeats_8: float | None
    fifth_is_first: float | None
    endings_alike: float | None
    square_sections: float | None
    sections_on_tonic: float | None
    leaps: float | None


NAMES = tuple(field.name for field in fields(Form))


def form_of(reading: Reading, parts: Sequence[Section] | None = None) -> Form:
    """The figures of one song; `parts`: its sections, where they are known already."""
    found = sections(reading) if parts is None else parts
    said = [bar for part in found for bar in part.places]
    long = [part.places for part in found if len(part.places) >= _PART]
    measured = [part.length for part in found if part.length is not None]
    lasts = [on_tonic(reading, part.last) for part in found if part.last is not None]
    tops = [e.pitches[-1] for e in reading.events if e.pitches and e.kind != "grace"]
    steps = [abs(after - before) for before, after in itertools.pairwise(tops)]
    first, second, fourth, eighth = (
        _share([a == b for a, b in zip(said, said[lag:], strict=False)]) for lag in LAGS
    )
    return Form(
        repeats_1=first,
        repeats_2=second,
        repeats_4=fourth,
        repeats_8=eighth,
        fifth_is_first=_share([places[4] == places[0] for places in long]),
        endings_alike=_share(_same_endings([part.places for part in found])),
        square_sections=_share([length > 0 and length % 4 == 0 for length in measured]),
        sections_on_tonic=_share([on for on in lasts if on is not None]),
        leaps=_share([step > LEAP for step in steps]),
    )


def sections(reading: Reading) -> list[Section]:
    """The sections that have bars, in the order of the text."""
    known = annotate_sections(reading)
    contents = contents_of(reading)
    found = []
    for _, group in itertools.groupby(bars(reading), lambda bar: int(known.section[bar.span[0]])):
        own = list(group)
        first_time = [bar for bar in own if known.ending[bar.span[0]] in (0, 1)] or own
        pickup = first_time[0].role in ("pickup", "part") and len(first_time) > 1
        lengths = [bar.actual / bar.expected for bar in first_time if bar.expected]
        start, end = first_time[0].span[0], first_time[-1].span[1]
        sounding = [e for e in reading.events if start <= e.span[0] < end and e.pitches]
        found.append(
            Section(
                tuple(contents(bar) for bar in own),
                tuple(contents(bar) for bar in first_time[pickup:]),
                sum(lengths, Fraction(0)) if len(lengths) == len(first_time) else None,
                sounding[-1] if sounding else None,
                bool(known.repeated[start]),
            )
        )
    return found


def contents_of(reading: Reading) -> Callable[[Bar], BarContent]:
    """What tells the content of a bar of this reading."""
    events = [event for event in reading.events if event.kind != "grace"]
    starts = [event.span[0] for event in events]

    def contents(bar: Bar) -> BarContent:
        inside = events[bisect_left(starts, bar.span[0]) : bisect_left(starts, bar.span[1])]
        return tuple((event.pitches, event.duration) for event in inside)

    return contents


def letters(parts: Sequence[Section]) -> str:
    """The sections as letters, such as AABB; empty without bars.

    Two are the same when at least half of the shorter one's bars are bars of the other, in the
    same place. A section that is played again has its letter twice.
    """
    found: list[str] = []
    first: list[tuple[BarContent, ...]] = []
    for part in parts:
        alike = [place for place, other in enumerate(first) if _alike(part.bars, other)]
        if not alike:
            first.append(part.bars)
        found.append(_letter(alike[0] if alike else len(first) - 1) * (2 if part.repeated else 1))
    return "".join(found)


def tonic_of(key: Key) -> int | None:
    """The pitch class of a key's tonic, 0 for C; None when it names none."""
    return (NATURAL_SEMITONES[key.tonic] + key.accidental) % 12 if key.tonic else None


def key_at(reading: Reading, event: Event) -> Key:
    """The key in force at an event."""
    before = [key.value for key in reading.keys if key.span[0] <= event.span[0]]
    return before[-1] if before else reading.key


def on_tonic(reading: Reading, event: Event) -> bool | None:
    """Whether a note is the tonic of the key in force; None where that has none."""
    tonic = tonic_of(key_at(reading, event))
    return None if tonic is None else event.pitches[0] % 12 == tonic


def _same_endings(parts: Sequence[tuple[BarContent, ...]]) -> list[bool]:
    long = [places for places in parts if len(places) >= 2 * _ENDING]
    return [
        a == b
        for one, other in itertools.pairwise(long)
        for a, b in zip(one[-_ENDING:], other[-_ENDING:], strict=True)
    ]


def _share(hits: Sequence[bool]) -> float | None:
    return sum(hits) / len(hits) if hits else None


def _alike(one: tuple[BarContent, ...], other: tuple[BarContent, ...]) -> bool:
    shorter = min(len(one), len(other))
    same = sum(a == b for a, b in zip(one, other, strict=False))
    return shorter >= 2 and same * 2 >= shorter


def _letter(place: int) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return next(itertools.islice(itertools.cycle(alphabet), place, None))
