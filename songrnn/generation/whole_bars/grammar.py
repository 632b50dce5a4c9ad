"""Whole bars: a song is led so that every bar has its length and the tune a proper end.

`form` knows how long a bar may be where it stands, `filling` whether the rest of it can be
written, `places` where in the music a text is, `rules` which characters may follow. Here are the
way to the end, for when the limit comes near, and what a composer asks: `WholeBars`.

Places are remembered with their masks and successors: after a few songs nearly every step is two
look-ups.
"""

from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache

import numpy as np

from songrnn.corpus.vocabulary import END, Vocabulary
from songrnn.generation.whole_bars.allowed import STOP, Rules
from songrnn.generation.whole_bars.bar_lengths import Form
from songrnn.generation.whole_bars.grammar_state import NOTES, Node, grid, is_bar
from songrnn.notation.pulse import Pulse
from songrnn.notation.stream import StreamingReader

# Bars of the shortest song that ends by itself.
SHORTEST = 8
# Bars after which the end is looked for as if the limit were near.
LONGEST = 48
LONGEST_REPEAT = 24  # and of a section that |: began
_LONGEST_SPACE = 12
# How near the limit, in characters to spare, the way to the end is looked at.
_SLACK = 40
_LONGEST_WAY = 400
_ONE = Fraction(1)


class Grammar(Rules):
    """The rules for one vocabulary, shared by all its songs, and the way to the end of a tune."""

    def song(self, limit: int) -> "WholeBars":
        """The rules of one song of at most `limit` characters."""
        return WholeBars(self, limit)

    def way(self, node: Node) -> int:
        """How many characters a proper end takes from here, by a way that is short."""
        path: list[Node] = []
        at, note = node, "C"
        while at.way is None:
            if len(path) >= _LONGEST_WAY:
                return _LONGEST_WAY
            choice = self._homeward(at)
            if choice == STOP:
                at.way = 0
                break
            path.append(at)
            at = self.follow(at, choice, note)
        for steps, passed in enumerate(reversed(path), start=1):
            passed.way = at.way + steps
        return node.way if node.way is not None else _LONGEST_WAY

    def costs(self, node: Node, note: str) -> np.ndarray:
        """(V,): characters to the end by way of each choice, END itself 0."""
        if node.costs is None:
            costs = np.full(self.vocabulary.size, _LONGEST_WAY, np.int32)
            for character in self.choices(node):
                if character == STOP:
                    costs[END] = 0
                else:
                    after = self.follow(node, character, note)
                    costs[self._symbols[character]] = 1 + self.way(after)
            node.costs = costs
        return node.costs

    def _homeward(self, node: Node) -> str:
        """The next character of a short way to the end."""
        choices = self.choices(node)
        reader, form = node.reader, node.form
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
            word = self._homeward_word(node)
            if word is not None and word != pending:
                return word[len(pending)]
            after = self._after_bar(node)
            if after.wanted:
                return _first(("2", "["), choices)
            if after.closes or not self._note_letters(choices):
                return _first(("\n", "|", " "), choices)
            return _first(self._note_letters(choices), choices)
        if pending[:1] in NOTES or pending[:1] in ("z", "x", "]"):
            wished = self._homeward_length(node)
            if wished and wished in choices:
                return wished
        settled = self._settled(node)
        if settled.time.slurs and ")" in choices:
            return ")"
        if settled.time.notes and ("|" in choices or ":" in choices):
            word = self._homeward_word(node, settled)
            at_target = self._homeward_target(settled.pulse, form)
            if word is not None and (
                at_target is None or grid(settled.pulse.position) == at_target
            ):
                return word[0]
        if form.wanted or (settled.time.after_bar and form.closes and not settled.time.notes):
            return _first(("2", "\n", "[", *self._note_letters(choices)), choices)
        return _first((*self._note_letters(choices), "|", ":", "\n", " "), choices)

    def _note_letters(self, choices: frozenset[str]) -> tuple[str, ...]:
        return tuple(c for c in ("C", "c", *sorted(NOTES)) if c in choices)

    def _homeward_target(self, pulse: Pulse, form: Form) -> int | None:
        """How long the bar should best be for an early end."""
        whole = self._whole(pulse)
        if whole is None:
            return None
        if form.must:
            return form.due
        start = form.start
        if not form.fresh and start is not None and start < whole and form.ending != 2:
            rest = whole - start
            if (form.repeat or form.ending == 1) and self._plan(pulse, rest) is not None:
                return rest
        return whole

    def _plan(self, pulse: Pulse, target: int) -> tuple[int, str] | None:
        rooms = self._rooms(pulse, (target,))
        _, factor, ratio, left = self._gap(pulse, Form())
        return self._filling.plan(rooms[0], factor, ratio, left) if rooms else None

    def _homeward_word(self, node: Node, settled: StreamingReader | None = None) -> str | None:
        """The barline that comes nearest to an end here."""
        begun = node.reader.pending if settled is None else ""
        found: tuple[bool, str] | None = None
        for word in self._words:
            after = self._closed(node, word, settled) if word.startswith(begun) else None
            if after is None:
                continue
            if after.closes and word != "|":
                return word
            rank = after.wanted or word == "|", word
            if found is None or rank[0] > found[0]:
                found = rank
        return found[1] if found else None

    def _homeward_length(self, node: Node) -> str:
        """The next character of the length that the note should best have, "" for none."""
        pending, pulse = node.reader.pending, node.reader.pulse
        length = pending.lstrip("C',zx]")
        target = self._homeward_target(pulse, node.form)
        if target is None:
            return ""
        if pending[0] != "]":
            plan = self._plan(pulse, target)
            if plan is not None and plan[1].startswith(length) and plan[1] != length:
                return plan[1][len(length)]
        times = (pulse.chord if pending[0] == "]" else None) or _ONE
        fits, longer = self._filling.lengths(self._gap(pulse, node.form), length, times)
        return "" if fits else min(longer, default="")


