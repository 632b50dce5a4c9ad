"""Which labels come first: remembering before reading, then by score, each label once."""

from songrnn.inspection.clearest import clearest, clearest_memories
from songrnn.inspection.cross_corpus import CheckedLabel, CrossCorpusCheck
from songrnn.inspection.labelling import NeuronLabel
from songrnn.inspection.memory.elsewhere import CheckedMemory
from songrnn.inspection.memory.verdicts import MemoryIndex, Verdict
from songrnn.inspection.scoring import Kind


def label(neuron: int, name: str | None, kind: Kind, score: float, quantity: str = "hidden"):
    return NeuronLabel(
        quantity, 0, neuron, name, "", kind, None, name or "note", score, "", 0.1, 900, 0.0, None, 0.0
    )  # fmt: skip


LABELS = [
    label(0, "note", "reads", 0.9),
    label(1, "since-bar", "remembers", 0.5),
    label(2, "since-bar", "remembers", 0.6),
    label(3, "title", "reads", 0.7),
    label(4, None, "reads", 0.95),
    label(5, "key", "remembers", 0.99, quantity="cell"),
]


def neurons(labels: list[NeuronLabel]) -> list[int]:
    return [label.neuron for label in labels]


def check(scores: dict[int, float | None]) -> CrossCorpusCheck:
    checked = tuple(
        CheckedLabel("hidden", 0, one.neuron, one.label or "", "reads", one.score, 9, score, 9)
        for one in LABELS
        for neuron, score in scores.items()
        if neuron == one.neuron
    )
    return CrossCorpusCheck("essen", "train", 9, 0, 900, 450, "0", checked)


def test_each_label_of_the_hidden_state_comes_once_remembering_first() -> None:
    assert neurons(clearest(LABELS, [])) == [2, 0, 3]
    assert neurons(clearest(LABELS, [], count=1)) == [2]


def test_a_label_that_fails_on_another_corpus_is_left_out() -> None:
    fails_for_two = check({0: 0.9, 1: 0.5, 2: 0.0, 3: None})
    assert neurons(clearest(LABELS, [fails_for_two])) == [1, 0]


def test_no_labels_are_no_error() -> None:
    assert clearest([], []) == []


def verdict(neuron: int, label: str | None, partial: float) -> Verdict:
    return Verdict(
        0, neuron, "hidden", "remembers" if label else "echo", label, "R²", 0.6, partial, 0.3, 0.1, 9,
        "characters", 0, None, 0.1, 0.1,
    )  # fmt: skip


def test_of_what_is_remembered_that_comes_first_which_holds_elsewhere_too() -> None:
    found = [
        verdict(0, "compound", 0.8),
        verdict(1, "header", 0.3),
        verdict(2, "header", 0.4),
        verdict(3, None, 0.9),
    ]
    memory = MemoryIndex(tuple(found), (0,), 0, 9, 9, 9)
    assert [each.neuron for each in clearest_memories(memory, [])] == [0, 2]
    there = tuple(
        CheckedMemory("hidden", 0, each.neuron, each.label or "", each.partial, low, low)
        for each, low in zip(found, (0.0, 0.2, 0.0), strict=False)
    )
    elsewhere = CrossCorpusCheck("essen", "train", 9, 0, 900, 450, "0", (), there)
    assert [each.neuron for each in clearest_memories(memory, [elsewhere])] == [1, 0]
