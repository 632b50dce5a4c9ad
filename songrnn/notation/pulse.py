"""Where the music is in time: everything that decides how long a note is and where a bar stands.

A `Pulse` is the state after some tokens of a tune, as small as the rules allow and cheap to copy.
The reader builds events on it; the streaming reader needs nothing else. It knows no pitches, no
characters and no problems. Times are exact, whole numbers of `grid` ticks inside.
Section numbers are of the ABC 2.1 standard.
"""

from fractions import Fraction
from functools import lru_cache

from songrnn.notation.grid import LONGEST, SHORTEST, bounded, to_quarters, to_ticks
from songrnn.notation.headers import FREE, default_unit, parse_meter, parse_unit
from songrnn.notation.reading import Meter
from songrnn.notation.tables import GRID, LENGTH, TUPLET_TIME

ZERO = Fraction(0)
ONE = Fraction(1)
# Section 4.4: what > does to the note before it and the note after it; < the other way round.
BROKEN = {
    mark * count: (long, short) if mark == ">" else (short, long)
    for count in (1, 2, 3)
    for short in (Fraction(1, 2**count),)
    for long in (2 - short,)
    for mark in "<>"
}

# What a voice is called when music begins without a V: field; abc2midi calls it so too.
UNNAMED_VOICE = "1"


@lru_cache(maxsize=8192)
def multiplier(text: str) -> Fraction:
    """What a length after a note stands for, in unit lengths (4.3).

    A zero counts as one: nothing lasts no time, and nothing is divided by it.

    >>> multiplier(""), multiplier("//"), multiplier("3/2"), multiplier("/4")
    (Fraction(1, 1), Fraction(1, 4), Fraction(3, 2), Fraction(1, 4))
    """
    match = LENGTH.match(text)
    if match is None:
        return ONE
    slashes, below = len(match["slashes"]), match["denominator"]
    numerator = int(match["numerator"] or 1) or 1
    if below:
        denominator = int(below) or 1
        denominator <<= max(slashes - 1, 0)
    else:
        denominator = 1 << slashes
    return Fraction(numerator, denominator)


@lru_cache(maxsize=8192)
def tuplet_of(text: str, compound: bool) -> tuple[int, int, int] | None:
    """(p, q, r) of a tuplet's mark: p notes in the time of q for the next r (4.13).

    >>> tuplet_of("(3", False), tuplet_of("(5", True), tuplet_of("(10:8:10", False)
    ((3, 2, 3), (5, 3, 5), (10, 8, 10))
    """
    numbers = [int(part) if part else 0 for part in text[1:].split(":")]
    p = numbers[0]
    q = numbers[1] if len(numbers) > 1 else 0
    r = numbers[2] if len(numbers) > 2 else 0
    if p < 1 or (not q and not 2 <= p <= 9):  # the short form knows two to nine
        return None
    q = q or TUPLET_TIME.get(p, 0) or (3 if compound else 2)
    return p, q, r or p


@lru_cache(maxsize=16384)
def _stretched(unit_ticks: int, times: Fraction, factor: Fraction) -> int:
    return to_ticks(bounded(Fraction(unit_ticks, GRID) * times * factor))


@lru_cache(maxsize=8192)
def _lengthened(ticks: int, factor: Fraction) -> int:
    return to_ticks(bounded(Fraction(ticks, GRID) * factor))


