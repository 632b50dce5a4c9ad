"""What the Neurons page shows: which neuron, in which view, which characters are marked."""

from typing import Final

from dashboard import state
from dashboard.state.key import Key

Span = tuple[int, int]

_VIEW: Final = Key[str]("_view")
_LAYER_OF: Final = Key[str]("_layer_of")
_SEEN: Final = Key[Span | None]("_marked_in_player")


def turn_to(view: str) -> None:
    """Note which view of the page is shown: a new one begins with what the address names."""
    if state.get(_VIEW) != view:
        state.put(_VIEW, view)
        state.take(state.FIRST_NEURON)


def first_neuron(units: int, default: int = 0) -> int:
    """The neuron that the page opened with: what the address named then, else `default`, within 0
    to units − 1.

    It stays the same while a person goes through the neurons, which happens in the browser: the
    page's answer to one choice must not undo the next.
    """
    first = state.get(state.FIRST_NEURON)
    if first is None:
        asked = state.number_asked(state.NEURON)
        first = default if asked is None else asked
        state.put(state.FIRST_NEURON, first)
    return min(first, units - 1)


def open_at_layer(run: str, layer: int) -> None:
    """Begin with this layer of a run, counted from 0, unless the address names a layer or a neuron,
    or one was chosen."""
    if state.get(_LAYER_OF) == run:
        return
    state.put(_LAYER_OF, run)
    asked = (state.number_asked(key) for key in (state.LAYER, state.NEURON))
    if state.get(state.LAYER) is None and all(each is None for each in asked):
        state.put(state.LAYER, layer + 1)


def set_neuron(neuron: int, key: Key[str] = state.NEURON) -> None:
    """Note the neuron shown in the address."""
    state.address(key, str(neuron))


def turn_to_neuron(view: str, quantity: str, layer: int, neuron: int) -> None:
    """Show a neuron in a view of the page; for buttons, as a link to the page one is on changes
    its address but not what was chosen there. The layer counts from 0."""
    state.put(state.VIEW, view)
    state.choose(state.QUANTITY, quantity)
    state.put(state.LAYER, layer + 1)
    state.take(state.NEURON)
    state.take(state.FIRST_NEURON)
    state.address(state.NEURON, str(neuron))


def marked() -> Span | None:
    """The characters marked in the text, [start, end), as the address has them."""
    start, end = state.number_asked(state.MARKED_FROM), state.number_asked(state.MARKED_TO)
    return (start, end) if start is not None and end is not None and start < end else None


def mark(span: Span | None) -> None:
    """Note the characters marked in the address; None for none."""
    for key, value in zip((state.MARKED_FROM, state.MARKED_TO), span or (None, None), strict=True):
        state.address(key, None if value is None else str(value))


def take_up_marks(span: Span | None) -> None:
    """Mark what is marked in the player, when that is news: fields mark characters too."""
    if span != state.get(_SEEN):
        state.put(_SEEN, span)
        mark(span)


def follow_label(label: str) -> None:
    """Measure at the label of the neuron shown, once another neuron has another label."""
    before = state.get(state.CAUSE_DEFAULT)
    state.put(state.CAUSE_DEFAULT, label)
    if before is not None and before != label:
        state.put(state.CAUSE_WHERE, label)
