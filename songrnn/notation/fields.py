"""The fields of a tune as they are read, and what each of them changes (ABC 2.1, 3).

A field that means nothing for the music, such as a title, is kept as it is.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from songrnn.notation.grid import to_quarters
from songrnn.notation.headers import C_MAJOR, COMMENT, FREE, parse_key, parse_tempo
from songrnn.notation.reading import Key, Kind, Meter, Placed, Tempo, TuneField
from songrnn.notation.sheet import Sheet
from songrnn.notation.voice import VoiceReader

_MOST_NAME = 20  # characters of a voice's name that a sentence quotes


class Fields:
    """found: all in order. header: the first value of each letter in the header. keys, meters,
    tempos: where each holds from."""

    def __init__(self, sheet: Sheet, voice: VoiceReader) -> None:
        self._sheet = sheet
        self._voice = voice
        self._skipped: set[str] = set()
        self.found: list[TuneField] = []
        self.header: dict[str, str] = {}
        self.keys: list[Placed[Key]] = []
        self.meters: list[Placed[Meter]] = []
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
        if header:
            self.header.setdefault(name, value)
        effect = EFFECTS.get(name)
        if effect is not None:
            effect(self, field, header)

    def end_header(self) -> None:
        """What the header left open: the unit length, a key, a meter, a tempo."""
        self._voice.pulse.begin()
        nowhere = (0, 0)
        if not self.keys:
            self.keys.append(Placed(nowhere, Fraction(0), 0, C_MAJOR))
        if not self.meters:
            self.meters.append(Placed(nowhere, Fraction(0), 0, FREE))
        for field in self.found:
            # A tempo in unit lengths waits for the unit (3.1.8), which L: may give after Q:.
            if field.name == "Q" and not self.tempos:
                self._tempo(field, False)

    def directive(self, line: str) -> None:
        """%%propagate-accidentals not | octave | pitch (11.3); others concern the page."""
        words = line[2:100].split()
        if len(words) > 1 and words[0] == "propagate-accidentals":
            self._voice.accidentals.propagate(words[1])

    # What each changes --------------------------------------------------------------------------

    def _put(self, into: list[Placed[Any]], field: TuneField, value: object, header: bool) -> None:
        """From here on; a second one before any music replaces the first."""
        voice = self._voice
        if header or not voice.begun:
            into.clear()
        into.append(Placed(field.span, to_quarters(voice.ticks), voice.bars.number, value))

    def _complain(self, field: TuneField, code: str, message: str | None) -> None:
        if message is not None:
            self._sheet.report(code, *field.span, message=message)

    def _key(self, field: TuneField, header: bool) -> None:
        parsed = parse_key(field.value)
        self._complain(field, "bad-key", parsed.problem)
        accidentals = self._voice.accidentals
        if parsed.octave is not None:
            accidentals.octave = parsed.octave
        if parsed.key is None and self.keys:
            return
        key = parsed.key or C_MAJOR
        accidentals.change_key(key)
        self._put(self.keys, field, key, header)

    def _meter(self, field: TuneField, header: bool) -> None:
        pulse = self._voice.pulse
        self._complain(field, "bad-meter", pulse.set_meter(field.value))
        self._put(self.meters, field, pulse.meter, header)

    def _unit(self, field: TuneField, header: bool) -> None:
        self._complain(field, "bad-unit", self._voice.pulse.set_unit(field.value))

    def _tempo(self, field: TuneField, header: bool) -> None:
        if header:
            return
        tempo, message = parse_tempo(field.value, self._voice.pulse.unit)
        self._complain(field, "bad-tempo", message)
        if tempo is not None:
            self._put(self.tempos, field, tempo, False)

    def _voice_field(self, field: TuneField, header: bool) -> None:
        pulse = self._voice.pulse
        if header and pulse.voice is not None:
            return  # the header only declares voices; the first one declared is the first voice
        self._voice.close_open(field.span[0])
        was_muted = pulse.muted
        if pulse.set_voice(field.value) and not was_muted:
            name = field.value.split()[0] if field.value.split() else ""
            if name not in self._skipped:
                self._skipped.add(name)
                self._sheet.report("voice-skipped", *field.span, name=name[:_MOST_NAME])

    def _define(self, field: TuneField, header: bool) -> None:
        self._voice.marks.define(field.value)

    def _instruction(self, field: TuneField, header: bool) -> None:
        self.directive("%%" + field.value)


# Which fields change the music that follows (3.1, 3.2); the others are words.
EFFECTS: dict[str, Callable[[Fields, TuneField, bool], None]] = {
    "K": Fields._key,
    "M": Fields._meter,
    "L": Fields._unit,
    "Q": Fields._tempo,
    "V": Fields._voice_field,
    "U": Fields._define,
    "m": Fields._define,
    "I": Fields._instruction,
}
