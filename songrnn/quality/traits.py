"""A song as a row of numbers: what a judge that tells machine songs from real ones looks at.

Only what is heard counts, nothing of spelling, titles or spaces. Histograms are shares of the
song's own notes, so length by itself gives nothing away but in `bars` and `notes`.
"""

import itertools
import math
import zlib
from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from songrnn.notation.reader import read
from songrnn.notation.reading import Event, Reading
from songrnn.quality.form import (
    LAGS,
    BarContent,
    Section,
    form_of,
    sections,
    tonic_of,
)
from songrnn.quality.form import MEANINGS as FORM
from songrnn.quality.form import NAMES as FORM_NAMES

_STEPS = range(-12, 13)  # semitones
_DURATIONS = (0.25, 1 / 3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)  # quarter notes
_WIDE = 12  # notes: how far autocorrelation looks

_MEANINGS: dict[str, str] = {
    **FORM,
    "bars": "How many bars are written.",
    "notes": "How many notes are written.",
    "sections": "How many sections there are.",
    "new_bars": "Share of the bars that no earlier bar says.",
    "longest_new": "Longest run of bars that say nothing again, as a share of the song.",
    "rhythms": "How many different bar rhythms, per bar.",
    "commonest_rhythm": "Share of the bars with the commonest rhythm.",
    **{f"rhythm_{lag}": f"Bars with the rhythm of the bar {lag} before." for lag in LAGS},
    **{f"contour_{lag}": f"Bars that move up and down as the bar {lag} before." for lag in LAGS},
    **{f"places_{lag}": f"Notes that stand where the bar {lag} before has them." for lag in LAGS},
    "sequence_1": "Bars that are the bar before, transposed.",
    "second_is_sixth": "Sections whose second and sixth bar are the same.",
    "third_is_seventh": "Sections whose third and seventh bar are the same.",
    "fourth_is_eighth": "Sections whose fourth and eighth bar are the same.",
    "first_longer": "How much longer a section's last note is than its mean note.",
    "last_step": "Semitones of the step to the song's last note.",
    "last_length": "Length of the last note in quarter notes.",
    "first_degree": "Semitones of the first note above the tonic.",
    "highest": "Semitones of the highest note above the tonic.",
    "lowest": "Semitones of the lowest note above the tonic.",
    "middle": "Semitones of the mean note above the tonic.",
    "spread": "Standard deviation of the pitches, semitones.",
    "in_scale": "Share of the notes in the key's scale.",
    "tonic_on_beat": "Share of the bars that begin on the tonic.",
    "triad_on_beat": "Share of the bars that begin on a note of the tonic's triad.",
    "step_size": "Mean size of a step in semitones.",
    "turns": "Share of the steps that change direction.",
    "after_leap": "Share of the leaps that a step back follows.",
    "notes_per_bar": "Notes in a bar.",
    "notes_vary": "Standard deviation of the notes in a bar.",
    "graces": "Grace notes per note.",
    "chords": "Share of the notes that are chords.",
    "rests": "Share of the events that are rests.",
    "ties": "Share of the notes that are tied.",
    "triplets": "Share of the notes in a tuplet.",
    "syncopated": "Share of the notes that begin off the beat and last longer than a beat's half.",
    "pitch_entropy": "Entropy of the pitches, bits.",
    "step_entropy": "Entropy of the steps, bits.",
    "pair_entropy": "Entropy of a step when the step before is known, bits.",
    "squeezed": "How far a general compressor squeezes the melody.",
    **{f"echo_{lag}": f"How alike pitches {lag} notes apart are." for lag in range(1, _WIDE + 1)},
    **{f"step_{step:+d}": f"Share of the steps that are {step:+d} semitones." for step in _STEPS},
    **{f"degree_{n}": f"Share of the notes {n} semitones above the tonic." for n in range(12)},
    **{
        f"duration_{place}": f"Share of the notes that last {length:.3g} quarter notes."
        for place, length in enumerate(_DURATIONS)
    },
}
NAMES = tuple(_MEANINGS)


def meaning(name: str) -> str:
    """A trait in a sentence."""
    return _MEANINGS[name]


