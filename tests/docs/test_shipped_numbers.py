"""Tables of the documents say what the shipped files say: read anew, by nothing but json and numpy."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

ROOT = Path(__file__).parents[2]
CHECKPOINTS = ROOT / "checkpoints"
# Row of a table of docs/neurons.md -> task of probes.npz.
TASKS = {
    "characters since the line began": "since-line",
    "characters since the barline": "since-bar",
    "bars since the tune began": "bar",
    "meter": "meter",
    "key": "key",
    "beat": "beat",
    "section": "section",
    "end": "end",
    "scale degree": "degree",
    "bar of four": "phrase-bar",
    "which bar": "phrase-bar",
    "kind of character": "syntax",
}


def rows(document: str, header: str) -> list[list[str]]:
    """The cells of the table that begins with this header, without its first two lines."""
    text = (ROOT / document).read_text(encoding="utf-8")
    lines = text[text.index(header) :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def numbers(cell: str) -> list[float]:
    return [float(found) for found in re.findall(r"[+-]?\d+\.\d+", cell.replace("−", "-"))]


def summary(run: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CHECKPOINTS / run / "summary.json").read_text())
    return found


def bits(run: str, seeds: int) -> Any:
    names = [run, *(f"{run}-seed-{seed}" for seed in range(1, seeds))]
    return np.array([summary(name)["best_validation_bits_per_character"] for name in names])


def probes(run: str) -> dict[str, Any]:
    with np.load(CHECKPOINTS / run / "probes.npz") as arrays:
        tasks = json.loads(bytes(arrays["document"]))["tasks"]
    return {task["name"]: task for task in tasks}


def main(figures: dict[str, Any]) -> dict[str, float]:
    found: dict[str, float] = figures.get("mean_iou") or figures["r_squared"]
    return found


def task_of(cell: str) -> str:
    return next(task for words, task in TASKS.items() if words in cell)


def ends(interval: dict[str, float]) -> list[float]:
    return [interval["estimate"], interval["low"], interval["high"]]


def test_the_table_of_probes_is_that_of_the_shipped_ones() -> None:
    shipped = probes("lstm-150")
    found = rows("docs/neurons.md", "|  | all states | best unit |")
    assert len(found) == len(shipped)
    for name, *cells in found:
        task = shipped[task_of(name)]
        beside = [task["single"], task["few"], task["untrained"]["all"], task["recent"]]
        wanted = [
            main(each)["estimate"] for each in (task["states"]["all"], *beside, task["ceiling"])
        ]
        assert [numbers(cell)[0] for cell in cells[:6]] == pytest.approx(wanted, abs=0.00501)
        for cell, part in ((cells[7], "beyond_recent"), (cells[8], "beyond_untrained")):
            assert numbers(cell) == pytest.approx(ends(task[part]), abs=0.00501)


@pytest.mark.parametrize(
    ("header", "runs"),
    [
        ("| | RNN | GRU | LSTM |", ("rnn-150", "gru-150", "lstm-150")),
        ("| | 50 | 150 | 250 |", ("lstm-50", "lstm-150", "lstm-250")),
    ],
)
def test_the_probes_of_studies_are_those_of_the_shipped_ones(
    header: str, runs: tuple[str, ...]
) -> None:
    shipped = [probes(run) for run in runs]
    for name, *cells in rows("docs/neurons.md", header):
        task = task_of(name)
        wanted = [main(each[task]["states"]["all"])["estimate"] for each in shipped]
        assert [numbers(cell)[0] for cell in cells[:3]] == pytest.approx(wanted, abs=0.00501)
        assert numbers(cells[3])[0] == pytest.approx(wanted[2] - wanted[0], abs=0.00501)


def test_ingredients_and_sizes_are_those_of_the_summaries() -> None:
    for recipe, cell, _ in rows("docs/best-model.md", "| recipe | bits | minutes |"):
        found = bits(f"ingredients-{recipe.replace(' ', '-')}", 3)
        assert numbers(cell) == pytest.approx([found.mean(), found.std(ddof=1)], abs=0.000501)
    sizes = rows("docs/best-model.md", "| what | bits | minutes |")
    runs = [
        [(f"lstm-{units}", 6) for units in (50, 100, 150, 200, 250)],
        [("gru-150", 6)],
        [("rnn-150", 6)],
        [(f"lstm-150-dropout-0.{tenths}", 6) for tenths in (1, 2, 3)],
        [(f"lstm-150-norm-{kind}", 3) for kind in ("batch", "layer")],
        [
            (f"lstm-150-init-{kind}", 3)
            for kind in ("xavier_uniform", "xavier_normal", "orthogonal", "kaiming")
        ],
    ]
    for (_, cell, _), of_row in zip(sizes, runs, strict=True):
        means = [bits(run, seeds).mean() for run, seeds in of_row]
        assert numbers(cell)[: len(means)] == pytest.approx(means, abs=0.000501)


def test_regions_are_those_of_the_summaries() -> None:
    found = rows("docs/fine-tuning.md", "| corpus | tunes (validation) | PPMd |")
    for (*_, ppmd, plain, small, best), region in zip(
        found, ("kinder", "altdeu", "lot", "han", "lux"), strict=True
    ):
        baselines = CHECKPOINTS / f"start-{region}-from-best" / "baselines.json"
        measured = json.loads(baselines.read_text())["baselines"]["validation"]["ppmd_12"]
        assert numbers(ppmd) == pytest.approx([measured], abs=0.000501)
        for cell, start in (
            (plain, "from-nothing-baseline"),
            (small, "from-nothing"),
            (best, "from-best"),
        ):
            losses = bits(f"start-{region}-{start}", 3)
            half = stats.sem(losses) * stats.t.ppf(0.975, 2)
            assert numbers(cell) == pytest.approx([losses.mean(), half], abs=0.000501)


@pytest.mark.parametrize("run", ["lstm-150", "best", "best-longer"])
def test_the_validation_losses_of_readme_loss_and_recall_are_those_of_the_summaries(
    run: str,
) -> None:
    shipped = summary(run)["best_validation_bits_per_character"]
    recall = rows("docs/recall.md", "| run | validation, network | with recall |")
    tables = [
        *rows("README.md", "| run | what it is | validation | test |"),
        *recall,
        *rows("docs/loss.md", "| run | validation, all tunes |"),
    ]
    said = [row for row in tables if row[0] == f"`{run}`"]
    assert len(said) == 3
    for row in said:
        figure = next(numbers(cell)[0] for cell in row[1:] if numbers(cell))
        assert figure == pytest.approx(shipped, abs=0.000501)
    # The gain of recall is the difference of the figures beside it.
    _, network, with_recall, gain, *_ = next(row for row in recall if row[0] == f"`{run}`")
    assert numbers(gain)[0] == pytest.approx(
        numbers(network)[0] - numbers(with_recall)[0], abs=0.00101
    )
