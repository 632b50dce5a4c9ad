"""The text of a bar cut where its notes begin, each piece with its time."""

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from songrnn.notation.stream import StreamingReader

_NOTE = re.compile(r"[^A-Ga-gzxZ]*[A-Ga-gzxZ][,']*[\d/]*[<>)\-]*")


def notes_of(content: str) -> list[str]:
    """A bar's content cut before what each note begins with, its decorations and spaces included.

    >>> notes_of("(A>B) ^c/d/ z2")
    ['(A>', 'B)', ' ^c/', 'd/', ' z2']
    """
    return _NOTE.findall(content)


@lru_cache(maxsize=4096)
def joints(header: str, content: str) -> tuple[tuple[Fraction, int], ...]:
    """Where a bar can be taken apart: quarter notes since its beginning, and place in its content.

    Of the beginnings of notes those outside of chords, tuplets, grace notes, slurs, broken rhythms
    and texts in quotes, whose letters are no notes; the first and, unless something is still open there, the end among them. header: what
    stands before the body, with its K:.

    >>> [place for _, place in joints("M:4/4\\nL:1/8\\nK:C\\n", "A>B (cd) (3efg a2")]
    [0, 3, 8, 14, 17]
    """
    reader = StreamingReader(header)
    tokens = notes_of(content)
    if tokens:
        tokens[-1] += content[len("".join(tokens)) :]
    found = []
    place, before = 0, ""
    for token in [*tokens, ""]:
        settled = reader.copy()
        settled.settle()
        pulse = settled.pulse
        quoted = reader.mode == "quote"
        whole = not (quoted or pulse.grace or pulse.chord is not None or pulse.tuplet_left)
        if whole and not settled.time.slurs and before not in ("<", ">"):
            found.append((pulse.position, place))
        for before in token:
            reader.feed(before)
        place += len(token)
    return tuple(found)


def pieces(header: str, content: str) -> list[tuple[Fraction, Fraction, str]]:
    """What stands between one joint of a bar and the next: from, to and text, without spaces."""
    places = joints(header, content)
    return [
        (onset, end, bare(content[start:stop])) for (onset, start), (end, stop) in pairwise(places)
    ]


def stretch(header: str, content: str, span: tuple[Fraction, Fraction]) -> str:
    """The text of a bar between two of its joints, in quarter notes; "" where it has none there.

    >>> stretch("M:4/4\\nL:1/8\\nK:C\\n", "A2 Bc d4", (Fraction(1), Fraction(2)))
    ' Bc'
    """
    places = dict(joints(header, content))
    if not places.keys() >= set(span):
        return ""
    return content[places[span[0]] : places[span[1]]]


def going_on(contents: Sequence[str], content: str, share: Fraction) -> str:
    """The characters with which a bar that has begun would say again so much of an earlier one, a
    share of its notes from the beginning, or more.

    >>> going_on(["ABcdef", "gfed"], "AB", Fraction(1, 2))
    'c'
    """
    said = content.rstrip(" `")
    number = len(notes_of(said)) + 1
    found = set()
    for other in contents if number > 1 else ():
        if other.startswith(said) and number >= share * len(notes_of(other)):
            following = other[len(said) :].lstrip(" `")[:1]
            if following.isalpha() or following in ("^", "_", "="):
                found.add(following)
    return "".join(sorted(found))


def bare(content: str) -> str:
    """A bar's content without what nobody hears: spaces and the like."""
    return content.replace(" ", "").replace("`", "").replace("\n", "")
