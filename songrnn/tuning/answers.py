"""From the finished runs of a study to what may be said about them, in numbers and in a sentence.

A single planned contrast gets a p; contrasts of several values with one base get intervals that
hold for all of them together (`contrasts.py`); `sentences.py` puts it into words.

Functions of a table with one row a run: columns `value` (of the varied setting), `seed` and
`bits` (best validation loss, bits per character; missing where a run is not finished).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from songrnn.store.runs import DamagedRun, Run
from songrnn.tuning.contrasts import Contrast, Group, Losses, Pair, contrast_of, groups_of, pairs_of
from songrnn.tuning.sentences import against_sentence, contrast_sentence
from songrnn.tuning.study import Against, Difference, Study


@dataclass(frozen=True)
class Answer:
    """All that a study's finished runs allow one to say."""

    sentence: str
    decided: bool
    contrast: Contrast | None
    groups: tuple[Group, ...]
    pairs: tuple[Pair, ...]
    missing: int


def answer(study: Study, table: pd.DataFrame) -> Answer:
    """Answer the study's question from its runs: columns `value`, `seed`, `bits`.

    missing: how many of the study's planned runs are not finished.
    """
    finished = table.dropna(subset=["bits"])
    bits: Losses = {
        value: {
            int(seed): float(loss) for seed, loss in zip(rows["seed"], rows["bits"], strict=True)
        }
        for value, rows in ((value, finished[finished["value"] == value]) for value in study.values)
        if len(rows)
    }
    pairs = pairs_of(study, bits)
    contrast = None if isinstance(study.contrast, Against) else contrast_of(study, bits)
    decided, sentence = (
        against_sentence(study, study.contrast, bits, [pair for pair in pairs if pair.planned])
        if isinstance(study.contrast, Against)
        else contrast_sentence(study, bits, contrast)
    )
    planned = len(study.values) * len(study.seeds)
    missing = max(planned - sum(len(by_seed) for by_seed in bits.values()), 0)
    return Answer(sentence, decided, contrast, groups_of(bits), pairs, missing)


def study_table(study: Study, runs: Iterable[Run | DamagedRun]) -> pd.DataFrame:
    """One row for each run that belongs to the study: columns run, value, seed, status, bits.

    bits: best validation loss of a finished run; missing for all others, because a run that
    trained for less is not a run of the study yet.
    """
    by_name = {run.name: run for run in runs if isinstance(run, Run)}
    rows = []
    for config in study.members(run.config for run in by_name.values()):
        status = by_name[config.name].status
        finished = status.status == "finished" and status.best is not None
        rows.append(
            {
                "run": config.name,
                "value": study.value_of(config),
                "seed": config.seed,
                "status": status.status,
                "bits": status.best.bits_per_character if finished and status.best else math.nan,
            }
        )
    return pd.DataFrame(rows, columns=["run", "value", "seed", "status", "bits"])


def first_members(study: Study, runs: Sequence[Run]) -> dict[str, Run]:
    """Value of the study's setting -> its run of the first seed that has weights, in order."""
    by_name = {run.name: run for run in runs if run.has_weights}
    found: dict[str, Run] = {}
    for config in sorted(
        study.members(run.config for run in by_name.values()), key=lambda config: config.seed
    ):
        found.setdefault(str(study.value_of(config)), by_name[config.name])
    return {str(value): found[str(value)] for value in study.values if str(value) in found}


def ends_of(study: Study) -> tuple[str, str]:
    """The two values that are compared first: those of the planned difference, the second one less
    than the first, else the first and the last of all values."""
    if isinstance(study.contrast, Difference):
        return str(study.contrast.second), str(study.contrast.first)
    return str(study.values[0]), str(study.values[-1])


def name_of(study: Study, value: str) -> str:
    """A value of the study's setting in a sentence: "the LSTM", "hidden size 250"."""
    if study.vary == "cell":
        return f"the {value.upper()}"
    return f"{study.vary.replace('_', ' ')} {value}"
