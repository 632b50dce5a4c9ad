"""Where in the music a text that is still being written ends."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from songrnn.notation.pulse import Pulse

if TYPE_CHECKING:
    from songrnn.notation.stream import StreamingReader

Inside = Literal[
    "header", "field", "music", "chord", "grace", "quote", "decoration", "comment", "ended"
]


@dataclass(frozen=True, slots=True)
class Position:
    """Where the text so far ends.

    inside: what the next character stands in; "header" is the start of a line of it, "field" a
        field's value (also of a field within the tune), "music" everything else of the tune.
    field: the letter of the field it is inside, else "".
    beat: quarter notes since the barline, as `read` of the text so far would count them.
    expected: quarter notes of a whole bar, None when the meter is free.
    extensible: the last token is a note, rest or closed chord that a length may still follow.
    token: the characters of the token that is not complete yet ("" when none is).
    chord, grace: open brackets. tuplet_left: notes that the tuplet still lacks.
    broken: the next note is the second half of a broken rhythm.
    slurs: open ones. bar: barlines that ended a bar so far. notes: events in this bar.
    repeat: a |: waits for its :|. ending: numbers have been given since then.
    muted: in a voice that is not played, or in a second layer of the bar.
    """

    inside: Inside
    field: str
    beat: Fraction
    expected: Fraction | None
    extensible: bool
    token: str
    chord: bool
    grace: bool
    tuplet_left: int
    broken: bool
    slurs: int
    bar: int
    notes: int
    repeat: bool
    ending: bool
    muted: bool


def position_of(reader: "StreamingReader") -> Position:
    """Where a reader's text so far ends, an unfinished token counted as if it were complete."""
    settled = reader.copy()
    settled.settle()
    pulse = settled.pulse
    own = reader.pulse
    mode = reader.mode
    field = ""
    inside: Inside
    if mode in ("header field", "field"):
        inside, field = "field", reader.pending[0]
    elif mode == "inline":
        inside, field = "field", reader.pending[1]
    elif mode in ("quote", "comment", "ended"):
        inside = mode
    elif mode == "block":
        inside = "comment"
    elif mode == "header":
        inside = "header"
    elif reader.in_decoration:
        inside = "decoration"
    elif own.chord is not None or reader.pending == "[":
        inside = "chord"
    else:
        inside = "grace" if pulse.grace else "music"
    token = reader.pending if mode in ("token", "header") else ""
    return Position(
        inside=inside,
        field=field,
        beat=settled.time.beat,
        expected=pulse.meter.length,
        extensible=mode == "token" and _extensible(token, own),
        token=token,
        chord=pulse.chord is not None,
        grace=pulse.grace,
        tuplet_left=pulse.tuplet_left,
        broken=pulse.factor != 1,
        slurs=settled.time.slurs,
        bar=settled.time.bar,
        notes=settled.time.notes,
        repeat=settled.time.repeat,
        ending=settled.time.ending,
        muted=pulse.muted or pulse.overlay,
    )


def _extensible(token: str, pulse: Pulse) -> bool:
    """Whether a length may follow what stands here."""
    if not token or pulse.grace:
        return False
    return token[-1] in "ABCDEFGabcdefgzxZX,'0123456789/" or token == "]"
