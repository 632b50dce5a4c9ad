"""Events as they are played -> sounds: tied notes become one (ABC 2.1, 4.11)."""

from dataclasses import dataclass
from fractions import Fraction

from songrnn.notation.reading import Event

_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Sounding:
    """One sound: a note or chord, tied notes joined.

    event: index of the event it begins with. span: that event's characters; `spans` adds those
        of the notes tied on, in order.
    onset_quarters, duration_quarters: played time, exact.
    pitches: MIDI numbers, lowest first. grace: a grace note, whose duration is 0.
    """

    event: int
    span: tuple[int, int]
    onset_quarters: Fraction
    duration_quarters: Fraction
    pitches: tuple[int, ...]
    spans: tuple[tuple[int, int], ...] = ()
    grace: bool = False


def sounds_of(
    events: tuple[Event, ...], played: list[tuple[int, Fraction]]
) -> tuple[Sounding, ...]:
    """Sounds: tied notes joined, as far as the note played next has their pitches."""
    notes: list[Sounding] = []
    sounding: dict[int, int] = {}  # pitch -> the note it goes on from, while tied
    for place, (index, onset) in enumerate(played):
        event = events[index]
        if not event.pitches:
            sounding = {}
            continue
        if event.kind == "grace":
            notes.append(
                Sounding(index, event.span, onset, _ZERO, event.pitches, (event.span,), True)
            )
            continue
        ahead = _next(events, played, place) & set(event.held) if event.tied else frozenset()
        goes_on: dict[int, int] = {}
        extended: set[int] = set()
        fresh: dict[bool, list[int]] = {}
        for pitch in event.pitches:
            before = sounding.get(pitch)
            if before is None:
                fresh.setdefault(pitch in ahead, []).append(pitch)
                continue
            if before not in extended:
                extended.add(before)
                notes[before] = _longer(notes[before], event)
            if pitch in ahead:
                goes_on[pitch] = before
        for carried, pitches in fresh.items():
            if carried:
                goes_on.update(dict.fromkeys(pitches, len(notes)))
            notes.append(
                Sounding(index, event.span, onset, event.duration, tuple(pitches), (event.span,))
            )
        sounding = _apart(notes, goes_on)
    return tuple(notes)


def _longer(note: Sounding, event: Event) -> Sounding:
    return Sounding(
        note.event,
        note.span,
        note.onset_quarters,
        note.duration_quarters + event.duration,
        note.pitches,
        (*note.spans, event.span),
    )


def _next(
    events: tuple[Event, ...], played: list[tuple[int, Fraction]], place: int
) -> frozenset[int]:
    """The pitches of the note played next, none before a rest."""
    for index, _ in played[place + 1 : place + 65]:
        if events[index].kind != "grace":
            return frozenset(events[index].pitches)
    return frozenset()


def _apart(notes: list[Sounding], goes_on: dict[int, int]) -> dict[int, int]:
    """Split a sound of several pitches of which only some go on."""
    by_note: dict[int, list[int]] = {}
    for pitch, place in goes_on.items():
        by_note.setdefault(place, []).append(pitch)
    for index, pitches in by_note.items():
        note = notes[index]
        staying = tuple([pitch for pitch in note.pitches if pitch not in pitches])
        if not staying:
            continue
        common = (note.event, note.span, note.onset_quarters, note.duration_quarters)
        notes[index] = Sounding(*common, staying, note.spans)
        notes.append(Sounding(*common, tuple(sorted(pitches)), note.spans))
        goes_on.update(dict.fromkeys(pitches, len(notes) - 1))
    return goes_on
