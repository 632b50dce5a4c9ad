"""Words under the notes: w: lines, a syllable a note (ABC 2.1, 5.1)."""

import re
from typing import Literal

from songrnn.notation.reading import Lyric
from songrnn.notation.text_strings import text_of

# A syllable with the hyphen that may end it, or a sign that moves on by itself.
_TOKEN = re.compile(r"(?P<skip>[*_-])|(?P<bar>\|)|(?P<syllable>(?:\\-|[^\s*_|-])+)(?P<hyphen>-?)")
_MOST_VERSES = 32

# The events of a line that words are sung to: (index of the event, number of its bar).
Singable = list[tuple[int, int]]


class Words:
    """The words of one voice. Each line of music may be followed by several lines of them."""

    __slots__ = ("_end", "_start", "_verse", "_verse_of", "found")

    def __init__(self) -> None:
        self.found: list[Lyric] = []
        self._start = 0  # the line of music that words would belong to: events from here
        self._end = 0  # up to here
        self._verse_of = -1
        self._verse = 0

    def end_line(self, events: int) -> None:
        """A line of the text is over, so many events after the beginning of the tune."""
        if events > self._end:
            self._start, self._end = self._end, events

    def line(self) -> tuple[int, int]:
        """The events of the last line of music, from and up to."""
        return self._start, self._end

    def add(self, at: int, text: str, singable: Singable) -> None:
        """A w: line whose value begins at a character."""
        if self._verse_of != self._start:
            self._verse_of, self._verse = self._start, 0
        self._verse += 1
        if self._verse > _MOST_VERSES:
            return
        place = 0
        within = False  # a word goes on
        for match in _TOKEN.finditer(text):
            if place >= len(singable):
                break
            if match["skip"]:
                place += 1
            elif match["bar"]:
                bar = singable[place - 1][1] if place else singable[0][1] - 1
                while place < len(singable) and singable[place][1] <= bar:
                    place += 1
            else:
                goes_on = bool(match["hyphen"])
                syllabic: Literal["single", "begin", "middle", "end"] = (
                    "middle" if within and goes_on
                    else "end" if within
                    else "begin" if goes_on
                    else "single"
                )  # fmt: skip
                word = text_of(match["syllable"]).replace("\\-", "-").replace("~", " ")
                span = (at + match.start("syllable"), at + match.end("syllable"))
                self.found.append(Lyric(span, singable[place][0], self._verse, word, syllabic))
                within = goes_on
                place += 1
