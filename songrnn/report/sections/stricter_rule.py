"""What the stricter rule says of a run and of a neuron: memory, or only what was just read."""

from collections.abc import Sequence

from songrnn.inspection.cross_corpus import CrossCorpusCheck
from songrnn.inspection.index import NeuronIndex
from songrnn.inspection.labelling import NeuronLabel
from songrnn.inspection.memory.verdicts import MemoryIndex, Verdict
from songrnn.inspection.properties import PROPERTIES
from songrnn.report.numbers import fixed, listed, percent

_WORDS = {each.name: each.words for each in PROPERTIES}
_STATES = {"hidden": "hidden state", "cell": "cell state"}


def of_run(memory: MemoryIndex) -> str:
    """How many neurons remember something, and how many where there is nothing to find."""
    return (
        "By a stricter rule, which first takes away all that the last characters and the position in "
        f"the tune explain, {memory.remembering} of {len(memory.verdicts):,} neurons remember "
        f"something. The same rule finds {sum(memory.untrained)} of {memory.of_untrained:,} neurons of "
        f"untrained networks, and {memory.shuffled} of this network's when the properties are those "
        "of other tunes."
    )


def of_neuron(index: NeuronIndex, checks: Sequence[CrossCorpusCheck], label: NeuronLabel) -> str:
    """The verdict on the neuron of a label, a sentence; "" where the rule was not asked."""
    verdict = None if index.memory is None else index.memory.of(label.layer, label.neuron)
    if verdict is None:
        return ""
    if verdict.kind == "remembers":
        return f"By the stricter rule it {_remembers(verdict, checks)}."
    if verdict.kind == "echo":
        last = "character" if verdict.echo == 1 else f"{verdict.echo} characters"
        return (
            f"By the stricter rule it is an echo of the last {last}: what the last 8 say explains "
            f"{percent(verdict.recent)} of its variance, and no memory was found."
        )
    if verdict.kind == "position":
        return (
            "By the stricter rule it follows the position in the tune, which alone explains "
            f"{percent(verdict.position)} of its variance, and no memory was found."
        )
    return "By the stricter rule nothing was found that it remembers."


def _remembers(verdict: Verdict, checks: Sequence[CrossCorpusCheck]) -> str:
    words = (
        f"remembers “{_WORDS.get(verdict.label or '', verdict.label)}” "
        f"({_STATES.get(verdict.quantity, verdict.quantity)}): with the last 8 characters and the "
        f"position taken out of both sides the partial {verdict.measure} is "
        f"{fixed(verdict.partial, 2)}, at least {fixed(verdict.low, 2)}, on {verdict.n:,} "
        f"{verdict.counted} of validation tunes"
    )
    asked = [(check, check.memory_of(verdict.layer, verdict.neuron)) for check in checks]
    told = [
        f"on `{check.corpus}` it {'holds' if found.holds else 'does not hold'} "
        f"({fixed(found.partial_there, 2)})"
        for check, found in asked
        if found is not None
    ]
    return f"{words}; {listed(told)}" if told else words
