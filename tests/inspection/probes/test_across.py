"""Probes of several runs side by side, on outcomes made by hand."""

from dataclasses import replace

import numpy as np
import pytest

from songrnn.errors import ConfigError
from songrnn.inspection.probes.across import across, sentence
from songrnn.inspection.probes.outcomes import Figures
from songrnn.inspection.probes.stored import NamedUnit, StoredProbes, TaskProbes
from songrnn.statistics import Interval

TUNES = 30


def probes(right: dict[str, float]) -> StoredProbes:
    """Two classes, ten characters of each tune; of those so many are told right."""
    rng = np.random.default_rng(0)
    tasks, arrays = [], {}
    for name, share in right.items():
        hits = rng.binomial(5, share, (TUNES, 2))
        table = np.zeros((TUNES, 2, 2), np.float32)
        table[:, [0, 1], [0, 1]] = hits
        table[:, [0, 1], [1, 0]] = 5 - hits
        arrays[f"tunes_{name}"] = table
        figures = Figures(None, Interval(share, share, share, TUNES), None, None, ())
        unit = NamedUnit("hidden", 0, 0)
        same = Interval(0, 0, 0, TUNES)
        tasks.append(
            TaskProbes(
                name, f"the {name}", ("no", "yes"), {"all": figures}, {"all": figures}, unit, figures,
                (unit,), figures, figures, figures, None, None, same, same,
            )
        )  # fmt: skip
    return StoredProbes(tuple(tasks), "folk", "0", "0", 0, 300, 60, 300, TUNES, arrays)


RNN = probes({"meter": 0.5, "beat": 0.7, "key": 0.9})
LSTM = probes({"meter": 0.9, "beat": 0.7, "key": 0.5})


def test_the_sentence_says_which_state_holds_more_of_what() -> None:
    found = across({"rnn": RNN, "gru": LSTM, "lstm": LSTM}, "rnn", "lstm")
    by_name = {each.name: each for each in found}
    assert by_name["meter"].difference.low > 0.2
    assert by_name["key"].difference.high < -0.2
    assert by_name["beat"].difference.estimate == pytest.approx(0, abs=0.2)
    assert list(by_name["meter"].figures) == ["rnn", "gru", "lstm"]
    said = sentence(found, "the RNN", "the LSTM")
    more, less, _ = said.split(". ")
    assert "the LSTM holds more than that of the RNN" in more
    assert "the meter (+0." in more
    assert "the RNN holds more than that of the LSTM" in less
    assert "the key (+0." in less
    assert said.endswith("No difference is shown of: the beat.")


def test_runs_that_were_not_probed_or_on_other_tunes_are_told() -> None:
    with pytest.raises(ConfigError, match="lstm"):
        across({"rnn": RNN}, "rnn", "lstm")
    with pytest.raises(ConfigError, match="other tunes"):
        across({"rnn": RNN, "lstm": replace(LSTM, seed=1)}, "rnn", "lstm")
