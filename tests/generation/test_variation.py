"""Variations keep what they promise to keep."""

from pathlib import Path

import pytest

from songrnn.config import SampleConfig
from songrnn.generation.composer import compose
from songrnn.generation.variation import SameRhythm, head_of
from songrnn.model.engine import Engine
from songrnn.notation.reader import read
from songrnn.store.runs import Run, open_run

HEADER = "X:1\nT:A\nM:2/4\nL:1/8\nK:D\n"
SONG = HEADER + '"D"DF ^A2-|A2 [GB]c\'|(3dcB A>F|d4:|\nDFAF|GABc|dcBA|d4|]\n'


@pytest.fixture(scope="module")
def run() -> Run:
    return open_run("lstm-150", checkpoints=Path(__file__).parents[2] / "checkpoints")


def test_a_head_is_the_first_section_or_half_of_the_bars() -> None:
    assert head_of(read(SONG)).endswith("|d4:|")
    assert head_of(read(HEADER + "DFAF|GABc|dcBA|d4|]\n")).endswith("DFAF|GABc|")
    assert head_of(read(HEADER)) == HEADER


@pytest.mark.parametrize("seed", range(3))
def test_new_pitches_leave_rhythm_bars_and_header(run: Run, seed: int) -> None:
    before = read(SONG)
    rules = SameRhythm(before, run.vocabulary)
    song = compose(
        Engine.of(run),
        run.vocabulary,
        prime=SONG[: before.body],
        config=SampleConfig(limit=rules.length + 1),
        seed=seed,
        constraint=rules,
    )
    after = read(song.text)
    assert song.stopped_by == "end"
    assert [event.duration for event in after.events] == [e.duration for e in before.events]
    assert [line.text for line in after.barlines] == [line.text for line in before.barlines]
    assert after.header == before.header
    assert [event.pitches for event in after.events] != [e.pitches for e in before.events]
    tied = [(a, b) for a, b in zip(after.events, after.events[1:], strict=False) if a.tied]
    assert tied
    assert all(a.pitches == b.pitches for a, b in tied)
