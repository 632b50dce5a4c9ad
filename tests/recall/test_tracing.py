"""What of a text was recalled: against the mixture's own parts, and where it must be known."""

from pathlib import Path

import numpy as np
import pytest

from songrnn.model.engine import Engine
from songrnn.recall.evaluation import losses
from songrnn.recall.stored import read_gate
from songrnn.recall.tracing import trace
from songrnn.store.runs import open_run

HEAD = "X:1\nT:A\nM:2/4\nL:1/8\nK:D\n"
BAR = "DFAF|"
TEXT = HEAD + BAR + "GABc|dcBA|F2D2|" + BAR + "GABc|dcBA|D4|]\n"


@pytest.fixture(scope="module")
def parts():  # type: ignore[no-untyped-def]
    run = open_run("lstm-150", checkpoints=Path(__file__).parents[2] / "checkpoints")
    gate = read_gate(run)
    assert gate is not None
    return Engine.of(run), gate, run.vocabulary


def test_a_bar_said_again_is_taken_from_the_bar_it_repeats(parts) -> None:  # type: ignore[no-untyped-def]
    found = trace(*parts, TEXT)
    again = TEXT.index("GABc", TEXT.index("F2D2"))
    assert found.shares[again + 1 : again + 4].min() > 0.5
    assert found.places[again + 2] == TEXT.index("GABc") + 2
    taken = {one.bar: one for one in found.taken()}
    assert taken[5].source_bar == 1
    start, end = taken[5].source
    assert "GABc" in TEXT[start:end]
    assert not set(taken) & {0, 1, 2, 3}  # there was nothing to take these from


def test_nothing_is_recalled_in_the_header_or_at_no_strength(parts) -> None:  # type: ignore[no-untyped-def]
    found = trace(*parts, TEXT)
    assert (found.shares >= 0).all()
    assert (found.shares <= 1).all()
    assert ((found.places >= 0) == (found.shares > 0)).all()
    assert (found.places < np.arange(len(TEXT))).all()
    assert not trace(*parts, TEXT, 0.0).shares.any()


def test_what_was_not_recalled_is_the_networks(parts) -> None:  # type: ignore[no-untyped-def]
    engine, gate, vocabulary = parts
    found = trace(engine, gate, vocabulary, TEXT)
    mixed = losses(engine, gate, vocabulary, [TEXT])[0][:-1]
    alone = losses(engine, gate, vocabulary, [TEXT], 0.0)[0][:-1]
    # g_0 p(s) = (1 − share) P(s) and g_0 is at most 1.
    assert (np.log1p(-np.minimum(found.shares, 1 - 1e-9)) - mixed <= -alone + 1e-6).all()
