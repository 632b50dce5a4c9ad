"""Where a value decides the next character: in texts where that is known beforehand."""

import numpy as np
import pytest

from songrnn.errors import ConfigError
from songrnn.inspection.deciding import find_deciding
from songrnn.inspection.properties import COLUMNS, FIRST_COLUMN, property_number
from songrnn.inspection.recording import AnnotatedText

A, B, BAR, SYMBOLS = 2, 3, 4, 6
SINCE, PHASE = (int(FIRST_COLUMN[property_number(name)]) for name in ("since-bar", "bar-phase"))


def text(seed: int, bars: int = 30) -> AnnotatedText:
    """Bars of four random notes: after the fourth a barline comes for certain."""
    rng = np.random.default_rng(seed)
    ids = np.concatenate([[*rng.choice([A, B], 4), BAR] for _ in range(bars)])
    table = np.full((len(ids), COLUMNS), np.nan, np.float32)
    place = np.arange(len(ids)) % 5
    table[:, SINCE] = (place + 1) % 5
    table[:, PHASE] = np.sin(2 * np.pi * place / 5)
    table[:, PHASE + 1] = np.cos(2 * np.pi * place / 5)
    return AnnotatedText(str(seed), ids, table, fitted=True)


TEXTS = [text(seed) for seed in range(6)]


@pytest.mark.parametrize("name", ["since-bar", "bar-phase"])
def test_the_place_in_the_bar_decides_most_on_its_last_note_and_never_on_a_barline(
    name: str,
) -> None:
    found = find_deciding(name, TEXTS, SYMBOLS)
    assert found is not None
    other = text(9)
    decides = found.decides(other.ids, other.table)
    place = np.arange(len(other.ids)) % 5
    assert decides[place == 3].all()
    assert not decides[place == 4].any()
    sure = [context for context in found.contexts if context.likely == BAR]
    assert {context.character for context in sure} == {A, B}
    rest = [context.bits for context in found.contexts if context.likely != BAR]
    assert min(context.bits for context in sure) > 3 * max(rest, default=0)


def test_a_value_that_says_nothing_beyond_the_character_decides_nowhere_much() -> None:
    rng = np.random.default_rng(0)
    texts = []
    for each in TEXTS:
        table = each.table.copy()
        table[:, SINCE] = rng.integers(0, 4, len(each.ids))
        texts.append(AnnotatedText(each.tune, each.ids, table, fitted=True))
    found, true = (find_deciding("since-bar", given, SYMBOLS) for given in (texts, TEXTS))
    assert found is not None
    assert true is not None
    assert found.divergence.max() < 0.1
    assert true.divergence.max() > 1


def test_yes_no_properties_decide_where_they_hold_and_unknown_ones_are_told() -> None:
    assert find_deciding("downbeat", TEXTS, SYMBOLS) is None
    assert find_deciding("pitch", TEXTS, SYMBOLS) is None  # no value in these texts
    with pytest.raises(ConfigError, match="no property"):
        find_deciding("mood", TEXTS, SYMBOLS)
