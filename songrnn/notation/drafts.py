"""Events that may still change, and the ties that reach on from them (ABC 2.1, 4.11)."""

from songrnn.notation.accidentals import Step
from songrnn.notation.grid import to_quarters
from songrnn.notation.reading import Event, EventKind
from songrnn.notation.sheet import Sheet


class Draft:
    """An event that a tie or a broken rhythm may still change. Times in ticks."""

    __slots__ = (
        "bar", "duration", "head", "held", "kind", "onset", "pitches", "span", "steps", "tuplet",
        "written",
    )  # fmt: skip

    def __init__(
        self,
        span: tuple[int, int],
        pitches: tuple[int, ...],
        steps: tuple[Step, ...],
        head: tuple[tuple[int, int], ...],
    ) -> None:
        self.span = span
        self.pitches = pitches
        self.steps = steps
        self.head = head
        self.kind: EventKind = "rest"
        self.onset = 0
        self.duration = 0
        self.written = 0
        self.bar = 0
        self.held: tuple[int, ...] = ()
        self.tuplet: tuple[int, int] | None = None

    def event(self, voice: int) -> Event:
        return Event(
            self.span,
            self.kind,
            to_quarters(self.onset),
            to_quarters(self.duration),
            self.pitches,
            self.steps,
            self.bar,
            bool(self.held),
            to_quarters(self.written),
            self.tuplet,
            self.head,
            voice,
            self.held,
        )


class Ties:
    """The tie that waits for its second note. carried: the notes that it carries on."""

    __slots__ = ("_at", "_draft", "_sheet", "carried")

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._draft: Draft | None = None
        self._at = 0
        self.carried: tuple[Step, ...] = ()

    def begin(self, draft: Draft, steps: tuple[Step, ...], at: int) -> None:
        """A - after a note, or after some of the notes of a chord, at a character."""
        self._draft, self.carried, self._at = draft, steps, at

    def whole(self, draft: Draft) -> bool:
        """Whether all of this note or chord is tied already."""
        return self._draft is draft and len(self.carried) == len(draft.steps)

    def end(self, draft: Draft | None) -> None:
        """The next note: the tie holds for the pitches that both have. None: there is no next."""
        tied = self._draft
        if tied is None:
            return
        steps, self._draft, self.carried = self.carried, None, ()
        pitches = [p for step, p in zip(tied.steps, tied.pitches, strict=True) if step in steps]
        tied.held = tuple([p for p in pitches if draft is not None and p in draft.pitches])
        if not tied.held:
            self._sheet.report("tie-broken", self._at, self._at + 1)
