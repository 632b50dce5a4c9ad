"""Keys of the Runs page: which runs are set apart, what is drawn beside the loss, saved views."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from dashboard import state
from dashboard.state.key import Key

# Set apart by name, part of the address: shown with every question, or not shown at all.
PINNED: Final = Key[list[str]]("pinned")
HIDDEN: Final = Key[list[str]]("hidden")
# What is drawn below the loss, and what the rows of the table are grouped by.
MEASURES: Final = Key[list[str]]("measures")
ROWS_BY: Final = Key[str]("rows_by")
TAG: Final = Key[str]("_tag_several")
VIEW_NAME: Final = Key[str]("_view_name")
VIEW_SAID: Final = Key[str]("_view_said")
# (name, where it lies in the trash) of the runs deleted last.
DELETED: Final = Key[list[tuple[str, Path]]]("_runs_deleted")
# Rises when the rows picked have been dealt with, so that none is picked any more.
_DONE: Final = Key[int]("_rows_done")

# What a saved view holds: every choice of the page that its address holds.
IN_A_VIEW: Final[tuple[Key[Any], ...]] = (
    *(state.STUDY, state.RUNS, state.SHOW, state.UNIT, state.AXIS, state.SCALE, state.TRAINING),
    *(state.WHOLE, state.SMOOTHING, state.COLOUR, state.FACET, state.GROUP, state.BASELINE),
    *(state.BEST_OF, state.FILTER, PINNED, HIDDEN, MEASURES, ROWS_BY),
)


def set_apart(key: Key[list[str]], names: Sequence[str]) -> list[str]:
    """The runs under `PINNED` or `HIDDEN` that are among names, in the address too."""
    state.several_from_address(key, names)
    found = [name for name in state.get(key) or [] if name in names]
    if found:
        state.several_to_address(key, found)
    else:
        state.address(key, None)
    return found


def add_to(key: Key[list[str]], names: Sequence[str]) -> None:
    """Set more runs apart."""
    state.put(key, list(dict.fromkeys([*(state.get(key) or []), *names])))


def take_from(key: Key[list[str]], names: Sequence[str]) -> None:
    """Set runs apart no longer."""
    state.put(key, [name for name in state.get(key) or [] if name not in names])


def compare(names: Sequence[str]) -> None:
    """Leave the question and choose these runs."""
    if state.get(state.RUNS) is None:  # the field, once drawn, tells the address itself
        state.several_to_address(state.RUNS, list(names))
    state.put_all({state.STUDY: "chosen", state.RUNS: list(names)})


def table_key(shown: Sequence[str], element: Key[Any]) -> Key[Any]:
    """The key of a table whose rows can be picked: another one when other rows are shown, since
    what is picked is the number of a row."""
    done = state.get(_DONE)
    return element.of(done or 0, hash(tuple(shown)))


def pick_nothing() -> None:
    """No row is picked any more."""
    done = state.get(_DONE)
    state.put(_DONE, (done or 0) + 1)


def view_now() -> dict[str, Any]:
    """The choices of the page as a saved view keeps them."""
    return {str(key): value for key in IN_A_VIEW if (value := state.get(key)) is not None}
