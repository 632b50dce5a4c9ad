"""How loud: dynamics as the text marks them (ABC 2.1, 4.14), as MIDI velocities of each event."""

from songrnn.notation.reading import Kind, Reading

# abc2midi's levels are 15 apart as well; a tune without marks is played mezzo forte.
LEVELS = {
    "pppp": 20, "ppp": 30, "pp": 44, "p": 58, "mp": 70, "mf": 84, "f": 98, "ff": 110, "fff": 118,
    "ffff": 124,
}  # fmt: skip
UNMARKED = LEVELS["mf"]
# A mark over one note.
STRESSES = {"accent": 14, ">": 14, "emphasis": 14, "sfz": 24, "fermata": 4}
_GROWING = {"crescendo(": 1, "<(": 1, "diminuendo(": -1, ">(": -1}
_GROWN = frozenset(["crescendo)", "<)", "diminuendo)", ">)"])
_STEP = 14  # between neighbouring levels: where a hairpin goes that no level ends


def levels(reading: Reading) -> list[int]:
    """The velocity of each event before accents: the level in force, on its way in a hairpin."""
    marks = [
        (mark.event, mark.text)
        for mark in reading.marks
        if mark.kind is Kind.DECORATION and mark.event is not None
    ]
    found = [UNMARKED] * len(reading.events)
    stated = {event: LEVELS[text] for event, text in marks if text in LEVELS}
    level = UNMARKED
    for event in range(len(found)):
        level = stated.get(event, level)
        found[event] = level
    for first, last, way in _hairpins(marks):
        begun = found[first]
        goal = stated.get(last, stated.get(last + 1, begun + way * _STEP))
        goal = min(max(goal, 1), 127)
        for event in range(first, last):
            found[event] = round(begun + (goal - begun) * (event - first) / (last - first))
        for event in range(last, len(found)):
            if event > last and event in stated:
                break
            found[event] = goal
    return found


def stresses(reading: Reading) -> dict[int, int]:
    """Event -> what marks over it add to its velocity."""
    added: dict[int, int] = {}
    for mark in reading.marks:
        if mark.kind is Kind.DECORATION and mark.event is not None and mark.text in STRESSES:
            added[mark.event] = max(added.get(mark.event, 0), STRESSES[mark.text])
    return added


def _hairpins(marks: list[tuple[int, str]]) -> list[tuple[int, int, int]]:
    """(first event, last event, louder or softer) of each hairpin that is closed."""
    found = []
    begun: tuple[int, int] | None = None
    for event, text in marks:
        if text in _GROWING:
            begun = (event, _GROWING[text])
        elif text in _GROWN and begun is not None and event > begun[0]:
            found.append((begun[0], event, begun[1]))
            begun = None
    return found
