"""The main run: how it learned, what it reaches on tunes it never saw, beside simpler models."""

from dataclasses import dataclass

import numpy as np

from songrnn.metrics import bits
from songrnn.notation.tables import FIELDS
from songrnn.report.document import Block, Figure, Paragraph, table_of
from songrnn.report.figures.curves import Floats, Line, beginning, loss_curves
from songrnn.report.figures.drawing import CELLS, OTHER_CELL
from songrnn.report.inline import plain
from songrnn.report.material import Material
from songrnn.report.numbers import fixed, percent, spread
from songrnn.statistics import Interval, bootstrap_interval
from songrnn.store.runs import Run
from songrnn.training.evaluation import Evaluation
from songrnn.training.regions import BODY, END_PART


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
    colour = CELLS.get(run.config.model.cell, OTHER_CELL)

    def curve(split: str) -> tuple[Floats, Floats]:
        rows = history[history["split"] == split]
        return rows["epoch"].to_numpy(), rows["bits_per_character"].to_numpy()

    lines = [Line("validation", colour, (curve("validation"),), (curve("train"),))]
    known = history[history["split"] == "validation"]
    return Figure(
        f"{run.name}-loss",
        f"Loss of `{run.name}`: validation solid, training dashed. Training is measured on the "
        f"windows being learned from, {training_conditions(run)}, so the two are not directly "
        f"comparable.{beginning(lines)}",
        f"Validation loss of {run.name} falling from {known['bits_per_character'].iloc[0]:.2f} to "
        f"{known['bits_per_character'].min():.3f} bits per character."
        if len(known)
        else "No validation yet.",
        loss_curves(lines, material.baseline_lines()),
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


def _part(name: str) -> str:
    """A part of a tune in words: `T` is "title (T:)"."""
    if name in (BODY, END_PART):
        return "music" if name == BODY else "END"
    return f"{FIELDS.get(name, 'other')} (`{plain(name)}:`)"


def _place(name: str) -> tuple[int, str]:
    """Header fields as they mostly stand in a tune, then its music, then its end."""
    known = "XTRML"
    if name in (BODY, END_PART):
        return len(known) + 2 + (name == END_PART), name
    if name == "K":
        return len(known) + 1, name
    return (known.index(name) if name in known else len(known)), name


def training_conditions(run: Run) -> str:
    """What else tells a loss on the windows being learned from from one on whole tunes."""
    model = run.config.model
    on = [
        words
        for words, share in (("dropout", model.dropout), ("dropped weights", model.weight_drop))
        if share
    ]
    carried = "memory carried from window to window"
    return f"with {' and '.join(on)} on and {carried}" if on else f"with {carried}"


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
            "The same by part of a tune: the lines of its header, which begin with a letter and a "
            "colon, its music, and END.",
            ("Part", "Predictions", "Bits per character", "Accuracy"),
            [
                (
                    _part(name),
                    f"{part.characters:,}",
                    fixed(part.bits_per_character),
                    fixed(part.accuracy),
                )
                for name, part in sorted(found.regions.items(), key=lambda item: _place(item[0]))
            ],
        ),
    ]
