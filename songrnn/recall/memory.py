"""Earlier places of a tune that what is being written now may be repeating.

Folk tunes say things twice: in an eight-bar part, bars 1 and 5 are the same about half the time.
A recurrent network of a few hundred units keeps no copy of what it wrote, so it cannot. This
memory does: a tune's own characters, and a few *sources*, each of which names one earlier place
whose character may come next. The idea is the continuous cache of Grave et al. 2017 and the
pointer of Merity et al. 2017; what is new is that most sources are aligned to bars.

- a *lag* names the counterpart of this place 1, 2, 3, 4, 6, 8, 12 or 16 bars ago, as long as this
  bar has agreed with that one so far;
- *latest* and *earlier* name the counterparts in the latest two bars, however long ago, that agree
  so far, once there is a character to agree on;
- *suffix* names the place whose preceding characters agree with the latest ones for longest, three
  at least; of equally long ones the last.

Bars are those of the text: from the barline's last sign to the next barline. No time is counted,
so every text has them, a broken one too, and following them costs microseconds a character. Spaces,
line ends and the numbers of endings before a bar's first other character are its *lead*; bars are
compared from that character on. It knows nothing of networks or probabilities.
"""

from collections.abc import Iterator
from typing import NamedTuple

LAGS = (1, 2, 3, 4, 6, 8, 12, 16)  # bars
SOURCES = (*(f"lag-{lag}" for lag in LAGS), "latest", "earlier", "suffix")
_LATEST = len(LAGS)
_SUFFIX = len(SOURCES) - 1
SHORTEST_SUFFIX = 3  # characters
_LEAD = frozenset(" \n123456[\\,")
_BARLINE = frozenset("|:]")


class Proposal(NamedTuple):
    """One source's place.

    source: index into SOURCES. place: index into the text of the character that would come next.
    agreeing: characters before it that agree, one more for a bar's beginning (0: only its lead).
    follows: whether the bar before this one repeats the bar before that one: 2 yes, 1 no, 0 when
    there is none or the source knows no bars.
    """

    source: int
    place: int
    agreeing: int
    follows: int


class TuneMemory:
    """The characters of one tune so far. `feed` takes the next, `proposals` says what it may be.

    >>> memory = TuneMemory("K:C\\nGABc|dedB|GA")
    >>> [(SOURCES[p.source], memory.text[p.place]) for p in memory.proposals()]
    [('lag-2', 'B'), ('latest', 'B')]
    """

    __slots__ = (
        "_agree",
        "_bars",
        "_body",
        "_firsts",
        "_in_barline",
        "_line",
        "_matches",
        "_starts",
        "_where",
        "text",
    )

    def __init__(self, text: str = "") -> None:
        self.text: list[str] = []
        self._line = 0  # where the line began
        self._body = False  # behind the line of K:
        self._in_barline = False
        self._starts: list[int] = []  # of each bar, its lead included
        self._firsts: list[int] = []  # of each bar, its first character behind the lead, or −1
        self._bars: list[str] = []  # what each finished bar says from there on
        self._agree: list[int] = []  # the earlier bars that this one agrees with so far
        self._where: dict[str, list[int]] = {}  # character -> its places
        self._matches: dict[int, int] = {}  # place -> characters before it that agree
        for character in text:
            self.feed(character)

    @property
    def bar(self) -> int:
        """The number of the bar, from 0; −1 in the header."""
        return len(self._starts) - 1

    @property
    def offset(self) -> int:
        """Characters of this bar behind its lead."""
        first = self._firsts[-1] if self._firsts else -1
        return len(self.text) - first if first >= 0 else 0

    def feed(self, character: str) -> None:
        """Take in the next character."""
        here = len(self.text)
        places = self._where.setdefault(character, [])
        before = self._matches
        self._matches = {place + 1: before.get(place, 0) + 1 for place in places}
        places.append(here)
        self.text.append(character)
        if self._body:
            self._feed_bar(character, here)
        elif character == "\n":
            if self.text[self._line : self._line + 2] == ["K", ":"]:
                self._body = True
                self._begin_bar(here + 1)
            self._line = here + 1

    def _begin_bar(self, start: int) -> None:
        self._starts.append(start)
        self._firsts.append(-1)
        self._agree = []

    def _feed_bar(self, character: str, here: int) -> None:
        text, firsts = self.text, self._firsts
        if character == "|" or (self._in_barline and character in _BARLINE):
            if self._in_barline:
                self._starts[-1] = here + 1
            else:
                first = firsts[-1] if firsts[-1] >= 0 else self._starts[-1]
                self._bars.append("".join(text[first:here]))
                self._begin_bar(here + 1)
                self._in_barline = True
            return
        self._in_barline = False
        first = firsts[-1]
        if first >= 0:
            offset = here - first
            self._agree = [j for j in self._agree if text[firsts[j] + offset] == character]
        elif character not in _LEAD:
            firsts[-1] = here
            self._agree = [
                j for j, other in enumerate(firsts[:-1]) if other >= 0 and text[other] == character
            ]

    def proposals(self) -> list[Proposal]:
        """What each source that has one proposes, in the order of SOURCES."""
        found: list[Proposal] = []
        if self._body:
            first = self._firsts[-1]
            if first < 0:
                self._propose_leads(found)
            elif self._agree:
                self._propose_bars(found, len(self.text) - first)
        if self._matches:
            length, place = max((length, place) for place, length in self._matches.items())
            if length >= SHORTEST_SUFFIX:
                found.append(Proposal(_SUFFIX, place, length, 0))
        return found

    def _propose_leads(self, found: list[Proposal]) -> None:
        """At a bar's beginning nothing can disagree yet: each lag's lead, or its first character."""
        text, bar, start = self.text, len(self._starts) - 1, self._starts[-1]
        own = text[start:]
        for source, lag in enumerate(LAGS):
            other = bar - lag
            if other < 0:
                break
            place = self._starts[other] + len(own)
            if text[self._starts[other] : place] != own:
                place = self._firsts[other]
                if place < 0:
                    continue
            if place < len(text):
                found.append(Proposal(source, place, 0, self._follows(other)))

    def _propose_bars(self, found: list[Proposal], offset: int) -> None:
        bar, firsts, agree = len(self._starts) - 1, self._firsts, self._agree
        for source, lag in enumerate(LAGS):
            other = bar - lag
            if other in agree:
                place = firsts[other] + offset
                found.append(Proposal(source, place, offset + 1, self._follows(other)))
        for source, other in enumerate(agree[:-3:-1], _LATEST):
            place = firsts[other] + offset
            found.append(Proposal(source, place, offset + 1, self._follows(other)))

    def _follows(self, other: int) -> int:
        """See Proposal.follows, for a source that names bar `other`."""
        if other < 1:
            return 0
        return 2 if self._bars[-1] == self._bars[other - 1] else 1


def memories(text: str) -> Iterator[TuneMemory]:
    """The memory before each of the T characters of a text and before its END: T + 1 times.

    One object, moving on: use it before asking for the next.
    """
    memory = TuneMemory()
    yield memory
    for character in text:
        memory.feed(character)
        yield memory
