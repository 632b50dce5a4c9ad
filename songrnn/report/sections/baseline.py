"""The main run: how it learned, what it reaches on tunes it never saw, beside simpler models."""

from dataclasses import dataclass

import numpy as np

from songrnn.metrics import bits
from songrnn.report.document import Block, Figure, Paragraph, table_of
from songrnn.report.figures.curves import Line, loss_curves
from songrnn.report.figures.drawing import CELLS, QUIET
from songrnn.report.material import Material
from songrnn.report.numbers import fixed, percent, spread
from songrnn.statistics import Interval, bootstrap_interval
from songrnn.training.evaluation import Evaluation


@dataclass(frozen=True)
class TestLoss:
    """Bits per character on the test tunes, with a bootstrap interval over tunes."""

    interval: Interval
    tunes: int
    characters: int


def test_loss(found: Evaluation) -> TestLoss:
    """Mean bits over predictions; tunes are drawn again, since those of one tune are alike."""
    sums = np.stack([found.tune_losses, found.tune_characters], axis=1)  # (tunes, 2)
    interval = bootstrap_interval(
        sums,
        np.random.default_rng(0),
        statistic=lambda drawn: bits(float(drawn[:, 0].sum() / drawn[:, 1].sum())),
    )
    return TestLoss(interval, found.tunes, found.characters)


def baseline(material: Material) -> list[Block]:
    """Curves, test loss with its interval, and the baselines."""
    run, summary = material.main, material.main.summary
    if summary is None:
        return [Paragraph(f"The training of `{run.name}` has not ended, so it has no result yet.")]
    return [
        Paragraph(
            f"`{run.name}` reached its lowest validation loss, "
            f"{summary.best_validation_bits_per_character:.4f} bits per character, at epoch "
            f"{summary.best_epoch:g} of {summary.epochs:g}. {_overfitting(material)}"
        ),
        _curves(material),
        *_test(material),
    ]


def _overfitting(material: Material) -> str:
    summary = material.main.summary
    assert summary is not None
    rise = summary.last_validation_bits_per_character - summary.best_validation_bits_per_character
    if rise > 0.005:
        return (
            f"After that the validation loss rose by {rise:.3f} bits until the last epoch: from "
            "there on the network learned the training tunes by heart (overfitting)."
        )
    return "Until the end the validation loss did not rise again by more than 0.005 bits."


def _curves(material: Material) -> Figure:
    run = material.main
    history = run.history()
    colour = CELLS.get(run.config.model.cell, QUIET)

    def line(split: str) -> Line:
        rows = history[history["split"] == split]
        return Line(
            split, colour, ((rows["epoch"].to_numpy(), rows["bits_per_character"].to_numpy()),)
        )

    known = history[history["split"] == "validation"]
    return Figure(
        f"{run.name}-loss",
        f"Loss of `{run.name}`: validation solid, training dashed. Training is measured on the "
        "windows being learned from, with dropout on and memory carried from window to window, so "
        "the two are not directly comparable.",
        f"Validation loss of {run.name} falling from {known['bits_per_character'].iloc[0]:.2f} to "
        f"{known['bits_per_character'].min():.3f} bits per character."
        if len(known)
        else "No validation yet.",
        loss_curves([line("validation")], material.baseline_lines(), training=line("train")),
        table_of(
            f"{run.name}-validation",
            f"Validation loss of `{run.name}` by epoch.",
            ("Epoch", "Bits per character", "Accuracy"),
            [
                (f"{epoch:g}", fixed(float(loss)), fixed(float(right)))
                for epoch, loss, right in zip(
                    known["epoch"], known["bits_per_character"], known["accuracy"], strict=True
                )
            ],
            words=(),
        ),
    )


def _test(material: Material) -> list[Block]:
    found = material.test
    if found is None:
        lacking = "the tunes" if material.book is None else "the run's weights"
        return [Paragraph(f"There is no test loss, because {lacking} are not here.")]
    result = test_loss(found)
    lines = material.baseline_lines("test")
    ours = result.interval
    better = [name for name, value in lines.items() if ours.high < value]
    worse = [name for name, value in lines.items() if ours.low > value]
    rest = [name for name in lines if name not in better + worse]
    parts = [
        f"{words} {' and '.join(names)}"
        for words, names in (
            ("below", better),
            ("above", worse),
            ("not clearly different from", rest),
        )
        if names
    ]
    rows = [
        (material.main.name, f"{ours.estimate:.4f}", f"{ours.low:.4f} – {ours.high:.4f}"),
        *((name, f"{value:.4f}", "–") for name, value in lines.items()),
    ]
    return [
        Paragraph(
            f"On the {result.tunes:,} test tunes ({result.characters:,} predictions), which nothing "
            f"was selected by, its loss is **{spread(ours, 4)} bits per character**"
            + (f": {', '.join(parts)}" if parts else "")
            + f". The likeliest symbol was right in {percent(found.accuracy)} of predictions. The "
            "interval is a bootstrap over tunes, whose characters belong together."
        ),
        table_of(
            "test-loss",
            "Loss on the test tunes, bits per character. PPMd is a compressor that keeps learning "
            "while it reads; the n-gram model is the best of those up to 10 symbols.",
            ("Model", "Bits per character", "95 % interval"),
            rows,
        ),
        table_of(
            "test-loss-by-region",
            "The same by part of a tune.",
            ("Part", "Predictions", "Bits per character", "Accuracy"),
            [
                (
                    f"`{name}`",
                    f"{part.characters:,}",
                    fixed(part.bits_per_character),
                    fixed(part.accuracy),
                )
                for name, part in found.regions.items()
            ],
        ),
    ]
