"""What the bar a tune stands in allows: which barlines may close it, and how much room is left.

It joins three things: the state of a tune, the lengths its bars may have, and the durations that
can be written with the characters at hand.
"""

from songrnn.generation.whole_bars.bar_lengths import (
    WORDS,
    BarsSoFar,
    close,
    closing_words,
    open_section,
    recover,
)
from songrnn.generation.whole_bars.durations import DurationPlanner, Gap, ticks
from songrnn.generation.whole_bars.grammar_state import GrammarState, grid, is_bar
from songrnn.notation.pulse import Pulse
from songrnn.notation.stream import StreamingReader

_LARGEST_TUPLET = 9


class BarChecker:
    """For one set of characters.

    planner: the durations they can write. words: the barlines they can write.
    """

    def __init__(self, characters: frozenset[str]) -> None:
        self.planner = DurationPlanner(characters)
        self.words = tuple(word for word in WORDS if characters.issuperset(word))
        self._fillable: dict[tuple[int, int], bool] = {}

    @property
    def nbytes(self) -> int:
        """About what it remembers."""
        return self.planner.nbytes

    def after_barline(self, state: GrammarState) -> BarsSoFar:
        """The bars once the unfinished token is over, right or wrong."""
        word = state.reader.pending
        if state.reader.mode != "token" or not is_bar(word) or word == ":":
            return state.bars
        return self.closed(state, word) or self._recovered(state, word)

    def closed(
        self, state: GrammarState, word: str, settled: StreamingReader | None = None
    ) -> BarsSoFar | None:
        """The bars after the barline `word` here; None when it would be wrong.

        settled: the reader with the token before the barline complete; by default the state's own,
        whose unfinished token is the barline.
        """
        reader, bars = settled or state.reader, state.bars
        pulse = reader.pulse
        if not reader.time.notes:
            if word == "|" or (word == "||" and bars.fresh and not bars.repeat):
                return None if bars.wanted or (word != "|" and bars.first is None) else bars
            return open_section(bars) if word in ("|:", "||:") else None
        if pulse.tuplet_left or pulse.factor != 1 or pulse.chord is not None or pulse.grace:
            return None
        if word != "|" and (reader.time.slurs or state.tie):
            return None
        return close(bars, grid(pulse.position), self.bar_length(pulse), word)

    def closing(self, state: GrammarState, settled: StreamingReader) -> tuple[str, ...]:
        """The barlines that may follow the token that is complete in `settled`."""
        pulse = settled.pulse
        if not settled.time.notes:
            return tuple([w for w in self.words if self.closed(state, w, settled) is not None])
        if pulse.tuplet_left or pulse.factor != 1 or pulse.chord is not None or pulse.grace:
            return ()
        words = self.words if not settled.time.slurs and not state.tie else ("|",)
        return closing_words(state.bars, grid(pulse.position), self.bar_length(pulse), words)

    def bar_length(self, pulse: Pulse) -> int | None:
        """How long a bar is, None when it is not measured or nobody could fill it."""
        if pulse.meter.length is None:
            return None
        length, unit = grid(pulse.meter.length), grid(pulse.unit)
        fillable = self._fillable.get((length, unit))
        if fillable is None:
            room = ticks(length, unit)
            fillable = room is not None and self.planner.can_continue(Gap((room,)))
            self._fillable[length, unit] = fillable
        return length if fillable else None

    def gap(self, pulse: Pulse, bars: BarsSoFar) -> Gap:
        """What is left of the bar."""
        length = self.bar_length(pulse)
        rooms = None if length is None else self.rooms(pulse, bars.targets(length))
        factor = int(8 * pulse.factor)
        if pulse.tuplet_left and pulse.tuplet is not None and pulse.tuplet[0] <= _LARGEST_TUPLET:
            return Gap(rooms, factor, pulse.tuplet, pulse.tuplet_left)
        return Gap(rooms, factor)

    def rooms(self, pulse: Pulse, targets: tuple[int, ...]) -> tuple[int, ...]:
        """Ticks from here up to each of the lengths that are a whole number of them away."""
        position, unit = grid(pulse.position), grid(pulse.unit)
        rooms = [ticks(target - position, unit) for target in targets]
        return tuple([room for room in rooms if room is not None])

    def has_room(self, pulse: Pulse, bars: BarsSoFar) -> bool:
        """Whether another note fits into the bar."""
        return self.planner.can_continue(self.gap(pulse, bars))

    def _recovered(self, state: GrammarState, word: str) -> BarsSoFar:
        pulse = state.reader.pulse
        if not state.reader.time.notes:
            return state.bars
        return recover(state.bars, grid(pulse.position), self.bar_length(pulse), word)
