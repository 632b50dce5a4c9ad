"""Many songs, the best first: by how typical they are, by the network's own likelihood, or as they
came.

A song that copies as many notes in a row as few held-out tunes do comes after those that do not,
and so does one that a limit ended: a ranking must not reward what was learned by heart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from songrnn.generation.composition import Composition
from songrnn.notation.reader import read
from songrnn.quality.novelty import Index
from songrnn.quality.typicality import Typicality

RankBy = Literal["typicality", "likelihood", "none"]
# Notes in a row that a training tune has too; 16 % of folk's validation tunes have so many.
COPIED = 16

MEANINGS: dict[RankBy, str] = {
    "typicality": "Log odds that it is a training tune and not a song of this run, by a classifier "
    "that knows where bars repeat, sections end and on which notes; 0 is undecided.",
    "likelihood": "Mean log-probability of its characters by the run's own judgement. It does not "
    "find better songs: what a network is sure of is plain.",
    "none": "The songs stay in the order of their seeds.",
}


@dataclass(frozen=True)
class Rank:
    """A song's place among those it was written with: 1 of `of` is the best.

    score: what it was ranked by; None when by nothing. copied: most notes in a row that some
    training tune has too, None when that is not known; held_back: it comes later for that.
    """

    place: int
    of: int
    by: RankBy
    score: float | None
    copied: int | None
    held_back: bool

    def sentence(self) -> str:
        """The rank in words."""
        if self.by == "none":
            return f"song {self.place} of {self.of}, in the order of the seeds"
        words = f"{_ordinal(self.place)} of {self.of} by {self.by} ({self.score:+.2f})"
        if self.held_back:
            words += f", held back for {self.copied} notes in a row from a training tune"
        return words


def rank(
    songs: Sequence[Composition],
    by: RankBy,
    *,
    typicality: Typicality | None = None,
    index: Index | None = None,
) -> list[tuple[Composition, Rank]]:
    """The songs, the best first; equal ones in the order they came.

    typicality: of the run; needed to rank by it (ValueError). index: of the training tunes; without
    it nothing is known of copying.
    """
    if by == "typicality" and typicality is None:
        raise ValueError("to rank by typicality a Typicality is needed")
    found = []
    for song in songs:
        reading = read(song.text)
        score: float | None = None
        if by == "typicality" and typicality is not None:
            score = typicality.score(reading)
        elif by == "likelihood":
            drawn = song.log_probabilities
            score = float(drawn.mean()) if len(drawn) else 0.0
        copied = None if index is None else index.look_up(reading).longest_notes
        held_back = by != "none" and copied is not None and copied >= COPIED
        found.append((song, score, copied, held_back))
    if by != "none":
        found.sort(key=lambda one: (one[3], one[0].stopped_by != "end", -(one[1] or 0.0)))
    return [
        (song, Rank(place, len(found), by, score, copied, held_back))
        for place, (song, score, copied, held_back) in enumerate(found, start=1)
    ]


def _ordinal(place: int) -> str:
    if place == 1:
        return "best"
    ending = {1: "st", 2: "nd", 3: "rd"}.get(place % 10 if place % 100 not in (11, 12, 13) else 0)
    return f"{place}{ending or 'th'}"
