"""What the views of neurons say alike: names, signed numbers, links, what a finding means."""

import math
from collections.abc import Sequence
from urllib.parse import urlencode

from songrnn.cells import QUANTITIES
from songrnn.inspection.ablation import Effect
from songrnn.inspection.properties import PROPERTIES
from songrnn.inspection.scoring import Kind
from songrnn.inspection.units import Unit
from songrnn.statistics import Interval

PROPERTY_WORDS = {each.name: each.words for each in PROPERTIES}
KIND_WORDS: dict[Kind, str] = {"reads": "Reads", "remembers": "Remembers"}
KIND_MEANINGS: dict[Kind, str] = {
    "reads": "A neuron **reads** a property when its activation follows the property: a straight "
    "line from one to the other predicts tunes it was not fitted on.",
    "remembers": "A neuron **remembers** a property when it still follows it after its mean for "
    "the character just read is taken away: it tells more than which character stands there.",
}

CAUSAL = "**Causal.**"
NOT_CAUSAL = "**Not shown to be causal.**"
NEEDED_ELSEWHERE = "They are needed nearly as much elsewhere, so not for this alone."


def signed(value: float, digits: int = 3) -> str:
    """A value with a real minus sign."""
    return f"{value:.{digits}f}".replace("-", "−")


def change(value: float, digits: int = 3) -> str:
    """A change with its sign, a real minus sign: +0.120.

    >>> change(0.12), change(-0.12, 2)
    ('+0.120', '−0.12')
    """
    return f"{value:+.{digits}f}".replace("-", "−")


def quantity_name(quantity: str) -> str:
    """A quantity as people read it."""
    return QUANTITIES[quantity].title if quantity in QUANTITIES else quantity


def neuron_link(run: str, quantity: str, layer: int, neuron: int, **more: str | int) -> str:
    """Where a neuron is looked at, from any page of the app; the layer counts from 0.

    >>> neuron_link("mine", "cell", 0, 7, view="card")
    'neurons?run=mine&quantity=cell&layer=1&neuron=7&view=card'
    """
    place = {"run": run, "quantity": quantity, "layer": layer + 1, "neuron": neuron, **more}
    return f"neurons?{urlencode(place)}"


def unit_names(units: Sequence[Unit]) -> str:
    """Units as people count them: neuron 17; neurons 3, 9 of layer 2."""
    layers = dict.fromkeys(unit.layer for unit in units)
    parts = []
    for layer in layers:
        numbers = [str(unit.neuron) for unit in units if unit.layer == layer]
        noun = "neuron" if len(numbers) == 1 else "neurons"
        of_layer = f" of layer {layer + 1}" if len(layers) > 1 or layer else ""
        parts.append(f"{noun} {', '.join(numbers)}{of_layer}")
    return " and ".join(parts)


def interval_words(found: Interval, digits: int = 3) -> str:
    """An estimate with its interval: +0.120 (95 % interval +0.100 to +0.140)."""
    if math.isnan(found.low):
        return change(found.estimate, digits)
    low, high = change(found.low, digits), change(found.high, digits)
    return f"{change(found.estimate, digits)} (95 % interval {low} to {high})"


def verdict(effect: Effect, words: str | None) -> str:
    """What an ablation shows, in Markdown; "causal" only with the figure elsewhere beside it.

    words: those of the property it was looked for at, None for all characters.
    """
    names = unit_names(effect.units)
    said = CAUSAL if effect.causal else NOT_CAUSAL
    place = effect.place_overall if effect.where is None else effect.place_where
    beaten = ""
    if place is not None and not math.isnan(place):
        sets = len(effect.random_overall)
        beaten = f", more than {place * sets / 100:g} of {sets} random sets of the same size"
    if effect.where is None:
        holds = " (the property holds nowhere in these tunes)" if words and effect.label else ""
        return (
            f"{said} Without {names} the bits per character change by "
            f"{interval_words(effect.overall)}{beaten}{holds}."
        )
    sentence = (
        f"{said} Without {names} the bits per character change by {interval_words(effect.where)} "
        f"right after a character “{words}”{beaten}"
    )
    if effect.elsewhere is None:
        return f"{sentence}; the property holds at every character of these tunes."
    sentence += f"; elsewhere {interval_words(effect.elsewhere)}."
    if effect.elsewhere.low > 0 and effect.elsewhere.estimate >= 0.5 * effect.where.estimate:
        sentence += f" {NEEDED_ELSEWHERE}"
    return sentence
