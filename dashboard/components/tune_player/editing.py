"""The player with a text field: staff and sound follow what a person writes.

The text belongs to the browser. It tells the page of a change when the keys rest; the answer
carries problems, staff and notes, and the number of the text that they are of. The sound is put
together in the browser from single notes, so it follows as fast as the staff.
"""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.components.tune_player import component, piano_roll, player_data
from dashboard.components.tune_player.hearing import AS_IT_IS, Hearing
from songrnn.notation.limits import MOST_CHARACTERS, MOST_NOTES, MOST_PASTED
from songrnn.notation.playing.backing import backing
from songrnn.notation.playing.rendition import Rendition, rendition
from songrnn.notation.reading import Problem, Reading
from songrnn.notation.samples import HELD_SECONDS, Samples

_LONGEST = HELD_SECONDS - 0.3  # seconds, a note shifted up by 1.5 semitones included
_LONGEST_TOKEN = 100
_FURTHEST = 12  # semitones that a text is moved by at once: the buttons' octave


@dataclass(frozen=True)
class Edit:
    """What the browser says of its text.

    revision: of the page's text that it began with. number: of the text, rising with each change.
    transpose: semitones that the page is to move the text by. rested: whether nothing was written
    for a while. characters: of the text, which is empty where it is longer than any that is taken.
    """

    revision: int
    number: int
    text: str
    transpose: int
    rested: bool = False
    characters: int = 0


def last_edit(key: str) -> Edit | None:
    """What the editor with this key said last, before it is drawn."""
    said = (st.session_state.get(key) or {}).get("edit")
    if not said:
        return None
    text, moved = str(said["text"]), int(said["transpose"])
    return Edit(
        int(said["revision"]),
        int(said["number"]),
        text if len(text) <= MOST_PASTED else "",
        max(-_FURTHEST, min(_FURTHEST, moved)),
        bool(said.get("rested")),
        max(len(text), int(said.get("characters") or 0)),
    )


def wanted_samples(key: str) -> str:
    """The token of a request for the notes of an instrument; "" when there was none. It begins
    with the instrument's name; each is to be answered once."""
    return str((st.session_state.get(key) or {}).get("wants") or "")[:_LONGEST_TOKEN]


def tune_editor(
    reading: Reading,
    *,
    label: str,
    revision: int,
    number: int,
    problems: Sequence[Problem],
    rests: bool = False,
    svg: str | None,
    narrow: str | None = None,
    samples: Samples | None = None,
    sampled: bool = False,
    pending: bool = False,
    reason: str = "",
    silence: str = "",
    hearing: Hearing = AS_IT_IS,
    key: str,
) -> None:
    """Show a text to edit, its staff and its sound.

    label: what the field is called for those who do not see it. revision, number: of the text, see
    `Edit`. problems: what is underlined. rests: whether the page is to hear when nothing was
    written for a while. samples: the notes of the instrument, when they are asked for; sampled:
    whether the browser has them or gets them now. pending: whether the staff of this text is still
    being made; the last one then stays. For the others see `tune_player`.
    """
    played = rendition(reading, hearing.playing.style)
    player = player_data(
        reading, svg=svg, narrow=narrow, audio=None, played=played, reason=reason,
        silence=silence, show_text=False, practice=False,
    )  # fmt: skip
    field = {
        "key": key, "label": label, "revision": revision, "number": number, "text": reading.text,
        "rests": rests, "most": MOST_PASTED, "read": MOST_CHARACTERS,
        "problems": [[*each.span, each.severity, each.message] for each in problems],
    }  # fmt: skip
    sound = {
        "roll": piano_roll(played), "samples": None if samples is None else packed_samples(samples),
        "sampled": sampled, "accompaniment": _accompaniment(played, hearing),
    }  # fmt: skip
    component(
        key=key,
        data=player | sound | hearing.data() | {"editor": field, "pending": pending},
        on_edit_change=_nothing,
        on_wants_change=_nothing,
        **hearing.callbacks(key),
    )


def _accompaniment(played: Rendition, hearing: Hearing) -> list[list[float]]:
    """[onset, duration, MIDI pitch, loudness from 0 to 1] of what accompanies the tune; the first
    two in seconds. What is held longer than a recorded note is struck again."""
    notes: list[list[float]] = []
    for note in backing(played, hearing.playing.backing).notes:
        if len(notes) >= MOST_NOTES:
            break
        begin = played.seconds_of(note.onset)
        lasts = played.seconds_of(note.onset + note.duration) - begin
        times = min(max(math.ceil(lasts / _LONGEST), 1), MOST_NOTES - len(notes))
        for time in range(times):
            onset, duration = begin + time * lasts / times, lasts / times
            loudness = round(note.velocity / 127, 3)
            notes.append([round(onset, 4), round(duration, 4), note.pitch, loudness])
    return sorted(notes)


def packed_samples(samples: Samples) -> dict[str, Any]:
    """The notes of an instrument, ready for JSON."""
    return {
        "instrument": samples.instrument,
        "data": base64.b64encode(samples.data).decode("ascii"),
        "pitches": list(samples.pitches),
        "spacing": samples.spacing,
        "held": samples.held,
    }


def _nothing() -> None:
    """Streamlit keeps a state only when a callback for it is named."""
