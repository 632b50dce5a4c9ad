"""Keys of the guide: which document is read, which stop of the tour is shown."""

from typing import Final

from dashboard import state
from dashboard.state.key import Key

DOCUMENT: Final = Key[str]("read")
_TOUR: Final = Key[int]("tour")


def tour_stop(stops: int, here: int | None = None) -> int | None:
    """The stop of the tour that is shown, 1 to `stops`; None when there is no tour.

    A link names it; one that is under way goes to the stop `here`, that of the page shown.
    """
    asked = state.number_asked(_TOUR)
    stop = state.get(_TOUR) if asked is None else asked
    if stop is None or not 1 <= stop <= stops:
        return None
    state.put(_TOUR, stop if here is None else here)
    return stop if here is None else here


def tour_link(stop: int) -> dict[str, str]:
    """What the address of a stop says."""
    return {str(_TOUR): str(stop)}


def begin_tour() -> None:
    """Show the first stop."""
    state.put(_TOUR, 1)


def leave_tour() -> None:
    """No stop is shown any more."""
    state.take(_TOUR)
    state.address(_TOUR, None)
