"""Which characters may follow where a tune is.

A character is allowed when a proper tune continues with it: bars of the right length as
`notation.bars` judges them, brackets and repeats that are closed, a header before, an end at the
end. What cannot be shown to lead there is not allowed, so some rare but right things are not:
changes of meter, decorations in words, second layers.
"""

from fractions import Fraction

from songrnn.generation.whole_bars.bar_checks import BarChecker
from songrnn.generation.whole_bars.bar_lengths import BarsSoFar
from songrnn.generation.whole_bars.durations import Gap, ticks
from songrnn.generation.whole_bars.grammar_state import (
    ACCIDENTALS,
    NOTES,
    GrammarState,
    grid,
    is_bar,
)
from songrnn.generation.whole_bars.header_values import DIGITS, HeaderChoices
from songrnn.notation.pulse import tuplet_of
from songrnn.notation.stream import StreamingReader
from songrnn.notation.tables import DECORATION_LETTERS

STOP = "\0"  # stands for END among characters
_MOST_GRACES = 6
_MOST_IN_CHORD = 6
_DEEPEST_SLUR = 2
_NOTE_BEGINNINGS = NOTES | ACCIDENTALS | {"z", "x", "{", '"', "["}
_ONE = Fraction(1)


class AllowedCharacters:
    """For one set of characters. What is found is kept with the state."""

    def __init__(self, characters: frozenset[str], checker: BarChecker) -> None:
        self._characters, self._checker = characters, checker
        self._planner, self._words = checker.planner, checker.words
        self._header = HeaderChoices(characters)
        self._printable = frozenset(c for c in characters if c.isprintable())
        self._marks = frozenset(DECORATION_LETTERS) & characters
        # What could not be closed is not opened.
        self._deepest_slur = _DEEPEST_SLUR if ")" in characters else 0
        unclosed = {opening for opening, closing in ("[]", "{}") if closing not in characters}
        self._beginnings = _NOTE_BEGINNINGS - unclosed
        # Some thousands of states allow the same: one set for all of them.
        self._sets: dict[frozenset[str], frozenset[str]] = {}

    def choices(self, state: GrammarState) -> frozenset[str]:
        """The characters that may follow, STOP among them when the tune may end here."""
        if state.choices is None:
            chosen = self._choices(state) & (self._characters | {STOP})
            found = frozenset(chosen) if chosen else self._way_out(state)
            state.choices = self._sets.setdefault(found, found)
        return state.choices

    def without_an_end(self, state: GrammarState) -> frozenset[str]:
        """The choices without those that end the tune; empty when all of them do."""
        choices = self.choices(state)
        if STOP in choices:
            return choices - {STOP}
        return choices - {"]"} if state.in_bar and "]" in choices else frozenset()

    def _choices(self, state: GrammarState) -> set[str]:
        reader = state.reader
        mode, pending, pulse = reader.mode, reader.pending, reader.pulse
        if mode == "ended":
            return {STOP}
        if mode in ("header", "header field"):
            return self._header.may_follow(state)
        if mode == "field":
            return self._header.in_value(pending) if pending[0] == "K" else set()
        if mode == "quote":
            return set(self._printable if len(pending) > 1 else self._printable - {'"'})
        if mode != "token" or pulse.muted or pulse.overlay or pending[:1] in ("!", "+"):
            return set()
        if pending == "K":
            return {":"}
        if pending == "[":
            numbers = "2" if state.bars.wanted else "1"
            if state.bars.numbered and not state.bound and reader.time.after_bar:
                return {numbers} | (set() if state.bars.wanted else self._chord_begins(state))
            return self._chord_begins(state)
        if pending[:1] in ACCIDENTALS and not pending[1:]:
            return set(NOTES)
        if (pulse.grace and pending != "}") or pending == "{":
            return self._in_grace(state)
        if pulse.chord is not None and pending[:1] != "]":
            return self._in_chord(state)
        if is_bar(pending):
            return self._in_bar(state)
        if pending[:1] in NOTES or pending[:1] in ("z", "x", "]"):
            return self._in_note(state)
        settled = state.settled()
        if pending == "(":
            before = state.reader.copy()
            before.pending = ""
            found = self._tuplets(before, state.bars)
            return (
                found | self._note_begins(state, settled)
                if settled.time.slurs <= self._deepest_slur
                else found
            )
        return self._between(state, settled)

    def _in_grace(self, state: GrammarState) -> set[str]:
        pending = state.reader.pending
        found = set(NOTES | ACCIDENTALS if state.bound <= _MOST_GRACES else "")
        if pending[:1] in NOTES:
            found |= self._octaves(pending, "") | {"}"}
            if len(pending) < 4:
                found |= {"/", "2", "3", "4"} if pending[-1] not in DIGITS else set()
        return found

    def _in_chord(self, state: GrammarState) -> set[str]:
        """The first note decides how long the chord is; what others' lengths say is not counted."""
        pending, pulse = state.reader.pending, state.reader.pulse
        if pending[:1] not in NOTES:
            return set(NOTES | ACCIDENTALS)
        found = self._octaves(pending, "")
        length = pending.lstrip("C',")
        times = pulse.chord
        if not times:
            fits, longer = self._planner.lengths(self._checker.gap(pulse, state.bars), length)
            found |= longer
            if not fits:
                return found
        elif length == "":
            found |= {"/", "2", "3", "4", "6", "8"}
        return found | {"]"} | (NOTES | ACCIDENTALS if state.bound < _MOST_IN_CHORD else set())

    def _chord_begins(self, state: GrammarState) -> set[str]:
        if not self._checker.has_room(state.reader.pulse, state.bars):
            return set()
        return set(NOTES | ACCIDENTALS)

    def _octaves(self, pending: str, tie: str) -> set[str]:
        """The octave marks that may follow: at most two."""
        if tie[:1] == "=":
            return {tie[1]} if len(tie) > 1 else set()
        if len(pending) == 1:
            return {",", "'"}
        return {pending[1]} if pending[1:] in (",", "'") else set()

    def _in_note(self, state: GrammarState) -> set[str]:
        pending, pulse, bars = state.reader.pending, state.reader.pulse, state.bars
        if len(state.tie) > 1 and state.tie[0] == "=":
            return {state.tie[1]}
        found = self._octaves(pending, state.tie) if pending[0] in NOTES else set()
        length = pending.lstrip("C',zx]")
        times = (pulse.chord if pending[0] == "]" else None) or _ONE
        fits, longer = self._planner.lengths(self._checker.gap(pulse, bars), length, times)
        found |= longer
        if not fits:
            return found
        settled = state.settled()
        found |= self._between(state, settled)
        if pending[0] in NOTES and settled.pulse.factor == 1:
            found.add("-")
        if settled.time.slurs:
            found.add(")")
        return found

    def _in_bar(self, state: GrammarState) -> set[str]:
        """A barline that may be continued, and what may follow it."""
        word = state.reader.pending
        found = {
            longer[len(word)]
            for longer in self._words
            if len(longer) > len(word)
            and longer.startswith(word)
            and self._checker.closed(state, longer) is not None
        }
        if word in self._words:
            after = self._checker.closed(state, word)
            if after is not None:
                settled = state.settled()
                found |= self._after_barline(state, settled, after)
        return found

    def _after_barline(
        self, state: GrammarState, settled: StreamingReader, bars: BarsSoFar
    ) -> set[str]:
        found = {" ", "\n"}
        if bars.numbered and not state.tie:
            found |= {"2" if bars.wanted else "1", "["}
        if not bars.wanted:
            found |= self._note_begins(state, settled, bars)
        return found

    def _between(self, state: GrammarState, settled: StreamingReader) -> set[str]:
        """Between two tokens: a space, a new line, a note, a barline, the end."""
        pending, bars, pulse = state.reader.pending, state.bars, settled.pulse
        last = pending[-1:]
        if state.bound:
            return self._note_begins(state, settled)
        found = {" "}
        idle = not settled.time.notes and bars.first is not None and last not in DIGITS
        if settled.time.slurs and last in ("<", ">", ")"):
            found.add(")")
        if last != "-" and not state.tie and pulse.last and pulse.factor == 1:
            gap, length = self._checker.gap(pulse, bars), ticks(grid(pulse.last), grid(pulse.unit))
            if length is not None and length % 8 == 0 and self._planner.can_continue(gap):
                found |= {m for m in "<>" if self._planner.can_continue(gap.broken(m, length))}
        if last not in ("\n", " ") and not idle:
            found.add("`")
        if (
            not settled.time.line_empty
            and not pulse.tuplet_left
            and pulse.factor == 1
            and last != "-"
        ):
            found.add("\n")
        if idle and settled.time.after_bar and bars.numbered and not state.tie:
            found |= {"2" if bars.wanted else "1", "["}
        found |= self._note_begins(state, settled)
        if not idle:
            found |= {word[0] for word in self._checker.closing(state, settled)}
        elif last == "\n":  # a line often begins with the barline that ended the one before
            found |= {
                word[0]
                for word in ("|", "|:", "||")
                if word in self._words and self._checker.closed(state, word, settled) is not None
            }
        if last == "\n":
            if self._may_end(state, settled):
                found.add(STOP)
            if idle and not state.tie and not bars.wanted:
                found.add("K")
        return found

    def _may_end(self, state: GrammarState, settled: StreamingReader) -> bool:
        bars = state.bars
        if settled.time.slurs or state.tie or (bars.first is None and not settled.time.notes):
            return False
        if not settled.time.notes:
            return bars.closes and not bars.repeat and not bars.wanted and bars.ending != 1
        after = self._checker.closed(state, "", settled)
        return after is not None and after.closes

    def _note_begins(
        self, state: GrammarState, settled: StreamingReader, bars: BarsSoFar | None = None
    ) -> set[str]:
        """What a note may begin with, when there is room for one."""
        bars = bars or state.bars
        if bars.wanted or not self._checker.has_room(settled.pulse, bars):
            return set()
        bracket = settled.time.slurs < self._deepest_slur or self._tuplets(settled, bars)
        if state.tie:
            return {state.tie[0]} | ({"("} if bracket and not state.bound else set())
        found = self._beginnings | self._marks
        return {*found, "("} if bracket else set(found)

    def _tuplets(self, settled: StreamingReader, bars: BarsSoFar) -> set[str]:
        """The tuplets that have room in the bar, by their numbers."""
        pulse = settled.pulse
        if pulse.tuplet_left or pulse.factor != 1:
            return set()
        gap = self._checker.gap(pulse, bars)
        found = set()
        for digit in "23456789":
            tuplet = tuplet_of("(" + digit, pulse.meter.compound)
            if tuplet is not None:
                p, q, r = tuplet
                if self._planner.can_continue(Gap(gap.rooms, 8, (p, q), r)):
                    found.add(digit)
        return found

    def _way_out(self, state: GrammarState) -> frozenset[str]:
        """Where nothing is allowed, because the text so far is wrong: back to where something is."""
        reader = state.reader
        if reader.mode != "token" or reader.pulse.muted or reader.pulse.overlay:
            return (self._printable | {"\n"}) & self._characters
        for closing in (
            "]" if reader.pulse.chord is not None else "",
            "}" if reader.pulse.grace else "",
        ):
            if closing and closing in self._characters:
                return frozenset(closing)
        return frozenset("|") if not is_bar(reader.pending) else frozenset("\n")
