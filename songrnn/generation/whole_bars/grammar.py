"""Whole bars: a song is led so that every bar has its length and the tune a proper end.

Here the parts come together: `state_graph` follows a text, `allowed` says which characters may come
next, `ending` how far a proper end is; `bar_checks`, `bar_lengths` and `durations` are what these
three ask. A composer asks `WholeBars`.
"""

import threading

import numpy as np

from songrnn.corpus.vocabulary import END, Vocabulary
from songrnn.errors import SamplingError
from songrnn.generation.whole_bars.allowed import STOP, AllowedCharacters
from songrnn.generation.whole_bars.bar_checks import BarChecker
from songrnn.generation.whole_bars.ending import LONGEST_WAY, ShortestEnd
from songrnn.generation.whole_bars.grammar_state import NOTES, GrammarState
from songrnn.generation.whole_bars.state_graph import StateGraph

# Bars of the shortest song that ends by itself.
SHORTEST = 8
# Bars after which the end is looked for as if the limit were near.
LONGEST = 48
LONGEST_REPEAT = 24  # and of a section that |: began
_LONGEST_SPACE = 12
# How near the limit, in characters to spare, the way to the end is looked at.
_SLACK = 40
# What the rules of all vocabularies may remember together: as much as four that have grown up.
MOST_BYTES = 128 << 20
_NEEDED = "XMK:1|\nC"


class Grammar:
    """What may follow in a tune, in symbols of one vocabulary; shared by all its songs.

    graph: the states of a tune. checker: what a bar allows. ending: the way from each to a proper
    end.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Raise SamplingError when the vocabulary lacks what no tune can do without."""
        self.vocabulary = vocabulary
        self._symbols = {
            vocabulary.decode([symbol]): symbol for symbol in range(END + 1, vocabulary.size)
        }
        missing = [c for c in _NEEDED if c not in self._symbols]
        if missing:
            raise SamplingError(
                "Whole bars cannot be kept with this run: its vocabulary lacks "
                + ", ".join(map(repr, missing))
                + "."
            )
        characters = frozenset(self._symbols)
        checker = BarChecker(characters)
        self.checker = checker
        self.graph = StateGraph(characters, checker)
        self._allowed = AllowedCharacters(characters, checker)
        self.ending = ShortestEnd(
            self.graph, self._allowed, checker, self._symbols, vocabulary.size
        )
        self._masks: dict[frozenset[str], np.ndarray] = {}

    @property
    def nbytes(self) -> int:
        """About what it remembers."""
        return self.graph.nbytes + self.checker.nbytes

    def song(self, limit: int) -> "WholeBars":
        """The rules of one song of at most `limit` characters."""
        return WholeBars(self, limit)

    def choices(self, state: GrammarState) -> frozenset[str]:
        """The characters that may follow, STOP among them when the tune may end here."""
        return self._allowed.choices(state)

    def mask(self, state: GrammarState) -> np.ndarray:
        """bool (V,): the choices as symbols. Shared: not to be changed."""
        if state.mask is None:
            state.final = bool(self._allowed.without_an_end(state))
            state.mask = self._mask_of(self.choices(state))
        return state.mask

    def early_mask(self, state: GrammarState) -> np.ndarray:
        """The same without the choices that end the tune, as long as others are left."""
        return self._mask_of(self._allowed.without_an_end(state) or self.choices(state))

    def unspaced_mask(self, state: GrammarState) -> np.ndarray:
        """The same without more of the spaces before it."""
        choices = self.choices(state)
        return self._mask_of(choices - {" ", "`"} or choices)

    def _mask_of(self, choices: frozenset[str]) -> np.ndarray:
        mask = self._masks.get(choices)
        if mask is None:
            mask = np.zeros(self.vocabulary.size, bool)
            for character in choices:
                mask[END if character == STOP else self._symbols[character]] = True
            self._masks[choices] = mask
        return mask


class WholeBars:
    """A `Constraint`: the rules of one song, and where in it the text is.

    A song does not end before it has SHORTEST bars, unless the limit is near, and not
    much after LONGEST. limited: a limit, of characters or bars, left it only ways that lead to the
    end, so its end is not the model's own.
    """

    def __init__(self, grammar: Grammar, limit: int) -> None:
        self._grammar = grammar
        self._state = grammar.graph.begin()
        self._note = ""  # the last one, for a tie
        self._bars = 0
        self._spaces = 0  # and backticks, one after the other
        self._repeated = 0  # of them since |:
        self._room = limit - 1  # END takes a character's place
        self.limited = False

    @property
    def grammar(self) -> Grammar:
        """The rules that all songs share."""
        return self._grammar

    @property
    def state(self) -> GrammarState:
        """Where the song is."""
        return self._state

    @property
    def note(self) -> str:
        """The last note's text, as `StateGraph.follow` asks for it."""
        return self._note

    def allowed(self) -> np.ndarray:
        """bool (V,): the symbols that may come next; near the limit only those that leave room
        for a proper end."""
        state, room = self._state, self._room
        mask = state.mask
        if mask is None:
            mask = self._grammar.mask(state)
        if self._spaces == _LONGEST_SPACE:
            mask = self._grammar.unspaced_mask(state)
        if room < LONGEST_WAY:
            way = self._grammar.ending.steps(state)
            if room < way + _SLACK:
                if room < way:  # too late: a limit this short has no room for an end
                    return mask
                near = mask & (self._grammar.ending.costs(state, self._note) <= room)
                if near.any():
                    self.limited |= bool((near != mask).any())
                    return near
                return mask
        if self._spaces == _LONGEST_SPACE:
            return mask
        if state.final and self._bars < SHORTEST:
            # A last bar without a barline counts as well.
            if self._bars + 1 == SHORTEST and state.reader.time.notes and not state.in_bar:
                return mask
            return self._grammar.early_mask(state)
        return mask

    def advance(self, character: str) -> None:
        """The song continues with this character."""
        before = self._state
        if character in NOTES:
            self._note = character
        elif character in "',":
            self._note += character
        self._spaces = self._spaces + 1 if character in " `" else 0
        self._room -= 1
        state = before.next.get(character)
        if state is None:
            state = self._grammar.graph.follow(before, character, self._note)
        if state.in_bar and not before.in_bar:
            self._bars += 1
            bars = state.bars
            self._repeated = (0 if bars.fresh else self._repeated) + bars.repeat
            if self._bars == LONGEST or self._repeated == LONGEST_REPEAT:
                self._room = min(self._room, self._grammar.ending.steps(state) + 2 * _SLACK)
        self._state = state


class Grammars:
    """The rules of the vocabularies asked for last. most_bytes: of all together, when another is
    asked for; each grows for a while as songs are written by it, to 16,000 states."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._kept: dict[Vocabulary, Grammar] = {}  # the one that was asked for last stands last
        self._lock = threading.Lock()

    def of(self, vocabulary: Vocabulary) -> Grammar:
        """The rules for a vocabulary. Raises SamplingError as `Grammar` does."""
        with self._lock:
            found = self._kept.pop(vocabulary, None) or Grammar(vocabulary)
            self._kept[vocabulary] = found
            total = sum(each.nbytes for each in self._kept.values())
            for old in list(self._kept):
                if total <= self._most or old == vocabulary:
                    break
                total -= self._kept.pop(old).nbytes
            return found

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._kept.clear()


GRAMMARS = Grammars(MOST_BYTES)


def grammar_of(vocabulary: Vocabulary) -> Grammar:
    """The rules for a vocabulary, with all they remember."""
    return GRAMMARS.of(vocabulary)
