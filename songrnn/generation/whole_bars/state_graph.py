"""How the states of a tune follow one another, character by character.

Any text can be followed, right or wrong; which characters are allowed is for `allowed` to say.
States are remembered with their successors: after a few songs nearly every step is a look-up.
"""

from songrnn.generation.whole_bars.bar_checks import BarChecker
from songrnn.generation.whole_bars.bar_lengths import BarsSoFar, begin_ending
from songrnn.generation.whole_bars.grammar_state import (
    ACCIDENTALS,
    NOTES,
    GrammarState,
    is_bar,
)
from songrnn.notation.stream import StreamingReader
from songrnn.notation.tables import DECORATION_LETTERS

# Remembered states, one to two kilobytes each; beyond, all are forgotten. A song at temperature
# 0.9 makes some two hundred new ones: four times as many were an eighth faster over 300 songs, and
# took a hundred megabytes more.
_MOST_STATES = 16_000
_BYTES_A_STATE = 1_800


class StateGraph:
    """All states found so far, for one set of characters."""

    def __init__(self, characters: frozenset[str], checker: BarChecker) -> None:
        self._checker = checker
        self._marks = frozenset(DECORATION_LETTERS) & characters
        # Notes are alike but for their octave marks, and so are accidentals and decorations.
        self._alike = {
            **dict.fromkeys(NOTES, "C"),
            **dict.fromkeys(self._marks, "."),
            "^": "=",
            "_": "=",
            "x": "z",
        }
        self._states: dict[object, GrammarState] = {}

    @property
    def nbytes(self) -> int:
        """About what its states take."""
        return _BYTES_A_STATE * len(self._states)

    def begin(self) -> GrammarState:
        """The state before the first character."""
        return self._intern(GrammarState(StreamingReader(), BarsSoFar(), "", 0, ""))

    def follow(self, state: GrammarState, character: str, note: str = "") -> GrammarState:
        """The state after one more character, allowed or not; `note` is the last note's text."""
        edge = character + note if character == "-" else character
        found = state.next.get(edge)
        if found is None:
            like = character
            if state.reader.mode == "token" and not state.reader.line_start:
                like = self._alike.get(character, character)
            elif state.reader.mode == "token" and character in NOTES:
                like = self._alike[character]
            if like != character and not state.tie:
                found = state.next[edge] = self.follow(state, like, note)
                return found
            found = state.next[edge] = self._follow(state, character, note)
        return found

    def _intern(self, state: GrammarState) -> GrammarState:
        """The one state that continues like this one."""
        if len(self._states) >= _MOST_STATES:
            self._states.clear()
        state.simplify()
        return self._states.setdefault(state.key(), state)

    def _follow(self, state: GrammarState, character: str, note: str) -> GrammarState:
        reader, pending, mode = state.reader, state.reader.pending, state.reader.mode
        if mode == "ended":
            return state
        if mode in ("header", "header field"):
            return self._in_header(state, character)
        if mode in ("quote", "comment") and len(pending) > 1 and character not in '"\r\n':
            return state
        if mode == "token" and pending == character and character in " `":
            return state  # WholeBars counts them
        bars, tie = state.bars, state.tie
        before = reader
        reader = reader.copy()
        in_music = mode == "token" and pending[:1] not in ("!", "+")
        if in_music and character in NOTES:
            character, letter = "C", character
            if tie:
                tie = tie[1:] if tie[0] == letter else ""
                tie = "=" + tie  # now the octave has to be the same
            if pending[:1] in ACCIDENTALS:
                reader.pending = ""
        elif tie[:1] == "=":
            tie = tie[:1] + tie[2:] if tie[1:2] == character else ""
        bars = self._bars_after(state, character)
        reader.feed(character)
        bound = self._bound(state, character) if mode in ("token", "quote") else 0
        if character == "-" and in_music and not before.pulse.grace and before.pulse.chord is None:
            tie = note
        return self._intern(GrammarState(reader, bars, state.seen, bound, tie))

    def _in_header(self, state: GrammarState, character: str) -> GrammarState:
        reader, pending, seen = state.reader, state.reader.pending, state.seen
        if reader.mode == "header" and character == ":" and len(pending) == 1:
            seen = "".join(sorted(set(seen + pending)))
        if (
            reader.mode == "header field"
            and len(pending) > 2
            and character not in "\r\n"
            and (pending[0] not in "XMLKV%")
        ):
            return state  # what a title says makes no difference
        reader = reader.copy()
        reader.feed(character)
        return self._intern(GrammarState(reader, state.bars, seen, 0, ""))

    def _bound(self, state: GrammarState, character: str) -> int:
        """What `bound` is after one more character of the tune."""
        bound, pulse = state.bound, state.reader.pulse
        if character in "\r\n|":
            return 0
        if state.reader.mode == "quote" or character in '{"(' or character in self._marks:
            return 1
        if state.reader.pending == "{" or (pulse.grace and state.reader.pending != "}"):
            return bound + (character in NOTES)
        if character == "}":
            return 1
        # A chord that is closed, its length still to come, holds no more notes.
        inside = pulse.chord is not None and state.reader.pending[:1] != "]"
        if inside and character != "]":
            return bound + (character in NOTES)
        return (
            int(state.reader.pending == "[")
            if character in NOTES
            else bound * (character not in "zx[]")
        )

    def _bars_after(self, state: GrammarState, character: str) -> BarsSoFar:
        """The bars when a barline's token is over with this character, or a number follows."""
        reader, bars = state.reader, state.bars
        pending = reader.pending
        if reader.mode != "token" or not pending:
            return bars
        if character in "12" and (is_bar(pending) or pending[0] in "[ \r\n"):
            bars = self._checker.after_barline(state)
            return begin_ending(bars, character) or bars
        if is_bar(pending) and not is_bar(pending + character):
            return self._checker.after_barline(state)
        return bars
