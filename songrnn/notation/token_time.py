"""What tokens do to time, brackets and bars, and nothing else: the small half of the reader.

`reader.TOKENS` says what each token means for notes, kinds and problems; `EFFECTS` here says what
the same token means for where in the bar the music is. Both count with `pulse.Pulse`, and
tests/notation/test_stream.py holds them together: every beginning of any text is where the reader
says it is.
"""

from collections.abc import Callable
from fractions import Fraction

from songrnn.notation.clefs import voice_name
from songrnn.notation.headers import bare_value
from songrnn.notation.note_text import chord_of_old, note_text
from songrnn.notation.pulse import Pulse, multiplier

_ONE = Fraction(1)


class TokenTime:
    """The state after some tokens.

    across: between (& and &). after_bar: an ending's number may follow. bar: barlines that ended a bar so far.
    notes: events in this bar. slurs: open ones. repeat: a |: waits for its :|. ending: numbers
    have been given since then. tune_begun: a note or rest has been read, so an empty line ends the tune.
    line_empty: nothing but spaces on this line so far. ended: the tune is over.
    """

    __slots__ = (
        "across",
        "after_bar",
        "bar",
        "ended",
        "ending",
        "line_empty",
        "notes",
        "pulse",
        "repeat",
        "slurs",
        "tune_begun",
    )

    def __init__(self) -> None:
        self.pulse = Pulse()
        self.across = False
        self.after_bar = False
        self.bar = 0
        self.ended = False
        self.ending = False
        self.line_empty = True
        self.notes = 0
        self.repeat = False
        self.slurs = 0
        self.tune_begun = False

    def copy(self) -> "TokenTime":
        """The same state, free to go another way."""
        other = TokenTime.__new__(TokenTime)
        other.pulse = self.pulse.copy()
        other.across = self.across
        other.after_bar = self.after_bar
        other.bar = self.bar
        other.ended = self.ended
        other.ending = self.ending
        other.line_empty = self.line_empty
        other.notes = self.notes
        other.repeat = self.repeat
        other.slurs = self.slurs
        other.tune_begun = self.tune_begun
        return other

    def key(self) -> tuple[object, ...]:
        """Equal for states that go on alike, but for the number of the bar."""
        return (
            self.line_empty,
            self.tune_begun,
            self.after_bar,
            self.across,
            self.slurs,
            min(self.notes, 1),
            self.repeat,
            self.ending,
            self.pulse.key(),
        )

    @property
    def beat(self) -> Fraction:
        """Quarter notes since the barline when an open chord is counted as if closed here."""
        pulse = self.pulse
        if pulse.chord and not pulse.grace and not pulse.muted and not pulse.overlay:
            pulse = pulse.copy()
            pulse.close_chord(_ONE)
        return pulse.position

    def take(self, name: str, text: str) -> None:
        """A whole token of `tables.TOKEN`."""
        if name == "space":
            return
        if name == "newline":
            self._newline()
            return
        self.line_empty = False
        if name in ("note", "rest") or (name == "decoration" and chord_of_old(text)):
            self.tune_begun = True
        pulse = self.pulse
        if name in ("field", "inline"):
            EFFECTS[name](self, text)
        elif pulse.muted or (pulse.overlay and name not in ("bar", "overlay")):
            return
        elif name in EFFECTS:
            EFFECTS[name](self, text)
        if name not in ("bar", "backslash", "comment"):
            self.after_bar = False

    def change(self, name: str, value: str, *, header: bool = False) -> None:
        """A field of the header or the tune; what stands in another voice changes only that."""
        pulse = self.pulse
        if name == "V":
            if not header:
                self._close_open()
                self.across = False
                pulse.set_voice(voice_name(value), self.tune_begun)
            elif pulse.voice is None:  # the first voice is the one declared first
                pulse.voice = voice_name(value)
        elif name == "P" and pulse.muted:
            if not header and value:  # the first voice begins the part where it goes on
                pulse.divide()
        elif pulse.muted or pulse.overlay:
            return
        elif name == "M":
            pulse.set_meter(value)
        elif name == "L":
            pulse.set_unit(value)
        elif name == "P" and not header and value:
            self._close_open()
            pulse.divide()

    def _newline(self) -> None:
        if self.line_empty and self.tune_begun:
            self.ended = True
        self.line_empty = True
        if self.pulse.chord is not None:
            self._close_open()

    def _field(self, text: str) -> None:
        self._close_open()
        if text[0] == "X":
            self.ended = True
        else:
            self.change(text[0], bare_value(text[2:]))

    def _inline(self, text: str) -> None:
        if len(text) > 2:
            self.change(text[1], text[3:].removesuffix("]").strip())
        elif not self.pulse.muted and not self.pulse.overlay:  # a chord and a decoration in it
            self._open(text)

    def _note(self, text: str) -> None:
        times = note_text(text).times
        if self.pulse.chord is not None:
            self.pulse.chord_note(times)
        else:
            self._place(times)

    def _rest(self, text: str) -> None:
        pulse = self.pulse
        if pulse.chord is not None or pulse.grace:
            return
        times = multiplier(text[1:])
        if text[0] in "zx":
            self._place(times)
        else:
            pulse.rest_bars(times)
            self.notes += 1

    def _place(self, times: Fraction) -> None:
        if not self.pulse.grace:
            self.pulse.place(times)
            self.notes += 1

    def _open(self, _: str) -> None:
        if self.pulse.chord is not None:
            self._end_chord(_ONE)
        self.pulse.open_chord()

    def _decoration(self, text: str) -> None:
        """A chord such as +CEG+; others take no time."""
        if notes := chord_of_old(text):
            self._open(text)
            for start, end in notes:
                self._note(text[start:end])
            self._end_chord(_ONE)

    def _close(self, text: str) -> None:
        if self.pulse.chord is not None:
            self._end_chord(multiplier(text[1:]))

    def _end_chord(self, times: Fraction) -> None:
        inner, self.pulse.chord = self.pulse.chord, None
        if inner:
            self._place(inner * times)

    def _grace(self, text: str) -> None:
        pulse = self.pulse
        if text == "}":
            if pulse.grace and pulse.chord is not None:
                self._end_chord(_ONE)
            pulse.grace = False
        else:
            if pulse.grace:
                self._close_open()
            pulse.grace = True

    def _close_open(self) -> None:
        if self.pulse.chord is not None:
            self._end_chord(_ONE)
        self.pulse.grace = False

    def _broken(self, text: str) -> None:
        if self.pulse.chord is None and not self.pulse.grace:
            self.pulse.broken(text)

    def _tuplet(self, text: str) -> None:
        self.pulse.start_tuplet(text)

    def _slur(self, text: str) -> None:
        self.slurs = self.slurs + 1 if text == "(" else max(self.slurs - 1, 0)

    def _ending(self, text: str) -> None:
        if text[0] == "[" or self.after_bar:
            self._close_open()
            self.pulse.divide()
            self.ending = True

    def _overlay(self, text: str) -> None:
        if text == "(&":
            self._close_open()
            self.across = True
            self.pulse.overlay = False
        elif text != "&)":
            self._close_open()
            self.pulse.overlay = True
        elif self.across:
            self.across = self.pulse.overlay = False

    def _bar(self, text: str) -> None:
        if text == ":" or (self.across and self.pulse.overlay):
            return
        self._close_open()
        self.pulse.barline()
        if self.notes:
            self.bar += 1
            self.notes = 0
        self.after_bar = True
        if text[0] == ":":
            self.repeat = self.ending = False
        if text[-1] == ":":
            self.repeat, self.ending = True, False


# Token of tables.TOKEN -> what it does. The others take no time and open nothing.
EFFECTS: dict[str, Callable[[TokenTime, str], None]] = {
    "note": TokenTime._note,
    "rest": TokenTime._rest,
    "bar": TokenTime._bar,
    "ending": TokenTime._ending,
    "broken": TokenTime._broken,
    "tuplet": TokenTime._tuplet,
    "slur": TokenTime._slur,
    "open": TokenTime._open,
    "close": TokenTime._close,
    "decoration": TokenTime._decoration,
    "grace": TokenTime._grace,
    "overlay": TokenTime._overlay,
    "field": TokenTime._field,
    "inline": TokenTime._inline,
}