def traits(song: str | Reading) -> dict[str, float]:
    """NAMES -> numbers; NaN where there is nothing to measure."""
    reading = read(song) if isinstance(song, str) else song
    parts = sections(reading)
    notes = [e for e in reading.events if e.pitches and e.kind != "grace"]
    found: dict[str, float | None] = {
        **{name: getattr(form_of(reading, parts), name) for name in FORM_NAMES},
        **_of_bars([bar for part in parts for bar in part.places]),
        **_of_sections(reading, parts),
    }
    if notes:
        found |= _of_pitches(reading, notes) | _of_rhythm(reading, notes)
        found |= _of_order([event.pitches[-1] for event in notes])
    found["bars"] = sum(len(part.bars) for part in parts)
    found["notes"] = len(notes)
    return {
        name: math.nan if (value := found.get(name)) is None else float(value) for name in NAMES
    }


def table(songs: Sequence[str | Reading]) -> NDArray[np.float64]:
    """(songs, NAMES): the traits of each song, NaN where there is nothing to measure."""
    rows = [list(traits(song).values()) for song in songs]
    return np.array(rows, np.float64).reshape(len(rows), len(NAMES))


def _of_bars(said: Sequence[BarContent]) -> dict[str, float | None]:
    """What bars have in common, one with another."""
    seen: set[BarContent] = set()
    fresh = []
    for bar in said:
        fresh.append(bar not in seen)
        seen.add(bar)
    runs = [len(list(group)) for new, group in itertools.groupby(fresh) if new]
    rhythms = [tuple((bool(p), length) for p, length in bar) for bar in said]
    contours = [tuple(_sign(step) for step in _steps(bar)) for bar in said]
    moves = [_steps(bar) for bar in said]
    sizes = [len(bar) for bar in said]
    found = {
        "new_bars": _mean(fresh),
        "longest_new": max(runs, default=0) / len(said) if said else None,
        "rhythms": len(set(rhythms)) / len(said) if said else None,
        "commonest_rhythm": max(Counter(rhythms).values()) / len(said) if said else None,
        "sequence_1": _mean(
            [
                a == b and x != y
                for a, b, x, y in zip(moves, moves[1:], said, said[1:], strict=False)
            ]
        ),
        "notes_per_bar": _mean(sizes),
        "notes_vary": float(np.std(sizes)) if sizes else None,
    }
    for lag in LAGS:
        found[f"rhythm_{lag}"] = _same(rhythms, lag)
        found[f"contour_{lag}"] = _same(contours, lag)
        pairs = list(zip(said, said[lag:], strict=False))
        found[f"places_{lag}"] = _mean([_in_place(a, b) for a, b in pairs])
    return found


def _of_sections(reading: Reading, parts: Sequence[Section]) -> dict[str, float | None]:
    long = [part.places for part in parts if len(part.places) >= 8]
    lasts = [
        float(part.places[-1][-1][1]) / length
        for part in parts
        if part.places
        and part.places[-1]
        and (length := _mean([float(d) for bar in part.places for _, d in bar]))
    ]
    return {
        "sections": len(parts),
        "second_is_sixth": _mean([places[1] == places[5] for places in long]),
        "third_is_seventh": _mean([places[2] == places[6] for places in long]),
        "fourth_is_eighth": _mean([places[3] == places[7] for places in long]),
        "first_longer": _mean(lasts),
    }


