"""Musical properties of every character of a tune: what a neuron may follow.

Each property has one value a character: yes or no, a number, or an angle for what goes round
(a bar's phase), which becomes a sine and a cosine. NaN where it means nothing, such as the scale
degree of a barline; such characters are left out when the property is scored.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from songrnn.errors import ConfigError
from songrnn.notation.annotations import Annotations, annotate
from songrnn.notation.reading import Kind, Reading

Values = NDArray[np.float32]
PropertyKind = Literal["yes-no", "number", "angle"]

# Characters before the end of a tune that count as near it; bars that make a phrase.
NEAR_THE_END = 20
PHRASE = 4


@dataclass(frozen=True)
class Property:
    """name: short, stable. words: what a person reads. An angle has two columns, else one."""

    name: str
    words: str
    kind: PropertyKind

    @property
    def columns(self) -> int:
        """How many columns of the table it takes."""
        return 2 if self.kind == "angle" else 1


@dataclass(frozen=True)
class _Tune:
    reading: Reading
    known: Annotations

    @property
    def size(self) -> int:
        return len(self.reading.text)

    @property
    def music(self) -> NDArray[np.bool_]:
        """Whether a character is part of the music, not of a header field."""
        return self.known.bar >= 0


_Measure = Callable[[_Tune], NDArray]


def _kind(*kinds: Kind) -> _Measure:
    return lambda tune: np.isin(tune.reading.kinds, kinds)


def _field(letter: str) -> _Measure:
    return lambda tune: tune.known.field == ord(letter)


def _where(values: NDArray, there: NDArray[np.bool_]) -> Values:
    return np.where(there, values, np.nan).astype(np.float32)


def _characters(letters: str) -> _Measure:
    def measure(tune: _Tune) -> NDArray:
        return np.array([character in letters for character in tune.reading.text], np.bool_)

    return measure


def _phase(tune: _Tune) -> Values:
    known = tune.known
    with np.errstate(invalid="ignore", divide="ignore"):
        phase = known.position / known.bar_length
    return _where(phase, np.isfinite(phase) & tune.music)


def _bar_round(count: int) -> _Measure:
    def measure(tune: _Tune) -> Values:
        return _where(tune.known.bar / count, tune.music)

    return measure


def _since_line(tune: _Tune) -> NDArray:
    places = np.arange(tune.size)
    ends = np.array([character == "\n" for character in tune.reading.text], np.bool_)
    starts = np.maximum.accumulate(np.where(np.roll(ends, 1), places, 0)) if tune.size else places
    return places - starts


def _whole_tune(value: Callable[[Reading], float]) -> _Measure:
    return lambda tune: np.full(tune.size, value(tune.reading), np.float32)


_TABLE: tuple[tuple[Property, _Measure], ...] = tuple(
    (Property(name, words, cast(PropertyKind, kind)), measure)
    for name, words, kind, measure in (
        ("header", "inside the header", "yes-no", lambda t: ~t.music),
        ("title", "inside the title (T:)", "yes-no", _field("T")),
        ("rhythm", "inside the rhythm (R:)", "yes-no", _field("R")),
        ("meter", "inside the meter (M:)", "yes-no", _field("M")),
        ("unit", "inside the unit note length (L:)", "yes-no", _field("L")),
        ("key", "inside the key (K:)", "yes-no", _field("K")),
        ("note", "on a note's letter", "yes-no", _kind(Kind.NOTE)),
        ("barline", "on a barline", "yes-no", _kind(Kind.BARLINE)),
        ("accidental", "on an accidental", "yes-no", _kind(Kind.ACCIDENTAL)),
        ("octave-mark", "on an octave mark", "yes-no", _kind(Kind.OCTAVE)),
        ("length", "on a note length", "yes-no", _kind(Kind.LENGTH)),
        ("digit", "on a digit", "yes-no", _characters("0123456789")),
        ("slash", "on a slash", "yes-no", _characters("/")),
        ("broken-rhythm", "on a broken rhythm (> or <)", "yes-no", _characters("<>")),
        ("space", "on a space", "yes-no", _characters(" ")),
        ("newline", "on the end of a line", "yes-no", _characters("\n")),
        ("slur", "on a slur, tie or tuplet sign", "yes-no", _characters("()-")),
        ("low-letter", "on a capital note letter", "yes-no", lambda t: _kind(Kind.NOTE)(t) & _characters("ABCDEFG")(t)),
        ("chord-symbol", "inside quotes", "yes-no", lambda t: t.known.chord_symbol),
        ("grace", "inside grace notes", "yes-no", lambda t: t.known.grace),
        ("chord", "inside a chord", "yes-no", lambda t: t.known.chord),
        ("beat", "the beat of the bar, counted from 0", "number", lambda t: _where(t.known.beat, t.music)),
        ("downbeat", "on the first beat of a bar", "yes-no", lambda t: _where(t.known.beat == 0, t.music)),
        ("bar-phase", "where in the bar", "angle", _phase),
        ("bars-of-2", "which bar of two", "angle", _bar_round(2)),
        ("bars-of-4", "which bar of four", "angle", _bar_round(4)),
        ("bars-of-8", "which bar of eight", "angle", _bar_round(8)),
        ("since-bar", "characters since the barline", "number", lambda t: _where(t.known.since_bar, t.music)),
        ("notes-since-bar", "notes since the barline", "number", lambda t: _where(t.known.notes_since_bar, t.music)),
        ("since-line", "characters since the line began", "number", _since_line),
        ("bar", "bars since the tune began", "number", lambda t: _where(t.known.bar, t.music)),
        ("pitch", "how high the note is", "number", lambda t: _where(t.known.pitch, t.known.pitch >= 0)),
        ("octave", "the octave of the note", "number", lambda t: _where(t.known.octave, t.known.pitch >= 0)),
        ("degree", "the scale degree of the note", "number", lambda t: _where(t.known.degree, t.known.degree > 0)),
        ("tonic", "on the tonic", "yes-no", lambda t: _where(t.known.degree == 1, t.known.degree > 0)),
        ("fifth", "on the fifth degree", "yes-no", lambda t: _where(t.known.degree == 5, t.known.degree > 0)),
        ("duration", "how long the note is", "number", lambda t: _where(np.log2(np.maximum(t.known.duration, 1e-3)), t.known.duration > 0)),
        ("repeated", "inside a part that is repeated", "yes-no", lambda t: _where(t.known.repeated, t.music)),
        ("ending", "inside a numbered ending", "yes-no", lambda t: _where(t.known.ending > 0, t.music)),
        ("section", "sections since the tune began", "number", lambda t: _where(t.known.section, t.music)),
        ("phrase-end", "in the last bar of four", "yes-no", lambda t: _where(t.known.bar % PHRASE == PHRASE - 1, t.music)),
        ("near-the-end", f"within {NEAR_THE_END} characters of the tune's end", "yes-no", lambda t: np.arange(t.size) >= t.size - NEAR_THE_END),
        ("compound", "in a compound meter such as 6/8", "yes-no", _whole_tune(lambda r: r.meter.compound)),
        ("sharps", "how many sharps the key has", "number", _whole_tune(lambda r: r.key.fifths)),
    )
)  # fmt: skip

PROPERTIES: tuple[Property, ...] = tuple(found for found, _ in _TABLE)
# First column of each property in `property_table`, and the number of columns.
FIRST_COLUMN = np.cumsum([0, *(found.columns for found in PROPERTIES)])[:-1]
COLUMNS = sum(found.columns for found in PROPERTIES)
# What all characters of a tune share, and its columns.
TUNE_PROPERTIES = frozenset({"compound", "sharps"})
OF_A_TUNE = FIRST_COLUMN[[found.name in TUNE_PROPERTIES for found in PROPERTIES]]
_NAMES = [found.name for found in PROPERTIES]


def property_number(name: str) -> int:
    """The place of a property in PROPERTIES. Raises ConfigError, which names those there are."""
    if name not in _NAMES:
        raise ConfigError(f"There is no property {name!r}; choose one of {', '.join(_NAMES)}.")
    return _NAMES.index(name)


def column_of(name: str) -> int:
    """The first column of a property in `property_table`. Raises ConfigError."""
    return int(FIRST_COLUMN[property_number(name)])


def property_table(reading: Reading) -> Values:
    """All properties of all characters, (T, COLUMNS); angles as sine and cosine.

    Column t belongs to the character just read, as the activations of `ActivationMap` do.
    """
    tune = _Tune(reading, annotate(reading))
    table = np.empty((tune.size, COLUMNS), np.float32)
    for (found, measure), first in zip(_TABLE, FIRST_COLUMN, strict=True):
        values = np.asarray(measure(tune), np.float32)
        if found.kind == "angle":
            table[:, first] = np.sin(2 * np.pi * values)
            table[:, first + 1] = np.cos(2 * np.pi * values)
        else:
            table[:, first] = values
    return table
