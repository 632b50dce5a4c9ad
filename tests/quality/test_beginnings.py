"""What tells beginnings of tunes from beginnings of songs: learned, kept with a run, guarded."""

import json
from pathlib import Path

import numpy as np
import pytest

from songrnn.config import CorpusReference, ModelConfig, RunConfig, SampleConfig
from songrnn.corpus.vocabulary import Vocabulary
from songrnn.errors import DamagedRunError
from songrnn.generation.phrases import CUTS, cut
from songrnn.quality.beginnings import SIZE, Beginnings, fit, fit_drafts, measured
from songrnn.quality.beginnings_file import FILE, read_beginnings, write_beginnings
from songrnn.quality.motifs import SIZE as MOTIFS
from songrnn.quality.novelty import Index
from songrnn.quality.typicality import RHYTHMS, RUNS
from songrnn.store.creating import create_run

HEADER = "X:1\nM:2/4\nL:1/8\nK:D\n"


def tune(rng: np.random.Generator, *, form: bool) -> str:
    bars = ["".join(rng.choice(list("DEFGABd"), 4)) for _ in range(8)]
    if form:
        bars[4:6] = bars[:2]
        bars[7] = "D4"
    return HEADER + "|".join(bars) + "|]\n"


@pytest.fixture(scope="module")
def learned() -> Beginnings:
    rng = np.random.default_rng(0)
    sides = ([tune(rng, form=form) for _ in range(30)] for form in (False, True))
    return fit(*sides)


def test_form_is_heard_as_soon_as_it_is_there(learned: Beginnings) -> None:
    rng = np.random.default_rng(1)
    songs, tunes = ([tune(rng, form=form) for _ in range(20)] for form in (False, True))
    six = CUTS.index(6)  # bars: the fifth and sixth are the first and second
    for stage, bars in ((six, 6), (len(CUTS), 100)):
        plain, formed = (
            [learned.score(*cut(text, bars), stage) for text in side] for side in (songs, tunes)
        )
        assert np.mean([a > b for a in formed for b in plain]) > 0.8
    assert measured(HEADER, False).shape == (SIZE,)
    assert np.isfinite(measured("", True)).all()


def test_songs_are_learned_from_as_each_stage_sees_them(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    songs, tunes = ([tune(rng, form=form) for _ in range(2)] for form in (False, True))
    seen: list[np.ndarray] = []

    class Learner:
        coef_, intercept_ = np.zeros((1, SIZE)), np.zeros(1)

        def __init__(self, **settings: object) -> None:
            pass

        def fit(self, x: np.ndarray, y: np.ndarray) -> None:
            seen.append(x)

    monkeypatch.setattr("sklearn.linear_model.LogisticRegression", Learner)
    fit(songs, tunes)
    for bars, x in zip((*CUTS, 100), seen, strict=True):
        expected = np.array([measured(*cut(text, bars)) for text in (*songs, *tunes)])
        differ = expected.std(0) > 1e-6
        centred = (expected - expected.mean(0))[:, differ]
        # Features are scaled, which keeps which of two texts has more.
        assert (np.sign(x[:, differ].round(6)) == np.sign(centred.round(6))).all()
        assert not x[:, ~differ].round(4).any()


def test_what_still_tells_drafts_from_tunes_is_added_for_whole_songs(learned: Beginnings) -> None:
    """Drafts that have the form but begin every bar alike."""
    rng = np.random.default_rng(4)
    tunes, drafts = ([tune(rng, form=True) for _ in range(60)] for _ in range(2))
    drafts = [HEADER + text.removeprefix(HEADER).replace("|", "|A") for text in drafts]
    again = fit_drafts(learned, drafts[:30], tunes[:30])
    np.testing.assert_array_equal(again.weights[:-1], learned.weights[:-1])
    hashed = np.s_[-1, -(RUNS + RHYTHMS) :]
    np.testing.assert_array_equal(again.weights[hashed], learned.weights[hashed])
    before, after = (
        [
            each.score(a, True, len(CUTS)) - each.score(b, True, len(CUTS))
            for a, b in zip(tunes[30:], drafts[30:], strict=True)
        ]
        for each in (learned, again)
    )
    assert min(after) > 0
    assert np.mean(after) > np.mean(before) + 1


def test_what_copies_is_worse_than_all_that_does_not(learned: Beginnings) -> None:
    rng = np.random.default_rng(2)
    copied, own = tune(rng, form=True), tune(rng, form=False)
    index = Index.build([type("Known", (), {"id": "a", "text": copied})()])
    freely, guarded = (
        learned.judge(each)([own, copied], [True, True], 8, [0.0, 0.0]) for each in (None, index)
    )
    assert freely[1] > freely[0]
    assert guarded[1] < guarded[0] == freely[0]


def test_it_is_kept_with_its_run(learned: Beginnings, tmp_path: Path) -> None:
    config = RunConfig(
        name="mine",
        model=ModelConfig(hidden_size=4, embedding_size=2),
        corpus=CorpusReference(name="none", sha256="0" * 64),
    )
    run = create_run(config, Vocabulary.of("abc\n"), checkpoints=tmp_path)
    assert read_beginnings(run) is None
    write_beginnings(run, learned, settings=SampleConfig(), songs=30, tunes=30)
    again = read_beginnings(run)
    assert again is not None
    np.testing.assert_array_equal(again.weights, learned.weights)
    np.testing.assert_array_equal(again.added, learned.added)
    path: Path = run.path / FILE
    kept = path.read_text()
    document = json.loads(kept)
    places = len(document["weights"][0]) - MOTIFS - RUNS - RHYTHMS
    for row in document["weights"]:  # as it was kept before motifs were measured
        del row[places : places + MOTIFS]
    path.write_text(json.dumps(document))
    before = read_beginnings(run)
    assert before is not None
    assert not before.weights[:, places : places + MOTIFS].any()
    rest = np.delete(learned.weights, np.s_[places : places + MOTIFS], axis=1)
    np.testing.assert_array_equal(
        np.delete(before.weights, np.s_[places : places + MOTIFS], axis=1), rest
    )
    for row in document["weights"]:
        del row[-1]
    path.write_text(json.dumps(document))
    with pytest.raises(DamagedRunError, match="another version"):
        read_beginnings(run)
    for before, after in (('"cuts":[4,', '"cuts":[5,'), ('"added":[', '"added":[1e999,')):
        path.write_text(kept.replace(before, after))
        with pytest.raises(DamagedRunError):
            read_beginnings(run)
    first = kept.index('"added":[') + len('"added":[')
    path.write_text(kept[:first] + "1e999" + kept[kept.index(",", first) :])
    with pytest.raises(DamagedRunError):
        read_beginnings(run)
