"""What the stricter rule says of a neuron, hidden and cell state together, and of a whole run."""

from dashboard.charts.theme import visible
from dashboard.views.neurons.words import PROPERTY_WORDS, quantity_name
from dashboard.wording import plain
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.labelling import NeuronLabel
from songrnn.inspection.memory.verdicts import MemoryIndex, Verdict
from songrnn.store.runs import Run


def told(index: NeuronIndex, label: NeuronLabel) -> str:
    """What a neuron is said to do, in a few words for a list; "" where nothing can be said.

    By the stricter rule where it was asked, else by the first one.
    """
    verdict = None if index.memory is None else index.memory.of(label.layer, label.neuron)
    if verdict is None:
        return label.words if label.label else ""
    if verdict.kind == "remembers":
        return f"remembers {PROPERTY_WORDS.get(verdict.label or '', verdict.label)}"
    if verdict.kind == "echo":
        last = "character" if verdict.echo == 1 else f"{verdict.echo} characters"
        return f"echo of the last {last}"
    return "position in the tune" if verdict.kind == "position" else ""


def clearness(index: NeuronIndex, label: NeuronLabel) -> tuple[int, float]:
    """By which the neurons of a layer are ordered, the clearest first when sorted descending: those
    that remember something by the stricter rule, then the other labels."""
    verdict = None if index.memory is None else index.memory.of(label.layer, label.neuron)
    if verdict is not None and verdict.kind == "remembers":
        return 2, verdict.partial
    return int(label.label is not None), label.score


def verdict_of(run: Run, verdict: Verdict) -> str:
    """What a neuron remembers, or what it follows instead, in Markdown with its figures."""
    if verdict.kind == "remembers":
        return (
            f"**Remembers “{PROPERTY_WORDS.get(verdict.label or '', verdict.label)}”**, its "
            f"{quantity_name(verdict.quantity).lower()}: with the last 8 characters and the position "
            f"taken out of both sides the partial {verdict.measure} is {verdict.partial:.2f}, at "
            f"least {verdict.low:.2f}, on {verdict.n:,} {verdict.counted} of validation tunes; the "
            f"bound that untrained networks set is {verdict.bound:.2f}."
        )
    if verdict.kind == "echo":
        last = "character" if verdict.echo == 1 else f"{verdict.echo} characters"
        named = ""
        if verdict.character is not None:
            named = f", most of all whether it was {plain(visible(run.vocabulary.symbols[verdict.character]))}"
        return (
            f"**An echo** of the last {last}{named}: what was just read explains "
            f"{verdict.recent:.0%} of its variance. That is no memory and counts as no label."
        )
    if verdict.kind == "position":
        return (
            f"**Follows the position** in the tune, which alone explains {verdict.position:.0%} of "
            "its variance. That counts as no label."
        )
    return "**Nothing** that it remembers beyond the last 8 characters and the position was found."


def counts(memory: MemoryIndex) -> str:
    """How many neurons remember something, and how many by the same rule where there is nothing."""
    echoes = sum(each.kind == "echo" for each in memory.verdicts)
    controls = sum(memory.untrained)
    return (
        f"By the stricter rule {memory.remembering} of {len(memory.verdicts):,} neurons remember "
        f"something; {echoes:,} echo the last characters. The same rule finds {controls} of "
        f"{memory.of_untrained:,} neurons of untrained networks, and {memory.shuffled} when each tune has "
        f"the properties of another. Fitted on {memory.fitted:,} characters of training tunes, "
        f"measured on {memory.held:,} of {memory.tunes:,} validation tunes."
    )
