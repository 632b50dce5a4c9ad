"""Ranking: what is typical comes first, what copies or was cut comes last, and each song says why."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from songrnn.config import SampleConfig
from songrnn.generation.composition import Composition
from songrnn.notation.reader import read
from songrnn.quality.novelty import Index
from songrnn.quality.ranking import Rank, rank
from songrnn.quality.typicality import SIZE, Typicality, fit, held_out_auc, places

HEADER = "X:1\nM:2/4\nL:1/8\nK:D\n"


def tune(rng: np.random.Generator, *, form: bool) -> str:
    bars = ["".join(rng.choice(list("DEFGABd"), 4)) for _ in range(8)]
    if form:
        bars[4:6] = bars[:2]
        bars[7] = "D4"
    return HEADER + "|".join(bars) + "|]\n"


def song(text: str, **changes: Any) -> Composition:
    none = np.zeros(3, np.float32)
    made = Composition(text, "", none - 1, none, SampleConfig(), 0, "end")
    return replace(made, **changes)


@pytest.fixture(scope="module")
def typical() -> Typicality:
    rng = np.random.default_rng(0)
    tunes = [tune(rng, form=True) for _ in range(60)]
    return fit([tune(rng, form=False) for _ in range(60)], tunes)


def test_form_is_learned_and_told_of_songs_that_were_not_seen(typical: Typicality) -> None:
    rng = np.random.default_rng(1)
    songs, tunes = ([tune(rng, form=form) for _ in range(30)] for form in (False, True))
    assert held_out_auc(typical, songs, tunes) > 0.9
    assert places(songs[0]).shape == (SIZE,)
    assert np.isfinite(places("")).all()


def test_the_most_typical_song_comes_first_and_is_told_why(typical: Typicality) -> None:
    rng = np.random.default_rng(2)
    songs = [song(tune(rng, form=form), seed=n) for n, form in enumerate((0, 0, 1, 0))]
    ranked = rank(songs, "typicality", typicality=typical)
    assert ranked[0][0].seed == 2
    assert [place.place for _, place in ranked] == [1, 2, 3, 4]
    scores = [place.score for _, place in ranked]
    assert scores == sorted(scores, reverse=True)
    assert ranked[0][1].score == pytest.approx(typical.score(songs[2].text))
    assert ranked[0][1].sentence().startswith("best of 4 by typicality (")


def test_likelihood_and_no_ranking() -> None:
    rng = np.random.default_rng(3)
    sure = np.full(3, -0.1, np.float32)
    songs = [song(tune(rng, form=False), seed=0), song(tune(rng, form=False), seed=1)]
    songs[1] = replace(songs[1], log_probabilities=sure)
    assert [one.seed for one, _ in rank(songs, "likelihood")] == [1, 0]
    assert [one.seed for one, _ in rank(songs, "none")] == [0, 1]
    assert rank(songs, "none")[1][1] == Rank(2, 2, "none", None, None, False)


def test_what_copies_or_was_ended_by_the_limit_comes_last(typical: Typicality) -> None:
    rng = np.random.default_rng(4)
    text = tune(rng, form=True)
    known = type("Known", (), {"id": "a", "text": text})()
    others = [song(tune(rng, form=False), seed=n) for n in (1, 2)]
    copy, cut = song(text, seed=3), song(tune(rng, form=True), seed=4, stopped_by="length")
    ranked = rank(
        [copy, cut, *others], "typicality", typicality=typical, index=Index.build([known])
    )
    assert [one.seed for one, _ in ranked[2:]] == [4, 3]
    assert ranked[-1][1].held_back
    assert f"held back for {len(read(text).events)} notes" in ranked[-1][1].sentence()


def test_ranking_by_typicality_needs_one() -> None:
    with pytest.raises(ValueError, match="Typicality"):
        rank([], "typicality")
