"""What the Neurons page says of the stricter rule: each kind of verdict with its figures."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard.views.neurons.card import first_rule
from dashboard.views.neurons.layer import clearest_neuron
from dashboard.views.neurons.verdicts import counts, verdict_of
from dashboard.views.neurons.words import KIND_MEANINGS
from songrnn.inspection.index import open_index
from songrnn.inspection.memory.verdicts import MemoryIndex, Verdict

CHECKPOINTS = Path(__file__).resolve().parents[2] / "checkpoints"
FOUND = Verdict(
    layer=0, neuron=3, quantity="cell", kind="remembers", label="compound", measure="R²", score=0.8,
    partial=0.78, low=0.73, bound=0.11, n=442, counted="tunes", echo=0, character=None, recent=0.2,
    position=0.1,
)  # fmt: skip
RUN: Any = SimpleNamespace(vocabulary=SimpleNamespace(symbols=["START", "END", "\n", "d"]))


@pytest.mark.parametrize(
    ("change", "figures"),
    [
        ({}, ["0.78", "0.73", "0.11", "442 tunes", "compound meter"]),
        ({"kind": "echo", "label": None, "echo": 1, "character": 2, "recent": 0.91}, ["91%", "↵"]),
        ({"kind": "echo", "label": None, "echo": 4, "recent": 0.6}, ["60%", "4 characters"]),
        ({"kind": "position", "label": None, "position": 0.4}, ["40%"]),
        ({"kind": "none", "label": None}, ["8"]),
    ],
)
def test_a_verdict_is_said_with_its_figures(change: Any, figures: list[str]) -> None:
    said = verdict_of(RUN, replace(FOUND, **change))
    assert said.startswith("**")
    for figure in figures:
        assert figure in said


def test_the_count_stands_beside_what_the_rule_finds_where_there_is_nothing() -> None:
    others = [replace(FOUND, neuron=n, kind="echo", label=None) for n in range(4, 7)]
    memory = MemoryIndex((FOUND, *others), (0, 1, 0), 2, 200_000, 121_305, 442)
    said = counts(memory)
    for figure in ("1 of 4", "3 echo", "1 of 12", "and 2 when", "200,000", "121,305", "442"):
        assert figure in said


def test_the_page_opens_on_the_neuron_that_remembers_most_clearly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = [
        replace(FOUND, neuron=1, partial=0.2),
        replace(FOUND, neuron=2, layer=1, partial=0.9),
        replace(FOUND, neuron=4, kind="echo", label=None, partial=0.95),
    ]
    memory = MemoryIndex((FOUND, *others), (0,), 0, 1, 1, 1)
    labels = [SimpleNamespace(label="note", layer=0, neuron=7, score=0.9)]
    index = SimpleNamespace(memory=memory, labels=labels)
    monkeypatch.setattr("dashboard.loaders.neurons.index", lambda run: index)
    assert [clearest_neuron(RUN, layer) for layer in (0, 1, 2)] == [3, 2, 0]
    index.memory = None
    assert clearest_neuron(RUN, 0) == 7
    monkeypatch.setattr("dashboard.loaders.neurons.index", lambda run: None)
    assert clearest_neuron(RUN, 0) == 0


def test_figures_of_the_first_rule_are_told_from_those_of_the_verdict() -> None:
    """The label may name another property than the verdict; R² 0.57 beside a partial R² of 0.37."""
    label = open_index(CHECKPOINTS / "lstm-150").labels[34]
    assert (label.neuron, label.best, label.kind) == (34, "downbeat", "remembers")
    said = " ".join(first_rule(label, also=True))
    assert "hidden state goes with, by the first rule" in said
    assert "of this label, not of what stands above" in said
    assert first_rule(label, also=False) == [KIND_MEANINGS["remembers"]]
