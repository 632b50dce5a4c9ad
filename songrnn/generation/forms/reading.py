"""Reading the form of a tune."""

import re
from collections.abc import Sequence
from fractions import Fraction

from songrnn.generation.forms.form import BORDERS, ENDS, Form, PlannedBar, ways_to_write
from songrnn.generation.forms.written_bars import WrittenBars
from songrnn.generation.whole_bars.grammar_state import NOTES
from songrnn.notation.stream import StreamingReader

# Bars of a tune whose form is taken: whole bars end no song before, and lead none further.
FEWEST, MOST = 8, 48
# Of an earlier bar's notes: as many at the beginning of another are a likeness.
LIKE = 0.3
_BODY = re.compile(r"^K:.*\n", re.MULTILINE)
_RHYTHM = re.compile(r"^R:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_OTHER = re.compile(r"^[A-Za-z]:|\[[A-Za-z]:|%", re.MULTILINE)  # fields, comments
_NOTE = re.compile(r"[^A-Ga-gzxZ]*[A-Ga-gzxZ][,']*[\d/]*[<>)\-]*")


def form_of(text: str) -> Form | None:
    """The form of a tune; None for one with fields in its body, of too few or many bars, or whose
    bars whole bars would not allow."""
    header = _BODY.search(text)
    if header is None or _OTHER.search(text, header.end()):
        return None
    begun, body = text[: header.end()], text[header.end() :]
    reader, bars = StreamingReader(begun), WrittenBars()
    borders: list[str] = []
    lengths: list[Fraction] = []
    starts: list[StreamingReader] = []
    for character in body:
        before = None
        if not bars.in_border and character in "|:":
            before = reader.copy()
        outside = bars.in_border
        if bars.feed(character) and before is not None:
            before.settle()
            lengths.append(before.pulse.position)
        elif outside and not bars.in_border:
            borders.append(bars.border)
            starts.append(reader.copy())
        reader.feed(character)
    contents = bars.contents
    if not bars.in_border:  # no barline ends the tune
        reader.settle()
        lengths.append(reader.pulse.position)
        contents = (*contents, bars.content.rstrip(" \n`"))
    borders.append(bars.border if bars.in_border else "|")
    if bars.lost or not FEWEST <= len(contents) <= MOST or len(borders) != len(contents) + 1:
        return None
    tonic = begun[header.start() + 2 :].strip()[:1].upper()
    planned = []
    for number, (length, border) in enumerate(zip(lengths, borders[1:], strict=True)):
        kind = _kind(border, final=number == len(contents) - 1)
        if kind is None:
            return None
        like, share = likeness(contents, number)
        cadence, home = None, False
        if kind != "|" or number == len(contents) - 1:
            cadence, home = _cadence(starts[number], contents[number], tonic)
        planned.append(PlannedBar(length, kind, like, share, cadence, home))
    form = Form(reader.pulse.meter.length, rhythm_of(begun), ":" in borders[0], tuple(planned))
    return form if ways_to_write(form) is not None else None


def rhythm_of(header: str) -> str:
    """What R: says, in small letters; "" without one."""
    found = _RHYTHM.search(header)
    return found[1].lower() if found else ""


def notes_of(content: str) -> list[str]:
    """A bar's content cut before what each note begins with, its decorations and spaces included.

    >>> notes_of("(A>B) ^c/d/ z2")
    ['(A>', 'B)', ' ^c/', 'd/', ' z2']
    """
    return _NOTE.findall(content)


def likeness(contents: Sequence[str], number: int) -> tuple[int | None, float]:
    """The earlier bar that a bar says again, and how much of it, by notes from the beginning: the
    latest that it says as a whole, else the one it says most of; (None, 0) for less than LIKE."""
    own = _bare(contents[number])
    ours = notes_of(own)
    best: int | None = None
    most = 0.0
    for earlier in range(number - 1, -1, -1):
        other = _bare(contents[earlier])
        if other == own:
            return earlier, 1.0
        theirs = notes_of(other)
        same = 0
        while same < min(len(ours), len(theirs)) and ours[same] == theirs[same]:
            same += 1
        if same < len(theirs) and same / len(theirs) > max(most, LIKE - 1e-9):
            best, most = earlier, same / len(theirs)
    return best, round(most, 3)


def _bare(content: str) -> str:
    return content.replace(" ", "").replace("`", "").replace("\n", "")


def _kind(border: str, *, final: bool) -> str | None:
    """Which of BORDERS, or of ENDS, a border is."""
    ends, begins = border[:1] == ":", border[-1:] == ":" and len(border) > 1
    number = border[-1:] if border[-1:].isdigit() else ""
    if any(character.isdigit() for character in border[:-1]):
        return None
    if number:
        kind = number if number in "12" and ends == (number == "2") else ""
    elif ends:
        kind = "::" if begins else ":|"
    elif begins:
        kind = "|:"
    else:
        kind = "|" if border == "|" else "||"
    return kind if kind in (ENDS if final else BORDERS) else None


def _cadence(reader: StreamingReader, content: str, tonic: str) -> tuple[Fraction | None, bool]:
    """Quarter notes of the bar before its last note, and whether that is the tonic; None where
    the last note stands in a chord or a tuplet."""
    onset: Fraction | None = None
    home, before = False, ""
    for character in content:
        if character in NOTES and reader.mode == "token":
            settled = reader.copy()
            settled.settle()
            pulse = settled.pulse
            if not pulse.grace:
                plain = pulse.chord is None and not pulse.tuplet_left
                onset = pulse.position if plain else None
                home = character.upper() == tonic and before not in ("^", "_", "=")
        reader.feed(character)
        before = character
    return onset, home and onset is not None
