"""What a song said again, for the player: how much of each character, and bars with their sources."""

from dashboard import loaders
from dashboard.components.tune_player import Recalled
from songrnn.recall.tracing import Taken
from songrnn.store.runs import Run


def recalled(run: Run, text: str, strength: float = 1.0) -> Recalled | None:
    """What a run recalls in a text; None when it has no gate, or knows not all characters."""
    trace = loaders.runs.recall_trace(run, text, strength)
    if trace is None:
        return None
    starts = [event.span[0] for event in loaders.music.reading(text).events if event.pitches]

    def first_note(span: tuple[int, int]) -> int | None:
        return next((start for start in starts if span[0] <= start < span[1]), None)

    bars = []
    for taken in trace.taken():
        here, there = first_note(taken.span), first_note(taken.source)
        if here is not None and there is not None:
            bars.append((here, there, _words(taken)))
    return Recalled([round(float(share), 3) for share in trace.shares], bars)


def _words(taken: Taken) -> str:
    return (
        f"Bar {taken.bar + 1} was recalled from bar {taken.source_bar + 1}: {taken.share:.0%} of its "
        "characters."
    )
