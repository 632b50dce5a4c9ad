"""What the views of neurons say alike: names, signed numbers, links, what a finding means."""

import math
from collections.abc import Sequence
from urllib.parse import urlencode

from songrnn.cells import QUANTITIES
from songrnn.inspection.ablation import Effect, VerdictWords
from songrnn.inspection.properties import PROPERTIES
from songrnn.inspection.scoring import Kind
from songrnn.inspection.units import Unit
from songrnn.statistics import Interval

PROPERTY_WORDS = {each.name: each.words for each in PROPERTIES}
KIND_WORDS: dict[Kind, str] = {"reads": "Reads", "remembers": "Remembers"}
KIND_MEANINGS: dict[Kind, str] = {
    "reads": "By this rule a neuron **reads** a property when its activation follows the property: a straight "
    "line from one to the other predicts tunes it was not fitted on.",
    "remembers": "By this rule a neuron **remembers** a property when it still follows it after its mean for "
    "the character just read is taken away: it tells more than which character stands there.",
}

UNSPECIFIC = "**Matters, not specifically.**"
NO_EFFECT = "**No effect shown.**"


def verdict_words(told: VerdictWords, words: str | None) -> str:
    """What may be said of an ablation, in bold. words: those of the label."""
    if told == "causal for":
        return f"**Causal for “{words}”.**"
    return UNSPECIFIC if told == "matters, not specifically" else NO_EFFECT


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


def verdict(effect: Effect, told: VerdictWords, words: str | None) -> str:
    """What an ablation shows, in Markdown, with the figures behind it.

    told: as `ablation.verdicts` says it of this effect among all that were measured together.
    words: those of the property it was looked for at, None for all characters.
    """
    names = unit_names(effect.units)
    said = verdict_words(told, words)
    sets = len(effect.random_overall)
    if effect.where is None:
        holds = " (the property holds nowhere in these tunes)" if words and effect.label else ""
        return (
            f"{said} Without {names} the bits per character change by "
            f"{interval_words(effect.overall)}{_beaten(effect.place_overall, sets)}{holds}."
        )
    sentence = (
        f"{said} Without {names} the bits per character change by {interval_words(effect.where)} "
        f"where “{words}” holds"
    )
    if effect.elsewhere is None or effect.specific is None:
        return f"{sentence}; the property holds at every character of these tunes."
    sentence += (
        f"; elsewhere {interval_words(effect.elsewhere)}. The difference is "
        f"{interval_words(effect.specific)}{_beaten(effect.place_specific, sets)}."
    )
    if effect.disagree:
        ways = " and ".join(WAYS[name] for name in effect.disagree)
        sentence += f" {ways[0].upper()}{ways[1:]}, the answer would be another one."
    return sentence


WAYS = {
    "resample": "with values of other places",
    "mean": "fixed at the mean",
    "zero": "fixed at zero",
}


def _beaten(place: float | None, sets: int) -> str:
    if place is None or math.isnan(place):
        return ""
    return f", more than that of {place * sets / 100:g} of {sets} sets of as much influence"
