"""Blind listening: pairs that give nothing away, answers that are kept, shares with intervals."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from songrnn.config import SampleConfig
from songrnn.corpus.tunebook import Tune
from songrnn.errors import CorpusError
from songrnn.generation.composition import Composition
from songrnn.quality.listening import (
    ATTEMPTS,
    FILE,
    Guess,
    draw_pair,
    header_of,
    keep,
    kept,
    tally,
)

LONG = "DEFG ABcd|" * 9


def tune(body: str = LONG) -> Tune:
    text = f"X:1\nT:A Secret\nM:4/4\nL:1/8\nK:D\n{body}\n"
    fields = dict.fromkeys(("rhythm", "meter", "unit_length", "key", "source"), "")
    return Tune(
        id="a", number="1", title="A Secret", text=text, family="1", split="validation", **fields
    )


def song(prime: str, seed: int, body: str, stopped_by: str = "end") -> Composition:
    return Composition(
        text=prime + body,
        prime=prime,
        log_probabilities=np.zeros(len(body)),
        withheld=np.zeros(len(body)),
        config=SampleConfig(),
        seed=seed,
        stopped_by=stopped_by,  # type: ignore[arg-type]
    )


def guess(
    run: str = "best", *, right: bool = True, temperature: float = 0.8, whole_bars: bool = False
) -> Guess:
    return Guess(
        run=run,
        temperature=temperature,
        whole_bars=whole_bars,
        seed=1,
        tune="a",
        machine_first=True,
        guessed_first=right,
        created=datetime(2026, 11, 23, tzinfo=UTC),
    )


def test_a_song_begins_with_the_tunes_header_without_its_title() -> None:
    pair = draw_pair([tune()], lambda p, s: song(p, s, LONG), np.random.default_rng(0))
    assert pair.song.prime == "X:1\nM:4/4\nL:1/8\nK:D\n" == header_of(pair.tune.text)


def test_both_orders_come_about_as_often() -> None:
    rng = np.random.default_rng(1)
    pairs = [draw_pair([tune()], lambda p, s: song(p, s, LONG), rng) for _ in range(200)]
    first = sum(pair.machine_first for pair in pairs)
    assert 70 < first < 130
    for pair in pairs:
        assert pair.texts[0 if pair.machine_first else 1] == pair.song.text


def test_songs_are_written_until_one_ends_by_itself_with_eight_bars() -> None:
    bodies = iter([("AB|", "end"), (LONG, "limit"), (LONG, "end"), ("never", "end")])
    pair = draw_pair([tune()], lambda p, s: song(p, s, *next(bodies)), np.random.default_rng(0))
    assert pair.song.text.endswith(LONG)
    assert pair.song.stopped_by == "end"
    assert next(bodies) == ("never", "end")


def test_a_run_that_never_manages_is_heard_anyhow() -> None:
    asked = []
    pair = draw_pair(
        [tune()], lambda p, s: asked.append(s) or song(p, s, "AB|"), np.random.default_rng(0)
    )
    assert len(asked) == ATTEMPTS
    assert pair.song.seed == asked[-1]


def test_short_tunes_are_not_compared() -> None:
    with pytest.raises(CorpusError, match="eight bars"):
        draw_pair([tune("AB|")], lambda p, s: song(p, s, LONG), np.random.default_rng(0))


def test_guesses_are_kept_and_a_damaged_line_costs_only_itself(tmp_path: Path) -> None:
    assert kept(tmp_path) == []
    keep(guess(), tmp_path / "data")
    with (tmp_path / "data" / FILE).open("a") as file:
        file.write("no guess\n")
    keep(guess(right=False), tmp_path / "data")
    assert [one.right for one in kept(tmp_path / "data")] == [True, False]


def test_shares_are_told_by_run_temperature_and_rule() -> None:
    others = [guess(temperature=0.5), guess("other"), guess(whole_bars=True)]
    found = tally([guess(), guess(right=False), guess(), *others])
    expected = [("best", 0.5, False), ("best", 0.8, False), ("best", 0.8, True)]
    assert list(found) == [*expected, ("other", 0.8, False)]
    share = found["best", 0.8, False]
    assert (share.estimate, share.n) == (pytest.approx(2 / 3), 3)
    assert share.low < 0.5 < share.high
