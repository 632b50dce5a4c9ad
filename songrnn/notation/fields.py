"""The fields of a tune as they are read, and what each of them changes (ABC 2.1, 3).

A field that means nothing for the music, such as a title, is kept as it is.
"""

from collections.abc import Callable
from fractions import Fraction

from songrnn.notation.clefs import parse_settings
from songrnn.notation.directives import obey
from songrnn.notation.headers import C_MAJOR, COMMENT, FREE, parse_key, parse_tempo
from songrnn.notation.reading import Kind, Placed, Tempo, TuneField
from songrnn.notation.sheet import Sheet
from songrnn.notation.tables import HEADER_FIELDS, TEXT_FIELDS
from songrnn.notation.text_strings import text_of
from songrnn.notation.voices import Voices


class Fields:
    """found: all in order. header: the first value of each letter in the header. tempos: where
    each holds from, in every voice."""

    def __init__(self, sheet: Sheet, voices: Voices) -> None:
        self._sheet = sheet
        self._voices = voices
        self.found: list[TuneField] = []
        self.header: dict[str, str] = {}
        self.tempos: list[Placed[Tempo]] = []

    def add(
        self, start: int, end: int, name: str, *, header: bool = False, inline: bool = False
    ) -> None:
        """A field: its kinds, its place in `found`, and what it changes."""
        sheet = self._sheet
        value_start = start + (3 if inline else 2)
        value_end = end - 1 if inline and sheet.text[end - 1] == "]" else end
        if inline:
            sheet.paint(start, end, Kind.INLINE_FIELD)
        else:
            sheet.paint(start, value_start, Kind.FIELD_NAME)
            comment = COMMENT.search(sheet.text, value_start, end)
            if comment:
                value_end = comment.start()
                sheet.paint(value_end, end, Kind.COMMENT)
            kind = Kind.LYRICS if name == "w" else Kind.FIELD_VALUE
            sheet.paint(value_start, value_end, kind)
        value = sheet.text[value_start:value_end].strip()
        field = TuneField((start, end), name, value, inline)
        self.found.append(field)
        if header and name not in self.header:
            self.header[name] = text_of(value) if name in TEXT_FIELDS else value
        effect = EFFECTS.get(name)
        if effect is not None:
            effect(self, field, header)
        elif name not in HEADER_FIELDS:
            sheet.report("unknown-field", start, end, text=name)

    def ignore(self, start: int, end: int, name: str) -> None:
        """A field of the header that stands in the body: kept, and nothing comes of it (3)."""
        sheet = self._sheet
        sheet.paint(start, start + 2, Kind.FIELD_NAME)
        sheet.paint(start + 2, end, Kind.FIELD_VALUE)
        self.found.append(TuneField((start, end), name, sheet.text[start + 2 : end].strip(), False))
        sheet.report("field-after-key", start, end, text=name)

    def end_header(self) -> None:
        """What the header left open: the unit length, a key, a meter, a tempo."""
        voice = self._voices.first
        voice.pulse.begin()
        nowhere = (0, 0)
        if not voice.keys:
            voice.keys.append(Placed(nowhere, Fraction(0), 0, C_MAJOR))
        if not voice.meters:
            voice.meters.append(Placed(nowhere, Fraction(0), 0, FREE))
        for field in self.found:
            # A tempo in unit lengths waits for the unit (3.1.8), which L: may give after Q:.
            if field.name == "Q" and not self.tempos:
                self._tempo(field, False)
        self._voices.begin()

    # What each changes --------------------------------------------------------------------------

    def _complain(self, field: TuneField, code: str, message: str | None) -> None:
        if message is not None:
            self._sheet.report(code, *field.span, message=message)

    def _key(self, field: TuneField, header: bool) -> None:
        voice = self._voices.current
        key, problem = parse_key(field.value)
        self._complain(field, "bad-key", problem)
        voice.apply(parse_settings(field.value), field.span)
        if key is None and voice.keys:
            return
        voice.accidentals.change_key(key or C_MAJOR)
        voice.put(voice.keys, field.span, key or C_MAJOR)

    def _meter(self, field: TuneField, header: bool) -> None:
        voice = self._voices.current
        self._complain(field, "bad-meter", voice.pulse.set_meter(field.value))
        voice.put(voice.meters, field.span, voice.pulse.meter)

    def _unit(self, field: TuneField, header: bool) -> None:
        self._complain(field, "bad-unit", self._voices.current.pulse.set_unit(field.value))

    def _tempo(self, field: TuneField, header: bool) -> None:
        if header:
            return
        voice = self._voices.current
        tempo, message = parse_tempo(field.value, voice.pulse.unit)
        self._complain(field, "bad-tempo", message)
        if tempo is not None:
            voice.put(self.tempos, field.span, tempo)

    def _voice(self, field: TuneField, header: bool) -> None:
        if header:
            self._voices.declare(field.value)
        else:
            self._voices.choose(field.value, field.span[0])

    def _part(self, field: TuneField, header: bool) -> None:
        if not header and field.value:
            self._voices.begin_part(field)

    def _words(self, field: TuneField, header: bool) -> None:
        if not header:
            at = self._sheet.text.find(field.value, field.span[0] + 2)
            self._voices.current.sing(at, field.value)

    def _define(self, field: TuneField, header: bool) -> None:
        self._voices.current.marks.define(field.value)

    def _macro(self, field: TuneField, header: bool) -> None:
        self._sheet.report("macro-skipped", *field.span)

    def _instruction(self, field: TuneField, header: bool) -> None:
        obey(field.value, *field.span, self._voices.current, self._sheet)


# Which fields change the music that follows (3.1, 3.2); the others are words.
EFFECTS: dict[str, Callable[[Fields, TuneField, bool], None]] = {
    "K": Fields._key,
    "M": Fields._meter,
    "L": Fields._unit,
    "Q": Fields._tempo,
    "V": Fields._voice,
    "P": Fields._part,
    "w": Fields._words,
    "U": Fields._define,
    "m": Fields._macro,
    "I": Fields._instruction,
}
