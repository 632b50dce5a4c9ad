"""ABC text to a Reading: what each character is, and which characters made each note.

`read` takes any text whatever, never raises, and takes time in proportion to the text. The tokens
are those of `tables.TOKEN`; what each does stands in `TOKENS` below. Notes are placed in time by
`voice`, fields take effect in `fields`, problems are worded in `problems`.
Section numbers are of the ABC 2.1 standard.
"""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from songrnn.notation.bars import bar_problems
from songrnn.notation.fields import Fields
from songrnn.notation.marks import paint_quote
from songrnn.notation.note_text import note_text
from songrnn.notation.problems import MOST_PROBLEMS
from songrnn.notation.reading import Kind, Reading
from songrnn.notation.sheet import Sheet
from songrnn.notation.tables import HEADER_FIELDS, TOKEN
from songrnn.notation.voice import VoiceReader, paint_length

_HEADER_LINE = re.compile(
    r"(?P<name>[" + "".join(sorted(HEADER_FIELDS)) + r"]):(?P<value>[^\r\n]*)"
)
_LINE_END = re.compile(r"\r?\n|\r")
_LINE = re.compile(r"[^\r\n]*")
_SPACES = re.compile(r"[\r\n]+|[ \t]+")
_AFTER_BACKSLASH = 80  # characters looked at to see whether a line ends there


def read(text: str) -> Reading:
    """Read a text as one ABC tune (or a fragment of one): the first of several, the first voice.

    Never raises; what is not understood is in `problems`, its characters are `Kind.UNKNOWN`.

    >>> [(e.pitches, str(e.duration)) for e in read("L:1/4\\nK:G\\nF>G|").events]
    [((66,), '3/2'), ((67,), '1/2')]
    """
    tune = _Tune(text)
    tune.read_header()
    tune.read_body()
    tune.finish()
    return tune.reading()


