"""Directives, %%… and I:…, that change which notes sound (ABC 2.1, 11).

Those that only concern the page or the sound of instruments are passed over in silence; those that
would change notes and are not obeyed are named.
"""

import re

from songrnn.notation.sheet import Sheet
from songrnn.notation.voice import VoiceReader

_LONGEST = 200
_NUMBER = re.compile(r"[+-]?[0-9]{1,3}$")
# %%MIDI commands that change notes or their lengths, and that we do not obey.
_NOT_OBEYED = frozenset(
    ["c", "ratio", "grace", "gracedivider", "fermatafixed", "fermataproportional", "trim", "expand",
     "randomchordattack", "chordattack", "droneon", "gchordbars", "snt", "temperament", "temperamentequal",
     "temperamentlinear", "temperamentnormal", "makechordchannels"]
)  # fmt: skip
# chordattack and its kind spread a chord's notes by less than anyone notates.
_UNHEARD = frozenset(["chordattack", "randomchordattack", "makechordchannels", "trim", "expand"])


def obey(line: str, start: int, end: int, voice: VoiceReader, sheet: Sheet) -> None:
    """A directive without its %%, at text[start:end]: what it changes in a voice from here on."""
    words = line[:_LONGEST].replace("=", " ", 1).split()
    if len(words) < 2:
        return
    if words[0] == "propagate-accidentals":
        voice.accidentals.propagate(words[1])
    elif words[0] == "MIDI":
        _midi(words[1:], start, end, voice, sheet)


def _midi(words: list[str], start: int, end: int, voice: VoiceReader, sheet: Sheet) -> None:
    command, *values = words
    if command in ("transpose", "rtranspose") and values and _NUMBER.match(values[0]):
        voice.transpose(int(values[0]), further=command == "rtranspose")
    elif command in ("nobarlines", "barlines"):  # without bars an accidental is its note's alone
        voice.accidentals.propagate("not" if command == "nobarlines" else "pitch")
    elif command in _NOT_OBEYED and command not in _UNHEARD:
        sheet.report("directive-skipped", start, end, name=f"MIDI {command}")