def _of_pitches(reading: Reading, notes: Sequence[Event]) -> dict[str, float | None]:
    tonic = tonic_of(reading.key)
    tops = np.array([event.pitches[-1] for event in notes])
    home = tonic if tonic is not None else 0
    above = tops - (60 + home)
    classes = np.bincount(above % 12, minlength=12) / len(tops)
    downbeats = [event for before, event in itertools.pairwise(notes) if event.bar != before.bar]
    scale = {
        (natural + key) % 12
        for natural, key in zip((0, 2, 4, 5, 7, 9, 11), reading.key.alterations, strict=True)
    }
    third = 3 if (home + 3) % 12 in scale else 4
    on_beat = [(event.pitches[-1] - home) % 12 for event in downbeats]
    steps = np.diff(tops)
    sizes = np.bincount(np.clip(steps, -12, 12) + 12, minlength=25) / max(len(steps), 1)
    leaps = np.flatnonzero(np.abs(steps[:-1]) > 4)
    moving = steps[steps != 0]
    return {
        "first_degree": above[0] % 12,
        "highest": above.max(),
        "lowest": above.min(),
        "middle": above.mean(),
        "spread": tops.std(),
        "in_scale": _mean([int(pitch) % 12 in scale for pitch in tops]),
        "tonic_on_beat": _mean([degree == 0 for degree in on_beat]),
        "triad_on_beat": _mean([degree in (0, third, 7) for degree in on_beat]),
        "step_size": np.abs(steps).mean() if len(steps) else None,
        "turns": _mean((np.sign(moving[1:]) != np.sign(moving[:-1])).tolist()),
        "after_leap": _mean((np.sign(steps[leaps + 1]) == -np.sign(steps[leaps])).tolist()),
        "last_step": steps[-1] if len(steps) else None,
        **{f"degree_{n}": classes[n] for n in range(12)},
        **{f"step_{step:+d}": sizes[step + 12] for step in _STEPS},
    }


def _of_rhythm(reading: Reading, notes: Sequence[Event]) -> dict[str, float | None]:
    lengths = np.array([float(event.duration) for event in notes])
    events = [event for event in reading.events if event.kind != "grace"]
    beat = float(reading.meter.beat)
    first: dict[int, float] = {}
    for event in events:
        first.setdefault(event.bar, float(event.onset))
    beats = np.array([(float(event.onset) - first[event.bar]) / beat for event in notes])
    off = np.abs(beats - np.round(beats)) > 1e-6
    return {
        "last_length": lengths[-1],
        "graces": (len(reading.events) - len(events)) / len(notes),
        "chords": _mean([event.kind == "chord" for event in notes]),
        "rests": _mean([event.kind == "rest" for event in events]),
        "ties": _mean([event.tied for event in notes]),
        "triplets": _mean([event.tuplet is not None for event in notes]),
        "syncopated": (off & (lengths > beat / 2)).mean(),
        **{
            f"duration_{place}": (np.abs(lengths - length) < 1e-3).mean()
            for place, length in enumerate(_DURATIONS)
        },
    }


def _of_order(tops: Sequence[int]) -> dict[str, float | None]:
    steps = np.diff(tops)
    pairs = list(itertools.pairwise(steps.tolist()))
    melody = bytes(np.clip(steps + 64, 0, 127).astype(np.uint8))
    centred = np.array(tops) - np.mean(tops)
    power = float((centred**2).mean()) or 1.0
    return {
        "pitch_entropy": _entropy(tops),
        "step_entropy": _entropy(steps.tolist()),
        "pair_entropy": _entropy(pairs) - _entropy([a for a, _ in pairs]),
        "squeezed": len(zlib.compress(melody, 9)) / max(len(melody), 1),
        **{
            f"echo_{lag}": float((centred[lag:] * centred[:-lag]).mean()) / power
            if len(tops) > lag
            else None
            for lag in range(1, _WIDE + 1)
        },
    }


def _in_place(a: BarContent, b: BarContent) -> float:
    """Share of the longer bar's notes that the other has at the same time."""
    longest = max(len(a), len(b))
    return len(_placed(a) & _placed(b)) / longest if longest else 0.0


def _placed(bar: BarContent) -> set[tuple[float, tuple[int, ...]]]:
    starts = itertools.accumulate((float(length) for _, length in bar), initial=0.0)
    return {(start, pitches) for start, (pitches, _) in zip(starts, bar, strict=False)}


def _steps(bar: BarContent) -> tuple[int, ...]:
    tops = [pitches[-1] for pitches, _ in bar if pitches]
    return tuple(after - before for before, after in itertools.pairwise(tops))


def _sign(step: int) -> int:
    return (step > 0) - (step < 0)


def _same(values: Sequence[Hashable], lag: int) -> float | None:
    return _mean([a == b for a, b in zip(values, values[lag:], strict=False)])


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if len(values) else None


def _entropy(values: Sequence[Hashable]) -> float:
    total = len(values)
    return -sum(n / total * math.log2(n / total) for n in Counter(values).values())