class Pulse:
    """Time within the bar, and what may still change it.

    meter, unit: in force; `unit` in quarter notes. unit_given: whether an L: said so.
    ticks: time since the barline; `position` says it in quarter notes.
    last_ticks: duration of the last note, rest or chord, which a broken rhythm would still change;
        0 when there is none in this bar. `last` says it in quarter notes.
    factor: what the next note is multiplied by (the other half of a broken rhythm).
    tuplet: (p, q) and `tuplet_left` notes of it to come.
    chord: None outside a chord, else the duration of its first note in unit lengths (0 before it).
    grace: whether inside grace notes. muted: in another voice than the first.
    overlay: after & until the barline. voice: the name of the first voice, None before any.
    """

    __slots__ = (
        "chord",
        "factor",
        "grace",
        "last_ticks",
        "meter",
        "muted",
        "overlay",
        "ticks",
        "tuplet",
        "tuplet_left",
        "unit",
        "unit_given",
        "unit_ticks",
        "voice",
    )

    def __init__(self) -> None:
        self.meter: Meter = FREE
        self.unit: Fraction = default_unit(FREE)
        self.unit_ticks = to_ticks(self.unit)
        self.unit_given = False
        self.ticks = 0
        self.last_ticks = 0
        self.factor = ONE
        self.tuplet: tuple[int, int] | None = None
        self.tuplet_left = 0
        self.chord: Fraction | None = None
        self.grace = False
        self.muted = False
        self.overlay = False
        self.voice: str | None = None

    def copy(self) -> "Pulse":
        """The same state, free to go another way."""
        other = Pulse.__new__(Pulse)
        other.chord = self.chord
        other.factor = self.factor
        other.grace = self.grace
        other.last_ticks = self.last_ticks
        other.meter = self.meter
        other.muted = self.muted
        other.overlay = self.overlay
        other.ticks = self.ticks
        other.tuplet = self.tuplet
        other.tuplet_left = self.tuplet_left
        other.unit = self.unit
        other.unit_given = self.unit_given
        other.unit_ticks = self.unit_ticks
        other.voice = self.voice
        return other

    def key(self) -> tuple[object, ...]:
        """A hashable value that is equal for two states exactly when they go on alike."""
        return (
            self.chord,
            self.factor,
            self.grace,
            self.last_ticks,
            self.meter,
            self.muted,
            self.overlay,
            self.ticks,
            self.tuplet,
            self.tuplet_left,
            self.unit_ticks,
            self.unit_given,
            self.voice,
        )

    @property
    def position(self) -> Fraction:
        """Quarter notes since the barline."""
        return to_quarters(self.ticks)

    @property
    def last(self) -> Fraction:
        """Quarter notes of the last note, rest or chord; 0 when there is none in this bar."""
        return to_quarters(self.last_ticks)

    @last.setter
    def last(self, quarters: Fraction) -> None:
        self.last_ticks = to_ticks(quarters)

    # Fields -----------------------------------------------------------------------------------

    def set_meter(self, value: str) -> str | None:
        """An M: field; a problem's sentence or None. In the header it moves the default unit."""
        self.meter, problem = parse_meter(value)
        return problem

    def set_unit(self, value: str) -> str | None:
        """An L: field; a problem's sentence or None."""
        unit, problem = parse_unit(value)
        if unit is not None:
            self._use_unit(unit)
            self.unit_given = True
        return problem

    def begin(self) -> None:
        """The header is over: without L: the meter decides the unit (3.1.7)."""
        if not self.unit_given:
            self._use_unit(default_unit(self.meter))

    def _use_unit(self, unit: Fraction) -> None:
        self.unit = bounded(unit)
        self.unit_ticks = to_ticks(self.unit)

    def set_voice(self, name: str, begun: bool) -> None:
        """A V: field (7): other voices than the first are muted. begun: whether there is music, so
        that a voice without a name is the first."""
        if self.voice is None:
            self.voice = UNNAMED_VOICE if begun else name
        self.muted = name != self.voice
        self.overlay = False

    # Notes ------------------------------------------------------------------------------------

    def place(self, times: Fraction) -> int:
        """A note, rest or chord of `times` unit lengths: its ticks. Time moves on."""
        if self.factor is ONE and not self.tuplet_left:
            ticks = self.length_of(times)
        else:
            factor = self.factor
            if self.tuplet_left and self.tuplet is not None:
                p, q = self.tuplet
                factor = factor * q / p
                self.tuplet_left -= 1
            ticks = _stretched(self.unit_ticks, times, factor)
            self.factor = ONE
        self.ticks += ticks
        self.last_ticks = ticks
        return ticks

    def length_of(self, times: Fraction) -> int:
        """The ticks of `times` unit lengths as written, whatever tuplet they are in."""
        ticks, rest = divmod(self.unit_ticks * times.numerator, times.denominator)
        if rest or not SHORTEST <= ticks <= LONGEST:
            ticks = to_ticks(bounded(self.unit * times))
        return ticks

    def rest_bars(self, count: Fraction) -> int:
        """Z and X: rests of whole bars (4.5), in ticks; in a free meter a bar counts four quarters."""
        ticks = to_ticks(bounded((self.meter.length or Fraction(4)) * count))
        self.ticks += ticks
        self.last_ticks = ticks
        self.factor = ONE
        return ticks

    def broken(self, mark: str) -> int | None:
        """> and <: what the last note's ticks become; None when there is none (4.4)."""
        if not self.last_ticks:
            return None
        before, after = BROKEN[mark]
        changed = _lengthened(self.last_ticks, before)
        self.ticks += changed - self.last_ticks
        self.last_ticks = 0  # a second mark has no note of its own to lengthen
        self.factor = after
        return changed

    def open_chord(self) -> None:
        self.chord = ZERO

    def chord_note(self, times: Fraction) -> None:
        """The first note of a chord decides the chord's length (4.17)."""
        if self.chord == 0:
            self.chord = times

    def close_chord(self, times: Fraction) -> int | None:
        """The end of a chord: its ticks; None when no note stood in it."""
        inner, self.chord = self.chord, None
        return self.place(inner * times) if inner else None

    def start_tuplet(self, text: str) -> tuple[int, int, int] | None:
        """(p:q:r; None when it is none."""
        found = tuplet_of(text, self.meter.compound)
        if found is not None:
            self.tuplet, self.tuplet_left = found[:2], found[2]
        return found

    def barline(self) -> None:
        """A new bar."""
        self.ticks = 0
        self.last_ticks = 0
        self.overlay = False
        self.grace = False

    def divide(self) -> None:
        """Something begins within the bar: a broken rhythm does not reach back over it."""
        self.last_ticks = 0

    def restart(self) -> None:
        """The bar begins again, with nothing open: for another layer of it."""
        self.barline()
        self.chord = None
        self.factor = ONE
        self.tuplet_left = 0
