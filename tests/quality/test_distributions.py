"""Likeness to real tunes: 1 and 0 bits for the same ones, worse for others, honest intervals."""

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from songrnn.quality.distributions import MEANINGS, compare, features, jackknifed, overlap
from songrnn.statistics import jensen_shannon

HEADER = "X:1\nM:2/4\nL:1/8\nK:{}\n"
JIG = "X:1\nM:6/8\nL:1/8\nK:G\nGAB d3|e2d B3|\n"


def random_tunes(seed: int, letters: str, count: int = 40) -> list[str]:
    rng = np.random.default_rng(seed)
    return [
        HEADER.format("G")
        + "|".join("".join(rng.choice(list(letters), 4)) for _ in range(8))
        + "|\n"
        for _ in range(count)
    ]


def test_features_count_what_is_there() -> None:
    found = features(HEADER.format("D") + "DF A2|d2 z2|\n")
    assert found["pitch_class"] == {0: 2, 4: 1, 7: 1}  # from the tonic D
    assert found["interval"] == {4: 1, 3: 1, 5: 1}
    assert {float(value): count for value, count in found["duration"].items()} == {0.5: 2, 1: 3}
    assert sum(found["bar_rhythm"].values()) == 2


def test_a_transposed_tune_has_the_same_features() -> None:
    one, other = features(HEADER.format("D") + "DFAd|"), features(HEADER.format("G") + "GBdg|")
    assert one == other


def test_tunes_are_like_themselves() -> None:
    real = [features(text) for text in random_tunes(0, "GABd")]
    for like in compare(real, real):
        assert like.overlap.estimate == pytest.approx(1)
        assert like.divergence.estimate == pytest.approx(0, abs=1e-12)
        assert like.divergence.n == 40


def test_other_letters_are_less_like_and_the_interval_holds_the_estimate() -> None:
    real = [features(text) for text in random_tunes(0, "GABd")]
    near = [features(text) for text in random_tunes(1, "GABd")]
    far = [features(text) for text in random_tunes(2, "CEF_B")]
    for close, distant in zip(compare(near, real), compare(far, real), strict=True):
        assert close.feature == distant.feature
        if close.feature in ("pitch_class", "interval"):
            assert distant.divergence.low > close.divergence.high
            assert distant.overlap.high < close.overlap.low
        assert close.divergence.low <= close.divergence.estimate <= close.divergence.high


def drawn(rng: np.random.Generator, chances: list[float], songs: int) -> np.ndarray:
    """Songs of 30 notes that lean a little one way or the other, as songs do."""
    return np.array(
        [rng.multinomial(30, rng.dirichlet(80 * np.array(chances))) for _ in range(songs)]
    )


@pytest.mark.parametrize("songs", [25, 200])
def test_the_size_of_a_set_does_not_make_it_less_like(songs: int) -> None:
    rng = np.random.default_rng(5)
    same = [0.4, 0.3, 0.2, 0.05, 0.05]
    found = [
        jackknifed(drawn(rng, same, songs), drawn(rng, same, songs), jensen_shannon).estimate
        for _ in range(40)
    ]
    plain = [
        jensen_shannon(drawn(rng, same, songs).sum(axis=0), drawn(rng, same, songs).sum(axis=0))
        for _ in range(40)
    ]
    assert np.mean(found) < 0.6 * np.mean(plain)


def test_the_interval_covers_the_true_divergence_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(6)
    ours, theirs = [0.4, 0.3, 0.2, 0.05, 0.05], [0.25, 0.3, 0.25, 0.1, 0.1]
    true = jensen_shannon(ours, theirs)
    found = [
        jackknifed(drawn(rng, ours, 40), drawn(rng, theirs, 60), jensen_shannon) for _ in range(200)
    ]
    assert np.mean([one.low <= true <= one.high for one in found]) > 0.9
    assert np.mean([one.estimate for one in found]) == pytest.approx(true, rel=0.1)


def test_the_divergence_is_that_of_scipy_squared() -> None:
    real, songs = [features(JIG)], [features(HEADER.format("G") + "GABd|e2d2|")]
    found = {like.feature: like for like in compare(songs, real)}
    values = sorted(set(real[0]["pitch_class"]) | set(songs[0]["pitch_class"]))
    p, q = ([side["pitch_class"][value] for value in values] for side in (songs[0], real[0]))
    wanted = jensenshannon(p, q, base=2) ** 2
    assert found["pitch_class"].divergence.estimate == pytest.approx(wanted)
    assert found["pitch_class"].overlap.estimate == pytest.approx(
        overlap(np.array(p, float), np.array(q, float))
    )


def test_songs_without_notes_leave_a_feature_out() -> None:
    found = compare([features("X:1\n")], [features(JIG)])
    assert [like.feature for like in found] == []
    assert set(MEANINGS) == {"pitch_class", "interval", "duration", "bar_rhythm"}