class WholeBars:
    """A `Constraint`: the rules of one song, and where in it the text is.

    A song does not end before it has SHORTEST bars, unless the limit is near, and not
    much after LONGEST.
    """

    def __init__(self, grammar: Grammar, limit: int) -> None:
        self._grammar = grammar
        self._node = grammar.begin()
        self._note = ""  # the last one, for a tie
        self._bars = 0
        self._spaces = 0  # and backticks, one after the other
        self._repeated = 0  # of them since |:
        self._room = limit - 1  # END takes a character's place

    def allowed(self) -> np.ndarray:
        """bool (V,): the symbols that may come next; near the limit only those that leave room
        for a proper end."""
        node, room = self._node, self._room
        mask = node.mask
        if mask is None:
            mask = self._grammar.mask(node)
        if self._spaces == _LONGEST_SPACE:
            mask = self._grammar.unspaced_mask(node)
        if room < _LONGEST_WAY:
            way = self._grammar.way(node)
            if room < way + _SLACK:
                if room < way:  # too late: a limit this short has no room for an end
                    return mask
                near = mask & (self._grammar.costs(node, self._note) <= room)
                return near if near.any() else mask
        if self._spaces == _LONGEST_SPACE:
            return mask
        if node.final and self._bars < SHORTEST:
            # A last bar without a barline counts as well.
            if self._bars + 1 == SHORTEST and node.reader.time.notes and not node.in_bar:
                return mask
            return self._grammar.early_mask(node)
        return mask

    def advance(self, character: str) -> None:
        """The song goes on with this character."""
        before = self._node
        if character in NOTES:
            self._note = character
        elif character in "',":
            self._note += character
        self._spaces = self._spaces + 1 if character in " `" else 0
        self._room -= 1
        node = before.next.get(character)
        if node is None:
            node = self._grammar.follow(before, character, self._note)
        if node.in_bar and not before.in_bar:
            self._bars += 1
            form = node.form
            self._repeated = (0 if form.fresh else self._repeated) + form.repeat
            if self._bars == LONGEST or self._repeated == LONGEST_REPEAT:
                self._room = min(self._room, self._grammar.way(node) + 2 * _SLACK)
        self._node = node


@lru_cache(maxsize=8)
def grammar_of(vocabulary: Vocabulary) -> Grammar:
    """The rules for a vocabulary, with all they remember."""
    return Grammar(vocabulary)


def _first(wishes: Iterable[str], choices: frozenset[str]) -> str:
    for wish in wishes:
        if wish in choices:
            return wish
    return min(choices)
