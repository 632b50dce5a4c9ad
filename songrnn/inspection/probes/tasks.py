"""What is asked of every character: a class (a segmentation of the text) or a number.

T characters, K classes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from songrnn.errors import ConfigError
from songrnn.inspection.properties import NEAR_THE_END
from songrnn.notation.annotations import Annotations, annotate
from songrnn.notation.reading import Kind, Reading

_METERS = ("2/4", "3/4", "4/4", "6/8", "9/8")
_KEYS = (-3, 5)
_MOST_BEATS, _MOST_SECTIONS, _PHRASE = 6, 4, 4


@dataclass(frozen=True)
class Task:
    """name: short, stable. words: what a person reads. classes: of a segmentation, their names;
    none for a number."""

    name: str
    words: str
    classes: tuple[str, ...] = ()


_Measure = Callable[[Reading, Annotations], NDArray]


def _in_music(value: Callable[[Annotations], NDArray]) -> _Measure:
    return lambda reading, known: np.where(known.bar >= 0, value(known), np.nan)


def _meter(reading: Reading, known: Annotations) -> NDArray:
    meter = reading.meter
    name = f"{meter.numerator}/{meter.denominator}"
    number = _METERS.index(name) if name in _METERS else len(_METERS)
    return np.where(known.bar >= 0, number, np.nan)


def _key(reading: Reading, known: Annotations) -> NDArray:
    number = np.clip(reading.key.fifths, *_KEYS) - _KEYS[0]
    return np.where(known.bar >= 0, number, np.nan)


def _end(reading: Reading, known: Annotations) -> NDArray:
    size = len(reading.text)
    return (np.arange(size) >= size - NEAR_THE_END).astype(float)


def _line(reading: Reading, known: Annotations) -> NDArray:
    size = len(reading.text)
    places = np.arange(size)
    begins = np.array([at == 0 or reading.text[at - 1] == "\n" for at in places], np.bool_)
    return (places - np.maximum.accumulate(np.where(begins, places, 0))).astype(float)


def _counted(most: int, word: str) -> tuple[str, ...]:
    return (*(f"{word} {number + 1}" for number in range(most - 1)), f"{word} {most} or later")


_TABLE: tuple[tuple[Task, _Measure], ...] = (
    (
        Task("syntax", "the kind of character", tuple(kind.name.lower() for kind in Kind)),
        lambda reading, known: reading.kinds.astype(float),
    ),
    (
        Task("beat", "the beat of the bar", _counted(_MOST_BEATS, "beat")),
        _in_music(lambda known: np.minimum(known.beat, _MOST_BEATS - 1)),
    ),
    (
        Task("phrase-bar", "which bar of four", tuple(f"bar {n + 1}" for n in range(_PHRASE))),
        _in_music(lambda known: known.bar % _PHRASE),
    ),
    (
        Task("degree", "the scale degree of the note", tuple(f"degree {n}" for n in range(1, 8))),
        lambda reading, known: np.where(known.degree > 0, known.degree - 1.0, np.nan),
    ),
    (
        Task("section", "the section of the tune", _counted(_MOST_SECTIONS, "section")),
        _in_music(lambda known: np.minimum(known.section, _MOST_SECTIONS - 1)),
    ),
    (Task("meter", "the meter", (*_METERS, "another")), _meter),
    (
        Task("key", "the key's sharps", tuple(f"{n:+d}" for n in range(_KEYS[0], _KEYS[1] + 1))),
        _key,
    ),
    (Task("end", f"within {NEAR_THE_END} characters of the end", ("no", "yes")), _end),
    (Task("bar", "bars since the tune began"), _in_music(lambda known: known.bar)),
    (Task("since-bar", "characters since the barline"), _in_music(lambda known: known.since_bar)),
    (Task("since-line", "characters since the line began"), _line),
)

TASKS: tuple[Task, ...] = tuple(task for task, _ in _TABLE)


def task_number(name: str) -> int:
    """The place of a task in TASKS. Raises ConfigError, which names those there are."""
    names = [task.name for task in TASKS]
    if name not in names:
        raise ConfigError(f"There is no task {name!r}; choose one of {', '.join(names)}.")
    return names.index(name)


def targets(reading: Reading) -> NDArray[np.float32]:
    """(T, tasks): the class's number or the value of every character, NaN where there is none."""
    known = annotate(reading)
    found = [np.asarray(measure(reading, known), np.float32) for _, measure in _TABLE]
    return np.stack(found, axis=1) if len(reading.text) else np.zeros((0, len(TASKS)), np.float32)
