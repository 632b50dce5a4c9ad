"""Motifs of a song: finite whatever is written, the same in another key, and each what it says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songrnn.corpus.sources import load
from songrnn.notation.reader import read
from songrnn.notation.transpose import transpose
from songrnn.quality.form import sections
from songrnn.quality.motifs import _NAMES, SIZE, motifs

HEADER = "X:1\nM:4/4\nL:1/4\nK:C\n"


def of(text: str) -> np.ndarray:
    reading = read(text)
    return motifs(reading, [part for part in sections(reading) if part.places])


def named(body: str) -> dict[str, float]:
    return dict(zip(_NAMES, of(HEADER + body).tolist(), strict=False))


@given(st.text(alphabet="ABcdz24/|:[]12 \n\"'(>~{}K-^=,", max_size=120))
@settings(max_examples=200, deadline=None)
def test_whatever_is_written_has_numbers(body: str) -> None:
    found = of(HEADER + body)
    assert found.shape == (SIZE,)
    assert np.isfinite(found).all()


def test_the_same_tune_in_another_key_is_the_same() -> None:
    compared = 0
    for tune in load("folk").split("validation")[:60]:
        reading = read(tune.text)
        if reading.key.tonic != "D" or reading.key.accidental or "K:" in tune.text[reading.body :]:
            continue
        other = transpose(reading, 5)
        np.testing.assert_allclose(of(other), of(tune.text), atol=1e-9)
        compared += 1
    assert compared >= 5


@pytest.mark.parametrize(
    ("body", "name", "value"),
    [
        ("CDEF|CDEF|GABc|cBAG|]", "new bars", 0.75),
        ("CDEF|DEFG|GECE|]", "new bars, contour of an earlier one, mean", 1 / 3),
        ("CDEF|GAEF|]", "new bars, end of an earlier one, mean", 0.0),
        ("CDEF|GDEF|]", "new bars, end of an earlier one, mean", 0.5),
        ("CDEG|CDEF|]", "new bars, beginning of an earlier one, mean", 0.5),
        ("CDCD|CEGc|]", "new bars, halves alike, mean", 0.5),
        ("CDEF|GABc|]", "one", 1.0),
        ("CDEF|CABc|]", "three or more", 1.0),
        ("C^DEF|GABc|]", "any", 1.0),
        ("CDEF|GABc|]", "any", 0.0),
        ("CEGc|GFED|]", "fits nearly all", 0.5),
        ("CCCC|CCCC|]", "entropy of a degree, 0 known", 0.0),
        ("CDCD|CDCD|]", "entropy of a degree, 0 known", 1.0),
        ("CDCD|CDCD|]", "entropy of a degree, 1 known", 0.0),
        ("CDEF|CDEF|]", "degrees said before, 3 notes", 2 / 6),
        ("CDEF|GABc|]", "steps said before, 3 notes", 4 / 5),
        ("CDEF|EFGA|]", "curve, 1 bars before", 1.0),
        ("CDEF|AGFE|]", "curve, 1 bars before", -1.0),
        ("CDEF|CEFA|]", "directions, 1 bars before", 1.0),
        ("CDEF|CDEF|]", "directions, 1 bars before", 0.0),  # the same bar is no motif taken up
        ("CDEF|GABc||cdef|gabc'|]", "second section above", 7.0),
    ],
)
def test_each_number_is_what_it_says(body: str, name: str, value: float) -> None:
    assert named(body)[name] == pytest.approx(value)
