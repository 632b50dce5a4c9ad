"""The tune player: staff, text, line plot and sound of a tune under one cursor.

Without activations it shows a song, with them a neuron on a song. All neurons of a layer travel to
the browser at once, so that switching between them asks the server for nothing.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import streamlit as st

from dashboard.charts.theme import DARK, LIGHT, Palette
from dashboard.components.tune_player.hearing import AS_IT_IS, Hearing
from dashboard.components.tune_player.pulse import pulse
from songrnn.notation.limits import MOST_NOTES
from songrnn.notation.playing.rendition import Rendition, rendition
from songrnn.notation.reading import Reading

_HERE = Path(__file__).parent
# Up to this many values travel with 16 bits each, more with 8.
_FINE_VALUES = 300_000
# How a note is coloured: by the mean of its characters, the last of them, or the one furthest from 0.
NoteValue = Literal["mean", "last", "largest"]
Colours = Literal["purple-orange", "red-blue"]
_PALETTE = ("middle", "purple", "orange", "red", "blue", "ink", "quiet", "faint", "accent", "paper")


class Sound(Protocol):
    """What the player needs of a rendering: see `songrnn.notation.audio.Audio`."""

    @property
    def data(self) -> bytes: ...
    @property
    def format(self) -> str: ...


@dataclass(frozen=True)
class Activations:
    """One quantity of one layer on a text.

    values: (H, T), row h the unit h, column t after character t. quantity: its name for people.
    gate: whether it lies in 0–1; the colours then run from none to full, else from negative to
    positive. bound: the value of the full colour, one for all units or (H,), one for each; the
    largest there is when left out. note: how a note on the staff gets its value from those of its
    characters. labels: a short name a unit, shown behind its number. order: the units as the
    dropdown lists them and the arrow keys go through them; by number when left out.
    details: for each character what else is known of it, shown while it is pointed at.
    quantiles: (H, Q) rising, evenly spaced quantiles of each unit over a corpus; a value's place
    among them is shown. title: whose units they are, where two runs are shown. file: what the names
    of saved pictures begin with.
    """

    values: np.ndarray
    quantity: str = "Hidden state"
    gate: bool = False
    bound: float | np.ndarray | None = None
    note: NoteValue = "mean"
    colours: Colours = "purple-orange"
    labels: Mapping[int, str] | None = None
    order: Sequence[int] | None = None
    details: Sequence[str] | None = None
    quantiles: np.ndarray | None = None
    title: str = ""
    file: str = ""


@dataclass(frozen=True)
class Selection:
    """What a person chose: a note's characters, a moment in seconds, a neuron, one of the second
    run; the characters marked by drawing over the text or with shift and an arrow key; and the
    character that was clicked."""

    span: tuple[int, int] | None = None
    time: float = 0.0
    neuron: int | None = None
    second: int | None = None
    marked: tuple[int, int] | None = None
    place: int | None = None


@dataclass(frozen=True)
class Recalled:
    """What a song said again. shares: of each character, 0 to 1. bars: (start of a note, start of
    the note it was taken from, what to say of it) of each bar that was recalled."""

    shares: Sequence[float]
    bars: Sequence[tuple[int, int, str]]


# One script for the browser, in several files for people: no bundler is needed for that.
_SCRIPTS = (
    *("player", "transport", "practice", "sampler", "staff", "plot", "marks", "recall", "layer"),
    *("editor", "history", "print", "elements"),
)
SCRIPT = "\n".join((_HERE / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS)
STYLE = "\n".join(
    (_HERE / f"{name}.css").read_text(encoding="utf-8") for name in ("player", "editor")
)

component = st.components.v2.component(
    "songrnn_tune_player",
    html='<div class="editor"></div><div class="player" data-testid="tune-player"></div>',
    css=STYLE,
    js=SCRIPT,
)


def tune_player(
    reading: Reading,
    *,
    svg: str | None,
    audio: Sound | None,
    played: Rendition | None = None,
    activations: Activations | None = None,
    second: Activations | None = None,
    selection: Selection | None = None,
    recalled: Recalled | None = None,
    narrow: str | None = None,
    reason: str = "",
    silence: str = "No sound.",
    reports: bool = True,
    places: bool = False,
    show_text: bool = True,
    hearing: Hearing = AS_IT_IS,
    plays: int = 0,
    key: str,
) -> Selection:
    """Show a tune; what the person chose comes back.

    svg: an engraving with the ids of `score.py`; None shows a piano roll, and `reason` says why.
    narrow: the same in shorter lines, shown where there is no room for the other.
    audio: None shows the transport switched off, and `silence` says why. played: how it is
    played, for the cursor; plain when left out. second: a second heat map of
    the same text under the same cursor. selection: chosen at first, scrolled to. recalled: what the
    song said again. reports: whether choosing something runs the script again; places: clicking on a character
    that is no note too.
    plays: a wish that it begins to play, by number: each is heeded once.
    """
    data = player_data(
        reading,
        svg=svg,
        audio=None,
        played=played,
        activations=activations,
        second=second,
        selection=selection,
        recalled=recalled,
        narrow=narrow,
        reason=reason,
        silence=silence,
        show_text=show_text,
    ) | {
        "reports": reports,
        "places": places,
        "plays": plays,
        "source": _served(audio, key),
    }
    state = component(
        key=key,
        data=data | hearing.data(),
        on_choice_change=_nothing,
        **hearing.callbacks(key),
    )
    return _selection(getattr(state, "choice", None)) or selection or Selection()


def _selection(chosen: Mapping[str, Any] | None) -> Selection | None:
    """What the script reports, as far as it makes sense."""
    if not chosen:
        return None
    return Selection(
        span=_pair(chosen.get("span")),
        time=float(chosen.get("time") or 0.0),
        neuron=_whole(chosen.get("neuron")),
        second=_whole(chosen.get("second")),
        marked=_pair(chosen.get("marked")),
        place=_whole(chosen.get("place")),
    )


def _served(audio: Sound | None, key: str) -> str | None:
    """Where the browser fetches a sound, a piece at a time as it is played: in the page's own data
    its megabytes would travel with everything else, each time."""
    if audio is None:
        return None
    files = st.runtime.get_instance().media_file_mgr
    return files.add(audio.data, f"audio/{audio.format}", f"tune-player-{key}")


def player_data(
    reading: Reading,
    *,
    svg: str | None,
    audio: Sound | None,
    played: Rendition | None = None,
    activations: Activations | None = None,
    second: Activations | None = None,
    selection: Selection | None = None,
    recalled: Recalled | None = None,
    narrow: str | None = None,
    reason: str = "",
    silence: str = "No sound.",
    show_text: bool = True,
    practice: bool = True,
) -> dict[str, Any]:
    """What the script draws from, ready for JSON; the arguments are those of `tune_player`.

    practice: with the beats, for a metronome and loops over bars.
    """
    played = played or rendition(reading, "plain")
    timeline = played.timeline()
    return {
        "text": reading.text,
        "svg": svg,
        "narrow": narrow,
        "reason": reason,
        "silence": silence,
        "audio": None if audio is None else base64.b64encode(audio.data).decode("ascii"),
        "mime": "" if audio is None else f"audio/{audio.format}",
        "source": None,
        "timeline": _rounded(timeline),
        "pulse": [[round(at, 4), strong] for at, strong in pulse(reading, timeline)]
        if practice
        else [],
        "voices": _rounded(played.other_voices()),
        "roll": [] if svg is not None else piano_roll(played),
        "showRoll": svg is None,
        "activations": None if activations is None else packed(activations),
        "second": None if second is None else packed(second),
        "selection": None if selection is None else asdict(selection),
        "recalled": None if recalled is None else asdict(recalled),
        "reports": False,
        "places": False,
        "plays": 0,
        "showText": show_text,
        **AS_IT_IS.data(),
        "accompaniment": [],
        "editor": None,
        "samples": None,
        "sampled": False,
        "pending": False,
        "palettes": {"light": _colours(LIGHT), "dark": _colours(DARK)},
    }


def packed(activations: Activations) -> dict[str, Any]:
    """Activations as whole numbers in base64: value = number × `step`."""
    values = np.asarray(activations.values, dtype=np.float64)
    units, _ = values.shape
    largest = float(np.abs(values).max(initial=0.0)) or 1.0
    fine = values.size <= _FINE_VALUES
    numbers, step = _whole_numbers(values, fine=fine)
    default = 1.0 if activations.gate else max(1.0, largest)
    bound = default if activations.bound is None else activations.bound
    bounds = np.broadcast_to(np.asarray(bound, np.float64), (units,))
    order = list(range(units)) if activations.order is None else list(activations.order)
    return {
        "values": numbers,
        "bits": 16 if fine else 8,
        "step": step,
        "units": units,
        "bounds": [float(f"{max(bound, 1e-6):.4g}") for bound in bounds],
        "gate": activations.gate,
        "quantity": activations.quantity,
        "title": activations.title,
        "file": f"{activations.file}-" if activations.file else "",
        "note": activations.note,
        "colours": activations.colours,
        "labels": {str(unit): label for unit, label in (activations.labels or {}).items()},
        "order": order,
        "details": list(activations.details or ()),
        "quantiles": None if activations.quantiles is None else _levels(activations.quantiles),
    }


def _levels(quantiles: np.ndarray) -> dict[str, Any]:
    """Quantiles (H, Q) as whole numbers: as lists they would be most of what travels."""
    numbers, step = _whole_numbers(np.asarray(quantiles, np.float64), fine=True)
    return {"values": numbers, "step": step, "each": quantiles.shape[1]}


def _whole_numbers(values: np.ndarray, *, fine: bool) -> tuple[str, float]:
    """Values in base64, with 16 bits each or with 8, and what one step of the numbers is."""
    kind, most = (np.dtype("<i2"), 32_767) if fine else (np.dtype("i1"), 127)
    step = (float(np.abs(values).max(initial=0.0)) or 1.0) / most
    return base64.b64encode(np.rint(values / step).astype(kind).tobytes()).decode("ascii"), step


def piano_roll(played: Rendition) -> list[list[float]]:
    """[onset, duration, MIDI pitch, start, end, velocity] of every note of every voice as played,
    as far as there may be so many; the first two in seconds."""
    notes: list[list[float]] = []
    for performance in played.performances:
        events = performance.reading.events
        for note in islice(played.notes_of(performance), MOST_NOTES - len(notes)):
            begin = played.seconds_of(note.onset)
            end = played.seconds_of(note.onset + note.duration)
            seconds = [round(begin, 4), round(end - begin, 4)]
            notes.append([*seconds, note.pitch, *events[note.event].span, note.velocity])
    return notes


def _rounded(lines: Sequence[tuple[float, int, int]]) -> list[list[float]]:
    return [[round(seconds, 4), start, end] for seconds, start, end in lines]


def _colours(palette: Palette) -> dict[str, str]:
    return {name: getattr(palette, name) for name in _PALETTE}


def _pair(chosen: Any) -> tuple[int, int] | None:
    return None if chosen is None else (int(chosen[0]), int(chosen[1]))


def _whole(chosen: Any) -> int | None:
    return None if chosen is None else int(chosen)


def _nothing() -> None:
    """Streamlit keeps a state only when a callback for it is named."""
