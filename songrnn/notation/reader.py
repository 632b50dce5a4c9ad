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
from songrnn.notation.blocks import begins_block, end_of_block
from songrnn.notation.directives import obey
from songrnn.notation.fields import Fields
from songrnn.notation.header_lines import HEADER_KINDS, header_lines
from songrnn.notation.macros import written_out
from songrnn.notation.note_text import chord_of_old
from songrnn.notation.order import unclosed_repeats
from songrnn.notation.origins import as_in_original
from songrnn.notation.problems import MOST_PROBLEMS, problem
from songrnn.notation.reading import Kind, Reading, Severity
from songrnn.notation.sheet import Sheet
from songrnn.notation.tables import BODY_FIELDS, RESERVED_CHARACTERS, TOKEN
from songrnn.notation.voice import VoiceReader
from songrnn.notation.voices import Voices

_LINE_END = re.compile(r"\r?\n|\r")
_SPACES = re.compile(r"[\r\n]+|[ \t]+")
_AFTER_BACKSLASH = 80  # characters looked at to see whether a line ends there


def read(text: str) -> Reading:
    """Read a text as one ABC tune (or a fragment of one): the first of several, all its voices.

    Never raises; what is not understood is in `problems`, its characters are `Kind.UNKNOWN`.

    >>> [(e.pitches, str(e.duration)) for e in read("L:1/4\\nK:G\\nF>G|").events]
    [((66,), '3/2'), ((67,), '1/2')]
    """
    reading = _read(text)
    if (played := written_out(text)) is None:
        return reading
    return as_in_original(_read(played.text), reading, played.origins)