class _Tune:
    """One pass over one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.sheet = Sheet(text)
        self.voice = VoiceReader(self.sheet)
        self.fields = Fields(self.sheet, self.voice)
        self.after_bar = False  # an ending's number may follow
        self.body = 0
        self.end = len(text)

    def reading(self) -> Reading:
        """What was found."""
        sheet, voice, fields = self.sheet, self.voice, self.fields
        found = Reading(
            text=self.text,
            kinds=np.frombuffer(bytes(sheet.kinds), dtype=np.uint8),
            fields=tuple(fields.found),
            events=tuple([draft.event() for draft in voice.drafts]),
            barlines=tuple(voice.bars.found),
            header=fields.header,
            body=self.body,
            end=self.end,
            keys=tuple(fields.keys),
            meters=tuple(fields.meters),
            tempos=tuple(fields.tempos),
            marks=tuple(voice.marks.found),
            slurs=tuple(voice.marks.slurs),
        )
        problems = [*sheet.problems, *bar_problems(found)]
        problems.sort(key=lambda problem: problem.span)
        return replace(found, problems=tuple(problems[:MOST_PROBLEMS]))

    # The pass -----------------------------------------------------------------------------------

    def read_header(self) -> None:
        text, sheet, at, length = self.text, self.sheet, 0, len(self.text)
        named_key = False
        first = None
        while at < length and not named_key:
            line = _LINE.match(text, at)
            line_end = line.end() if line else length
            match = _HEADER_LINE.match(text, at)
            if match is not None:
                name = match["name"]
                first = first or name
                named_key = name == "K"
                self.fields.add(at, line_end, name, header=True)
            elif text[at] == "%":
                sheet.paint(at, line_end, Kind.COMMENT)
                self.fields.directive(text[at:line_end])
            elif not text[at:line_end].strip():
                sheet.paint(at, line_end, Kind.SPACE)
            else:
                break
            newline = _LINE_END.match(text, line_end)
            at = line_end
            if newline:
                sheet.paint(at, newline.end(), Kind.NEWLINE)
                at = newline.end()
        self.body = at
        self.fields.end_header()
        if first is not None and first != "X":
            sheet.report("no-number", 0, 1)
        if not named_key:
            # Of a fragment nobody expects a header.
            sheet.report(
                "no-key", max(at - 1, 0), at, severity="warning" if first is None else None
            )

    def read_body(self) -> None:
        text, kinds, pulse = self.text, self.sheet.kinds, self.voice.pulse
        empty_line = True
        for match in TOKEN.finditer(text, self.body):
            name = match.lastgroup or "unknown"
            start, end = match.span()
            kind, handle = TOKENS[name]
            if kind is not None:
                if end - start == 1:
                    kinds[start] = kind
                else:
                    kinds[start:end] = bytes([kind]) * (end - start)
            if name == "newline":
                if empty_line and self.voice.drafts:
                    self.end = start
                    break
                empty_line = True
            elif name == "field":
                if text[start] == "X":
                    self.end = start
                    break
                empty_line = False
            elif name != "space":
                empty_line = False
            if (pulse.muted or (pulse.overlay and name != "bar")) and name not in HEARD_WHEN_MUTED:
                self.mute(name, start, end)
                continue
            if handle is not None:
                handle(self, start, end, match.group())
            if name not in ("space", "bar", "newline"):
                self.after_bar = False

    def finish(self) -> None:
        """The end of the tune; and what stands after it is no part of it (2.2.1)."""
        sheet, end = self.sheet, self.end
        self.voice.finish(end)
        sheet.flush()
        if end < len(self.text):
            rest = self.text[end:]
            for match in _SPACES.finditer(rest):
                kind = Kind.SPACE if match[0][0] in " \t" else Kind.NEWLINE
                sheet.paint(end + match.start(), end + match.end(), kind)
            if rest.strip():
                start = end + len(rest) - len(rest.lstrip())
                sheet.report("after-end", start, end + len(rest.rstrip()))
        if not any(draft.kind != "rest" for draft in self.voice.drafts):
            sheet.report("no-music", self.body, end)

    def mute(self, name: str, start: int, end: int) -> None:
        """Characters of another voice, or of a second layer of this bar, are named, not played."""
        if name == "note":
            self.sheet.kinds[start:end] = note_text(self.text[start:end]).kinds
        elif name == "rest":
            paint_length(self.sheet, start, end, Kind.REST)
        elif name == "close":
            paint_length(self.sheet, start, end, Kind.CHORD)
        elif name == "quote":
            paint_quote(self.sheet, start, end)
        elif name == "ending":
            self.sheet.paint(start, end, Kind.ENDING)

    # Tokens that are more than a call to the voice ------------------------------------------------

    def unknown(self, start: int, end: int, text: str) -> None:
        if text.isspace():
            self.sheet.paint(start, end, Kind.SPACE)
        elif text == "!":  # outdated: the end of a line of music (6.1.1)
            self.sheet.paint(start, end, Kind.CONTINUATION)
        else:
            self.sheet.unknown(start, end)

    def field(self, start: int, end: int, text: str) -> None:
        self.voice.close_open(start)
        self.fields.add(start, end, text[0])

    def inline(self, start: int, end: int, text: str) -> None:
        if len(text) == 2:  # "[K" and no colon: a chord that begins with a decoration
            self.sheet.paint(start, start + 1, Kind.CHORD)
            self.sheet.paint(start + 1, end, Kind.DECORATION)
            if not (self.voice.pulse.muted or self.voice.pulse.overlay):
                self.voice.open_chord(start)
                self.letter(start + 1, end, text[1])
            return
        if text[-1] != "]":
            self.sheet.report("field-open", start, end, text=text[:3])
        self.fields.add(start, end, text[1], inline=True)

    def letter(self, start: int, end: int, text: str) -> None:
        if not self.voice.marks.letter(start, end, text):
            self.unknown(start, end, text)

    def bar(self, start: int, end: int, text: str) -> None:
        if text == ":":
            self.unknown(start, end, text)
        elif not self.voice.pulse.muted:
            self.voice.barline(start, end, text)
            self.after_bar = True

    def ending(self, start: int, end: int, text: str) -> None:
        if text[0] == "[" or self.after_bar:
            self.voice.ending(start, end, text)
        else:
            self.unknown(start, end, text)

    def overlay(self, start: int, end: int, _: str) -> None:
        self.voice.close_open(start)
        self.voice.pulse.overlay = True
        self.sheet.report("overlay-skipped", start, end)

    def backslash(self, start: int, end: int, text: str) -> None:
        """At the end of a line: the music goes on in the next one (6.1.1)."""
        rest = self.text[end : end + _AFTER_BACKSLASH].split("\n", 1)[0].lstrip()
        if not rest or rest[0] == "%":
            self.sheet.paint(start, end, Kind.CONTINUATION)
        else:
            self.unknown(start, end, text)


Handle = Callable[[_Tune, int, int, str], None]
# What a token is and does: the kind of all its characters, None where they differ, and what is
# called with its beginning, its end and its text. `stream.StreamingReader` has the same table for
# time alone; tests/notation/test_stream.py holds the two together.
TOKENS: dict[str, tuple[Kind | None, Handle | None]] = {
    "note": (None, lambda tune, *token: tune.voice.note(*token)),
    "rest": (None, lambda tune, *token: tune.voice.rest(*token)),
    "space": (Kind.SPACE, None),
    "spacer": (Kind.SPACE, None),
    "backtick": (Kind.BACKTICK, None),
    "newline": (Kind.NEWLINE, lambda tune, start, *_: tune.voice.close_chord_at_line_end(start)),
    "bar": (Kind.BARLINE, _Tune.bar),
    "ending": (None, _Tune.ending),
    "broken": (Kind.BROKEN_RHYTHM, lambda tune, *token: tune.voice.broken(*token)),
    "tuplet": (Kind.TUPLET, lambda tune, *token: tune.voice.tuplet(*token)),
    "slur": (Kind.SLUR, lambda tune, *token: tune.voice.slur(*token)),
    "tie": (Kind.TIE, lambda tune, *token: tune.voice.tie(*token)),
    "open": (Kind.CHORD, lambda tune, start, *_: tune.voice.open_chord(start)),
    "close": (None, lambda tune, *token: tune.voice.close_chord(*token)),
    "grace": (Kind.GRACE, lambda tune, *token: tune.voice.grace(*token)),
    "letter": (Kind.DECORATION, _Tune.letter),
    "decoration": (Kind.DECORATION, lambda tune, *token: tune.voice.marks.decoration(*token)),
    "quote": (None, lambda tune, *token: tune.voice.marks.quote(*token)),
    "overlay": (Kind.BARLINE, _Tune.overlay),
    "field": (None, _Tune.field),
    "inline": (Kind.INLINE_FIELD, _Tune.inline),
    "comment": (Kind.COMMENT, lambda tune, start, end, text: tune.fields.directive(text)),
    "backslash": (Kind.UNKNOWN, _Tune.backslash),
    "accidental": (Kind.UNKNOWN, _Tune.unknown),
    "unknown": (Kind.UNKNOWN, _Tune.unknown),
}
# What another voice than the first has in common with it: fields and lines.
HEARD_WHEN_MUTED = frozenset(["field", "inline", "newline", "comment", "backslash", "space"])
