"""Which neurons of an index to show first."""

from collections.abc import Sequence

from songrnn.inspection.cross_corpus import CrossCorpusCheck
from songrnn.inspection.labelling import NeuronLabel
from songrnn.inspection.memory.verdicts import MemoryIndex, Verdict


def clearest(
    labels: Sequence[NeuronLabel], checks: Sequence[CrossCorpusCheck], count: int = 3
) -> list[NeuronLabel]:
    """The neurons of the hidden state with the clearest labels, each label once, at most `count`.

    labels: those of an index. checks: the same labels on other corpora; a label that does not
    hold on each of them is left out. Labels of what a neuron remembers come before those of what
    it reads (the character just read shows in any state, so remembering is the stronger claim);
    then the larger held-out R² comes first.
    """
    found = [
        label
        for label in labels
        if label.quantity == "hidden"
        and label.label is not None
        and all(_holds(check, label) for check in checks)
    ]
    found.sort(key=lambda label: (label.kind != "remembers", -label.score))
    firsts: dict[str | None, NeuronLabel] = {}
    for label in found:
        firsts.setdefault(label.label, label)
    return list(firsts.values())[:count]


def clearest_memories(
    memory: MemoryIndex, checks: Sequence[CrossCorpusCheck], count: int = 3
) -> list[Verdict]:
    """The neurons that remember something most clearly by the stricter rule, each property once, at
    most `count`: those first that do so on each of the other corpora too."""
    found = [each for each in memory.verdicts if each.kind == "remembers"]
    found.sort(key=lambda each: (not holds_elsewhere(each, checks), -each.partial))
    firsts: dict[str | None, Verdict] = {}
    for each in found:
        firsts.setdefault(each.label, each)
    return list(firsts.values())[:count]


def holds_elsewhere(verdict: Verdict, checks: Sequence[CrossCorpusCheck]) -> bool:
    """Whether what a neuron remembers holds on every other corpus that was asked."""
    asked = [check.memory_of(verdict.layer, verdict.neuron) for check in checks]
    return all(each is not None and each.holds for each in asked)


def _holds(check: CrossCorpusCheck, label: NeuronLabel) -> bool:
    """Whether the check's corpus would give the neuron its label again."""
    found = check.of(label.quantity, label.layer, label.neuron)
    return found is not None and found.holds
