"""Which labels of an index to show first."""

from collections.abc import Sequence

from songrnn.inspection.cross_corpus import CrossCorpusCheck
from songrnn.inspection.labelling import NeuronLabel


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


def _holds(check: CrossCorpusCheck, label: NeuronLabel) -> bool:
    """Whether the check's corpus would give the neuron its label again."""
    found = check.of(label.quantity, label.layer, label.neuron)
    return found is not None and found.holds