def _read(text: str) -> Reading:
    """The text as it stands, its macros not written out."""
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
        self.voices = Voices(self.sheet)
        self.fields = Fields(self.sheet, self.voices)
        self.after_bar = False  # an ending's number may follow
        self.body = 0
        self.end = len(text)

    @property
    def voice(self) -> VoiceReader:
        """The voice, or overlay, that the music is in."""
        return self.voices.current

    def reading(self) -> Reading:
        """What was found."""
        sheet, fields = self.sheet, self.fields
        whole = Reading(
            text=self.text,
            kinds=np.frombuffer(bytes(sheet.kinds), dtype=np.uint8),
            fields=tuple(fields.found),
            header=fields.header,
            body=self.body,
            end=self.end,
            tempos=tuple(fields.tempos),
        )
        voices = [
            _of_voice(whole, voice, index) for index, voice in enumerate(self.voices.in_order())
        ]
        problems = [*sheet.problems]
        for voice in voices:
            if not voice.layer:
                problems += bar_problems(voice)
                problems += [problem("repeat-open", *b.span) for b in unclosed_repeats(voice)]
        problems.sort(key=lambda found: found.span)
        return replace(
            voices[0], problems=tuple(problems[:MOST_PROBLEMS]), voices=tuple(voices[1:])
        )

    # The pass -----------------------------------------------------------------------------------

    def read_header(self) -> None:
        """Everything up to K: (3); of a fragment, up to the first line that is not a field."""
        sheet, fields = self.sheet, self.fields
        first, named_key, at = None, False, 0
        for line in header_lines(self.text):
            at = line.end
            if line.kind == "field":
                first = first or line.name
                named_key = line.name == "K"
                fields.add(line.start, line.end, line.name, header=True)
            elif line.kind == "directive":
                sheet.paint(line.start, line.end, Kind.COMMENT)
                obey(self.text[line.start + 2 : line.end], line.start, line.end, self.voice, sheet)
            elif line.kind == "text":
                sheet.paint(line.start, line.end, Kind.COMMENT)
                sheet.report("header-text", line.start, line.end)
            else:
                sheet.paint(line.start, line.end, HEADER_KINDS[line.kind])
            newline = _LINE_END.match(self.text, at)
            if newline:
                sheet.paint(at, newline.end(), Kind.NEWLINE)
                at = newline.end()
        self.body = at
        fields.end_header()
        if first is not None and first != "X":
            sheet.report("no-number", 0, 1)
        if not named_key:
            # Of a fragment nobody expects a header.
            severity: Severity | None = "warning" if first is None else None
            sheet.report("no-key", max(at - 1, 0), at, severity=severity)

    def read_body(self) -> None:
        at: int | None = self.body
        while at is not None:
            at = self.read_tokens(at)

    def read_tokens(self, at: int) -> int | None:
        """Read from `at` on; where to go on after a block that is not music, None at the end."""
        text, kinds, voices = self.text, self.sheet.kinds, self.voices
        empty_line = at == self.body
        for match in TOKEN.finditer(text, at):
            name = match.lastgroup or "unknown"
            start, end = match.span()
            if name == "note":  # most tokens are notes
                voices.current.note(start, end, match.group())
                empty_line = self.after_bar = False
                continue
            kind, handle = TOKENS[name]
            if kind is not None:
                if end - start == 1:
                    kinds[start] = kind
                else:
                    kinds[start:end] = bytes([kind]) * (end - start)
            if name == "newline":
                if empty_line and self.sheet.has_music(start):
                    self.end = start
                    return None
                empty_line = True
            elif name == "field":
                if text[start] == "X":
                    self.end = start
                    return None
                empty_line = False
            elif name == "comment":
                empty_line = False
                if (block := begins_block(text, start)) is not None:
                    return self.block(start, block)
            elif name != "space":
                empty_line = False
            if handle is not None:
                handle(self, start, end, match.group())
            if name not in ("space", "bar", "newline", "backslash", "comment"):
                self.after_bar = False
        return None

    def block(self, start: int, name: str) -> int:
        """%%begintext … %%endtext and their like are no music (11); where the block ends."""
        end, closed = end_of_block(self.text, start, name)
        self.sheet.paint(start, end, Kind.COMMENT)
        if not closed:
            self.sheet.report("block-open", start, end, name=name)
        return end

    def finish(self) -> None:
        """The end of the tune; and what stands after it is no part of it (2.2.1)."""
        sheet, end = self.sheet, self.end
        self.voices.end_overlays(end)
        for voice in self.voices.read:
            voice.finish(end)
        sheet.flush()
        if end < len(self.text):
            rest = self.text[end:]
            for match in _SPACES.finditer(rest):
                kind = Kind.SPACE if match[0][0] in " \t" else Kind.NEWLINE
                sheet.paint(end + match.start(), end + match.end(), kind)
            if rest.strip():
                start = end + len(rest) - len(rest.lstrip())
                sheet.report("after-end", start, end + len(rest.rstrip()))
        if not any(draft.kind != "rest" for voice in self.voices.read for draft in voice.drafts):
            sheet.report("no-music", self.body, end)

    # Tokens that are more than a call to the voice ------------------------------------------------

    def unknown(self, start: int, end: int, text: str) -> None:
        if text.isspace():
            self.sheet.paint(start, end, Kind.SPACE)
        elif text == "!":  # outdated: the end of a line of music (6.1.1)
            self.sheet.paint(start, end, Kind.CONTINUATION)
        elif text in RESERVED_CHARACTERS:
            self.sheet.report("reserved-character", start, end, text=text)
        else:
            self.sheet.unknown(start, end)

    def field(self, start: int, end: int, text: str) -> None:
        self.voice.close_open(start)
        if text[0] in BODY_FIELDS:
            self.fields.add(start, end, text[0])
        else:
            self.fields.ignore(start, end, text[0])

    def inline(self, start: int, end: int, text: str) -> None:
        if len(text) == 2:  # "[K" and no colon: a chord that begins with a decoration
            self.sheet.paint(start, start + 1, Kind.CHORD)
            self.sheet.paint(start + 1, end, Kind.DECORATION)
            self.voice.open_chord(start)
            self.letter(start + 1, end, text[1])
            return
        if text[-1] != "]":
            self.sheet.report("field-open", start, end, text=text[:3])
        self.fields.add(start, end, text[1], inline=True)

    def letter(self, start: int, end: int, text: str) -> None:
        if not self.voice.marks.letter(start, end, text):
            self.unknown(start, end, text)

    def decoration(self, start: int, end: int, text: str) -> None:
        notes = chord_of_old(text)
        if not notes:
            self.voice.marks.decoration(start, end, text)
            return
        self.sheet.paint(start, end, Kind.CHORD)
        self.voice.open_chord(start)
        for begin, stop in notes:
            self.voice.note(start + begin, start + stop, text[begin:stop])
        self.voice.close_chord(end - 1, end, "]")

    def bar(self, start: int, end: int, text: str) -> None:
        if text == ":":
            self.unknown(start, end, text)
        else:
            self.voices.end_bar(start)
            self.voice.barline(start, end, text)
            self.after_bar = True

    def overlay(self, start: int, end: int, text: str) -> None:
        if text == "(&":
            self.voices.open_overlays(start)
        elif text[0] == "&" and text[-1] == "&":
            self.voices.overlay(start)
        elif not self.voices.end_overlays(start, closed=True):
            self.unknown(start, end, text)

    def ending(self, start: int, end: int, text: str) -> None:
        if text[0] == "[" or self.after_bar:
            self.voice.ending(start, end, text)
        else:
            self.unknown(start, end, text)

    def comment(self, start: int, end: int, text: str) -> None:
        if text[:2] == "%%":
            obey(text[2:], start, end, self.voice, self.sheet)

    def backslash(self, start: int, end: int, text: str) -> None:
        """At the end of a line: the music goes on in the next one (6.1.1)."""
        rest = self.text[end : end + _AFTER_BACKSLASH].split("\n", 1)[0].lstrip()
        if not rest or rest[0] == "%":
            self.sheet.paint(start, end, Kind.CONTINUATION)
        else:
            self.unknown(start, end, text)


def _of_voice(whole: Reading, voice: VoiceReader, index: int) -> Reading:
    """The reading of one voice; they share text, kinds, fields and tempos."""
    return replace(
        whole,
        events=tuple([draft.event(index) for draft in voice.drafts]),
        barlines=voice.barlines,
        keys=tuple(voice.keys),
        meters=tuple(voice.meters),
        marks=tuple(voice.marks.found),
        slurs=tuple(voice.marks.slurs),
        lyrics=tuple(voice.words.found),
        clefs=tuple(voice.clefs),
        parts=tuple(voice.parts),
        voice=voice.name or "",
        title=voice.title,
        layer=voice.layer,
    )


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
    "newline": (Kind.NEWLINE, lambda tune, start, *_: tune.voice.end_line(start)),
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
    "decoration": (Kind.DECORATION, _Tune.decoration),
    "quote": (None, lambda tune, *token: tune.voice.marks.quote(*token)),
    "overlay": (Kind.BARLINE, _Tune.overlay),
    "field": (None, _Tune.field),
    "inline": (Kind.INLINE_FIELD, _Tune.inline),
    "comment": (Kind.COMMENT, _Tune.comment),
    "backslash": (Kind.UNKNOWN, _Tune.backslash),
    "accidental": (Kind.UNKNOWN, _Tune.unknown),
    "unknown": (Kind.UNKNOWN, _Tune.unknown),
}
