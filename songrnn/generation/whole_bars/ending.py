"""The shortest proper end of a tune, for when the limit comes near.

A short way is looked for step by step, not the shortest of all: from each state one character
leads nearer to the end. How many characters it takes is kept with the state.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction

import numpy as np

from songrnn.corpus.vocabulary import END
from songrnn.generation.whole_bars.allowed import STOP, AllowedCharacters
from songrnn.generation.whole_bars.bar_checks import BarChecker
from songrnn.generation.whole_bars.bar_lengths import BarsSoFar
from songrnn.generation.whole_bars.grammar_state import NOTES, GrammarState, grid, is_bar
from songrnn.generation.whole_bars.state_graph import StateGraph
from songrnn.notation.pulse import Pulse
from songrnn.notation.stream import StreamingReader

# Characters after which no end is looked for any further.
LONGEST_WAY = 400
_ONE = Fraction(1)


class ShortestEnd:
    """For one vocabulary. symbols: those of the characters; size: V, all symbols."""

    def __init__(
        self,
        graph: StateGraph,
        allowed: AllowedCharacters,
        checker: BarChecker,
        symbols: Mapping[str, int],
        size: int,
    ) -> None:
        self._graph, self._allowed, self._checker = graph, allowed, checker
        self._symbols, self._size = symbols, size

    def steps(self, state: GrammarState) -> int:
        """How many characters a proper end takes from here, by a way that is short."""
        path: list[GrammarState] = []
        at, note = state, "C"
        while at.steps_to_end is None:
            if len(path) >= LONGEST_WAY:
                return LONGEST_WAY
            choice = self._next(at)
            if choice == STOP:
                at.steps_to_end = 0
                break
            path.append(at)
            at = self._graph.follow(at, choice, note)
        for steps, passed in enumerate(reversed(path), start=1):
            passed.steps_to_end = at.steps_to_end + steps
        return state.steps_to_end if state.steps_to_end is not None else LONGEST_WAY

    def costs(self, state: GrammarState, note: str) -> np.ndarray:
        """(V,): characters to the end by way of each choice, END itself 0."""
        if state.costs is None:
            costs = np.full(self._size, LONGEST_WAY, np.int32)
            for character in self._allowed.choices(state):
                if character == STOP:
                    costs[END] = 0
                else:
                    after = self._graph.follow(state, character, note)
                    costs[self._symbols[character]] = 1 + self.steps(after)
            state.costs = costs
        return state.costs

    def _next(self, state: GrammarState) -> str:
        """The next character of a short way to the end."""
        choices = self._allowed.choices(state)
        reader, bars = state.reader, state.bars
        pending, pulse = reader.pending, reader.pulse
        if STOP in choices:
            return STOP
        if len(choices) == 1:
            return next(iter(choices))
        if reader.mode in ("header", "header field"):
            return _first(("\n", ":", "X", "M", "K", "C", "1", "4", "8", "/", "2"), choices)
        if reader.mode == "quote":
            return _first(('"', "C"), choices)
        if reader.mode != "token":
            return _first(("\n", "C"), choices)
        if pulse.grace or pulse.chord is not None:
            return _first(("}", "]", "C", "c"), choices)
        if is_bar(pending):
            word = self._best_barline(state)
            if word is not None and word != pending:
                return word[len(pending)]
            after = self._checker.after_barline(state)
            if after.wanted:
                return _first(("2", "["), choices)
            if after.closes or not _note_letters(choices):
                return _first(("\n", "|", " "), choices)
            return _first(_note_letters(choices), choices)
        if pending[:1] in NOTES or pending[:1] in ("z", "x", "]"):
            wished = self._length_character(state)
            if wished and wished in choices:
                return wished
        settled = state.settled()
        if settled.time.slurs and ")" in choices:
            return ")"
        if settled.time.notes and ("|" in choices or ":" in choices):
            word = self._best_barline(state, settled)
            at_target = self._best_length(settled.pulse, bars)
            if word is not None and (
                at_target is None or grid(settled.pulse.position) == at_target
            ):
                return word[0]
        if bars.wanted:
            return _first(("2", "\n", "["), choices)
        if settled.time.after_bar and bars.closes and not settled.time.notes:
            # No "[": it would begin a chord, whose first note has no planned length, and a bar
            # that has to be shorter than that note would be missed time and again.
            return _first(("\n", *_note_letters(choices)), choices)
        return _first((*_note_letters(choices), "|", ":", "\n", " "), choices)

    def _best_length(self, pulse: Pulse, bars: BarsSoFar) -> int | None:
        """How long the bar should best be for an early end."""
        whole = self._checker.bar_length(pulse)
        if whole is None:
            return None
        if bars.must:
            return bars.due
        start = bars.start
        if not bars.fresh and start is not None and start < whole and bars.ending != 2:
            rest = whole - start
            if (bars.repeat or bars.ending == 1) and self._plan(pulse, rest) is not None:
                return rest
        return whole

    def _plan(self, pulse: Pulse, target: int) -> tuple[int, str] | None:
        rooms = self._checker.rooms(pulse, (target,))
        _, factor, ratio, left = self._checker.gap(pulse, BarsSoFar())
        return self._checker.planner.plan(rooms[0], factor, ratio, left) if rooms else None

    def _best_barline(
        self, state: GrammarState, settled: StreamingReader | None = None
    ) -> str | None:
        """The barline that comes nearest to an end here."""
        begun = state.reader.pending if settled is None else ""
        found: tuple[bool, str] | None = None
        for word in self._checker.words:
            after = self._checker.closed(state, word, settled) if word.startswith(begun) else None
            if after is None:
                continue
            if after.closes and word != "|":
                return word
            rank = after.wanted or word == "|", word
            if found is None or rank[0] > found[0]:
                found = rank
        return found[1] if found else None

    def _length_character(self, state: GrammarState) -> str:
        """The next character of the length that the note should best have, "" for none."""
        pending, pulse = state.reader.pending, state.reader.pulse
        length = pending.lstrip("C',zx]")
        target = self._best_length(pulse, state.bars)
        if target is None:
            return ""
        if pending[0] != "]":
            plan = self._plan(pulse, target)
            if plan is not None and plan[1].startswith(length) and plan[1] != length:
                return plan[1][len(length)]
        times = (pulse.chord if pending[0] == "]" else None) or _ONE
        fits, longer = self._checker.planner.lengths(
            self._checker.gap(pulse, state.bars), length, times
        )
        return "" if fits else min(longer, default="")


def _first(wishes: Iterable[str], choices: frozenset[str]) -> str:
    for wish in wishes:
        if wish in choices:
            return wish
    return min(choices)


def _note_letters(choices: frozenset[str]) -> tuple[str, ...]:
    return tuple(c for c in ("C", "c", *sorted(NOTES)) if c in choices)
