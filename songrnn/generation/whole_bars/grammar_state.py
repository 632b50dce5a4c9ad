"""The state of a tune under the grammar: what has to be remembered of a text to know what may follow.

Time and brackets are the streaming reader's, the lengths of bars those of `bar_lengths`; both are
reduced here to what matters, so that many texts share a state.
"""

from fractions import Fraction
from functools import lru_cache

import numpy as np

from songrnn.generation.whole_bars.bar_lengths import BarsSoFar
from songrnn.notation.pulse import ZERO
from songrnn.notation.reading import Meter
from songrnn.notation.stream import StreamingReader
from songrnn.notation.tables import GRID

NOTES = frozenset("ABCDEFGabcdefg")
ACCIDENTALS = frozenset("^_=")


class GrammarState:
    """Where a tune is, as far as it decides what may follow.

    reader: the streaming reader, its unfinished token reduced to what matters. bars: those before
    an unfinished barline. seen: the header's fields so far. bound: more than 0 where a decoration,
    an opened slur or grace notes wait for their note; it counts the notes in brackets. tie: the
    note that has to come, such as "C,".

    What was found out about it is kept with it: choices and mask (what may follow), next (the
    states that follow), steps_to_end (characters, END not counted), costs (see ShortestEnd).
    """

    __slots__ = (
        "bars", "bound", "choices", "costs", "final", "in_bar", "mask", "next", "reader", "seen",
        "steps_to_end", "tie",
    )  # fmt: skip

    def __init__(
        self, reader: StreamingReader, bars: BarsSoFar, seen: str, bound: int, tie: str
    ) -> None:
        self.reader, self.bars, self.seen = reader, bars, seen
        self.bound, self.tie = bound, tie
        self.choices: frozenset[str] | None = None
        self.mask: np.ndarray | None = None
        self.next: dict[str, GrammarState] = {}
        self.steps_to_end: int | None = None
        self.costs: np.ndarray | None = None
        # In a barline that ends a bar. And whether the tune's end is among the choices.
        self.in_bar = reader.mode == "token" and reader.time.notes > 0 and is_bar(reader.pending)
        self.final = False

    def settled(self) -> StreamingReader:
        """The reader as if its unfinished token were complete."""
        reader = self.reader.copy()
        reader.settle()
        return reader

    def simplify(self) -> None:
        """Forget what nothing asks for any more, so that more states are equal."""
        reader = self.reader
        reader.time.ending = False  # `bars` knows
        if reader.mode in ("header field", "header"):
            return
        self.seen = ""
        pulse = reader.pulse
        pulse.meter = _bare(pulse.meter)
        if not pulse.tuplet_left:
            pulse.tuplet = None
        if reader.pending[:1] in tuple("|:[({=^_Czx]") or self.bound:
            pulse.last = ZERO

    def key(self) -> tuple[object, ...]:
        """Equal for states that continue alike: `StreamingReader.key()` in numbers, which hash
        quickly."""
        reader = self.reader
        pulse = reader.pulse
        return (
            reader.mode,
            reader.pending,
            reader.line_start,
            reader.time.line_empty,
            reader.time.tune_begun,
            reader.time.after_bar,
            reader.time.slurs,
            reader.time.notes > 0,
            reader.time.repeat,
            self.bars,
            self.seen,
            self.bound,
            self.tie,
            grid(pulse.position),
            grid(pulse.last),
            grid(pulse.unit),
            None if pulse.chord is None else (pulse.chord.numerator, pulse.chord.denominator),
            int(8 * pulse.factor),
            pulse.tuplet,
            pulse.tuplet_left,
            pulse.grace,
            pulse.unit_given,
            pulse.meter,
            pulse.muted,
            pulse.overlay,
            pulse.voice,
        )


def grid(quarters: Fraction) -> int:
    """A time as a whole number: every duration that is read is a multiple of 1/GRID quarters."""
    return quarters.numerator * (GRID // quarters.denominator)


@lru_cache(maxsize=64)
def _bare(meter: Meter) -> Meter:
    """What of a meter concerns time: C and 4/4 are the same."""
    if meter.compound:
        return Meter("", meter.numerator, meter.denominator, meter.length)
    return Meter("", 0, 0, meter.length)


def is_bar(text: str) -> bool:
    """Whether this is a barline or the beginning of one, "[|" aside."""
    return text[:1] in ("|", ":") and all(c in "|:]" for c in text)
