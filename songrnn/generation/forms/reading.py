"""Reading the form of a tune."""

import itertools
import re
from collections.abc import Sequence
from fractions import Fraction

from songrnn.generation.forms.bar_notes import bare, notes_of, pieces
from songrnn.generation.forms.form import BORDERS, ENDS, Form, PlannedBar, ways_to_write
from songrnn.generation.forms.written_bars import WrittenBars
from songrnn.generation.whole_bars.grammar_state import NOTES
from songrnn.notation.stream import StreamingReader

# Bars of a tune whose form is taken: whole bars end no song before, and lead none further.
FEWEST, MOST = 8, 48
# Of a bar's time: as much in common with an earlier bar is a likeness.
LIKE = Fraction(3, 10)
_BODY = re.compile(r"^K:.*\n", re.MULTILINE)
_RHYTHM = re.compile(r"^R:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_OTHER = re.compile(r"^[A-Za-z]:|\[[A-Za-z]:|%", re.MULTILINE)  # fields, comments


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
        like, share, same = likeness(begun, contents, number)
        cadence, home = None, False
        if kind != "|" or number == len(contents) - 1:
            cadence, home = _cadence(starts[number], contents[number], tonic)
        planned.append(PlannedBar(length, kind, like, share, cadence, home, same))
    form = Form(reader.pulse.meter.length, rhythm_of(begun), ":" in borders[0], tuple(planned))
    return form if ways_to_write(form) is not None else None


def rhythm_of(header: str) -> str:
    """What R: says, in small letters; "" without one."""
    found = _RHYTHM.search(header)
    return found[1].lower() if found else ""


def likeness(
    header: str, contents: Sequence[str], number: int
) -> tuple[int | None, float, tuple[tuple[Fraction, Fraction], ...]]:
    """The earlier bar that a bar is like: its number, 1 where it is said again as a whole, the
    latest that is; else the stretches of two notes or more, or from the beginning, that both have
    at the same time, of the bar with most in common. (None, 0, ()) for less than LIKE of its time.
    """
    own = bare(contents[number])
    for earlier in range(number - 1, -1, -1):
        if bare(contents[earlier]) == own:
            return earlier, 1.0, ()
    ours = pieces(header, contents[number])
    length = ours[-1][1] if ours else Fraction(0)
    best: int | None = None
    most = LIKE * length
    stretches: tuple[tuple[Fraction, Fraction], ...] = ()
    for earlier in range(number - 1, -1, -1):
        theirs = set(pieces(header, contents[earlier]))
        found = _stretches([(*piece, piece in theirs) for piece in ours])
        time = sum((end - start for start, end in found), Fraction(0))
        if time > most or (best is None and time == most > 0):
            best, most, stretches = earlier, time, found
    return best, 0.0, stretches


def _stretches(
    found: Sequence[tuple[Fraction, Fraction, str, bool]],
) -> tuple[tuple[Fraction, Fraction], ...]:
    """From and to of the longest runs of pieces that are the same, of two notes at least unless
    they begin the bar."""
    kept = []
    for same, group in itertools.groupby(found, lambda piece: piece[3]):
        run = list(group)
        notes = sum(len(notes_of(text)) for _, _, text, _ in run)
        if same and (notes > 1 or run[0][0] == 0):
            kept.append((run[0][0], run[-1][1]))
    return tuple(kept)


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
