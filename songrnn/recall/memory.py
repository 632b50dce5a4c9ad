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
from typing import NamedTuple, Self

LAGS = (1, 2, 3, 4, 6, 8, 12, 16)  # bars
SOURCES = (*(f"lag-{lag}" for lag in LAGS), "latest", "earlier", "suffix")
_SOURCE_OF = {lag: source for source, lag in enumerate(LAGS)}
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


Found = tuple[int, int, int, int]  # a Proposal without its names


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
        "_match",
        "_matching",
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
        self._where: dict[
            str, tuple[int, ...]
        ] = {}  # the latest characters -> the places behind them
        self._match = -1  # of those places the one before which most characters agree
        self._matching = 0  # how many
        for character in text:
            self.feed(character)

    def copy(self) -> Self:
        """A memory of the same text, to go on with by itself."""
        other = type(self)()
        for name in self.__slots__:
            value = getattr(self, name)
            setattr(other, name, value.copy() if isinstance(value, list | dict) else value)
        return other

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
        self.text.append(character)
        end = "".join(self.text[-SHORTEST_SUFFIX:])
        places = self._where.get(end, ())
        # The longest match that goes on stays the longest, and the last of equally long ones.
        if self._match >= 0 and self.text[self._match] == character:
            self._match += 1
            self._matching += 1
        else:
            self._match, self._matching = self._longest(places)
        self._where[end] = (*places, here + 1)
        if self._body:
            self._feed_bar(character, here)
        elif character == "\n":
            if self.text[self._line : self._line + 2] == ["K", ":"]:
                self._body = True
                self._begin_bar(here + 1)
            self._line = here + 1

    def _longest(self, places: tuple[int, ...]) -> tuple[int, int]:
        """(place, characters) of the longest match among places that agree in SHORTEST_SUFFIX."""
        text, last = self.text, len(self.text) - 1
        best, length = -1, 0
        for place in reversed(places):
            if length and (place <= length or text[place - 1 - length] != text[last - length]):
                continue  # no longer than what was found
            n = SHORTEST_SUFFIX
            while n < place and text[place - 1 - n] == text[last - n]:
                n += 1
            if n > length:
                best, length = place, n
        return best, length

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
        return [Proposal(*row) for row in self.proposed()]

    def proposed(self) -> list[Found]:
        """The same as bare tuples, which are made four times as fast."""
        found: list[Found] = []
        if self._body:
            first = self._firsts[-1]
            if first < 0:
                self._propose_leads(found)
            elif self._agree:
                self._propose_bars(found, len(self.text) - first)
        if self._match >= 0:
            found.append((_SUFFIX, self._match, self._matching, 0))
        return found

    def _propose_leads(self, found: list[Found]) -> None:
        """At a bar's beginning nothing can disagree yet: each lag's lead, or its first character."""
        text, starts, firsts, bars = self.text, self._starts, self._firsts, self._bars
        bar, own = len(starts) - 1, text[starts[-1] :]
        for source, lag in enumerate(LAGS):
            other = bar - lag
            if other < 0:
                break
            place = starts[other] + len(own)
            if text[starts[other] : place] != own:
                place = firsts[other]
                if place < 0:
                    continue
            if place < len(text):
                follows = (1 + (bars[-1] == bars[other - 1])) if other else 0
                found.append((source, place, 0, follows))

    def _propose_bars(self, found: list[Found], offset: int) -> None:
        """The bars that this one agrees with: those at a lag, then the latest two."""
        bar, firsts, bars = len(self._starts) - 1, self._firsts, self._bars
        latest: list[Found] = []
        for other in reversed(self._agree):
            source = _SOURCE_OF.get(bar - other)
            if source is None and len(latest) == 2:
                continue
            place, agreeing = firsts[other] + offset, offset + 1
            follows = (1 + (bars[-1] == bars[other - 1])) if other else 0
            if source is not None:
                found.append((source, place, agreeing, follows))
            if len(latest) < 2:
                latest.append((_LATEST + len(latest), place, agreeing, follows))
        found += latest


def memories(text: str) -> Iterator[TuneMemory]:
    """The memory before each of the T characters of a text and before its END: T + 1 times.

    One object, moving on: use it before asking for the next.
    """
    memory = TuneMemory()
    yield memory
    for character in text:
        memory.feed(character)
        yield memory
