"""A list of neurons that a person makes: named, part of the address, kept for the session."""

from typing import Final

from dashboard import state
from dashboard.state.key import Key

LIST: Final = Key[list[str]]("list")
LIST_NAME: Final = Key[str]("list_name")
_KEPT: Final = Key[tuple[str, list[str], str]]("_list")


def recall(run: str, known: list[str]) -> None:
    """Give the widgets what the address names, else what was listed of this run in this session."""
    kept = state.get(_KEPT)
    of_run = kept is not None and kept[0] == run
    if kept is not None and not of_run:  # another run was chosen: its neurons are others
        state.take(LIST)
        state.take(LIST_NAME)
        for key in (LIST, LIST_NAME):
            state.address(key, None)
    state.several_from_address(LIST, known, kept[1] if kept is not None and of_run else ())
    state.put(LIST, [each for each in state.get(LIST) or [] if each in known])
    if state.get(LIST_NAME) is None:
        state.put(LIST_NAME, state.asked(LIST_NAME) or (kept[2] if kept and of_run else ""))


def keep(run: str, neurons: list[str], name: str) -> None:
    """Remember the list, and put it into the address."""
    state.put(_KEPT, (run, neurons, name))
    state.several_to_address(LIST, neurons)
    state.address(LIST_NAME, name or None)


def add(neuron: str) -> None:
    """Put a neuron at the end of the list; for a button's callback."""
    found = state.get(LIST) or []
    if neuron not in found:
        state.put(LIST, [*found, neuron])
