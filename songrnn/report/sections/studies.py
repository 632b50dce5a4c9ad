"""The studies: one setting varied, everything else alike, and what the runs answer."""

from collections.abc import Iterator, Sequence

import numpy as np

from songrnn.report.document import Block, Figure, Heading, Paragraph, table_of
from songrnn.report.figures.curves import Floats, Line, beginning, loss_curves
from songrnn.report.figures.drawing import tints
from songrnn.report.figures.finals import final_losses
from songrnn.report.inline import plain
from songrnn.report.material import Answered, Material
from songrnn.report.numbers import fixed, signed
from songrnn.report.sections.starts import start_blocks
from songrnn.store.runs import Run
from songrnn.tuning.contrasts import FEWEST_SEEDS, Pair
from songrnn.tuning.sentences import label, setting_name
from songrnn.tuning.study import Against, Study

# Studies that have a section of their own.
STARTING_POINTS = ("initialization", "normalization")


def comparisons(material: Material) -> list[Block]:
    """Every study but those of initialization and normalization."""
    found = [each for name, each in material.answers.items() if _of(name) not in STARTING_POINTS]
    begun = start_blocks(material)
    if not found:
        return begun or [
            Paragraph(
                "Among the runs of this report there are no two that differ in one setting of a "
                "study, so no comparison is made; the appendix lists all runs."
            )
        ]
    return [
        Paragraph(
            "In each study one setting is varied, everything else is alike, and every value is "
            "trained with the same seeds. Differences are paired by seed. What is contrasted was "
            "planned beforehand; only that has a p value (the exact sign-flip test) or intervals "
            "that hold together. ± is half the width of a 95 % interval (Student's t)."
        ),
        *[block for each in found for block in study_blocks(material, each)],
        *begun,
    ]


def starting_points(material: Material) -> list[Block]:
    """How the weights begin, and whether the layer's output is normalized."""
    found = [each for name, each in material.answers.items() if _of(name) in STARTING_POINTS]
    first = material.main.config.model
    words = (
        f"`{material.main.name}` starts from {_start(first.initialization)} and has "
        f"{'no' if first.normalization == 'none' else first.normalization} normalization."
    )
    if not found:
        return [Paragraph(f"{words} No runs of this report differ in one of the two alone.")]
    return [
        Paragraph(
            f"{words} Xavier draws weights whose variance keeps that of the signal in both "
            "directions (Glorot and Bengio 2010), Kaiming allows for units that are half off (He "
            "et al. 2015), orthogonal matrices keep the length of the state (Saxe et al. 2014). "
            "Normalization brings the last layer's output to mean 0 and spread 1 before the "
            "readout: over its units (layer, Ba et al. 2016) or each unit over the window (batch, "
            "Ioffe and Szegedy 2015)."
        ),
        *[block for each in found for block in study_blocks(material, each)],
    ]  # fmt: skip


def _of(name: str) -> str:
    """The shipped study that a variant was made of: `cells` of `cells-epochs-1`."""
    return name.partition("-epochs-")[0]


def _start(initialization: str) -> str:
    return (
        "torch's default initialization"
        if initialization == "default"
        else f"{initialization.replace('_', ' ')} initialization"
    )


def study_blocks(material: Material, found: Answered) -> list[Block]:
    """Question, sentence, figures and tables of a study."""
    study, result = found.study, found.answer
    note = [Paragraph(plain(study.note))] if study.note else []
    left_out = (
        f" {result.missing} of its planned runs are not among those of this report."
        if result.missing
        else ""
    )
    shown = "" if result.decided else f" {undecided(found)}"
    return [
        Heading(plain(study.title)),
        Paragraph(f"**{plain(study.question)}** {result.sentence}{shown}{left_out}"),
        *note,
        _finals(material, found),
        _curves(material, found),
        _pairs(study, found),
    ]


def undecided(found: Answered) -> str:
    """What an answer that decides nothing comes down to."""
    seeds = max((len(group.seeds) for group in found.answer.groups), default=0)
    if seeds < FEWEST_SEEDS:
        return f"With fewer than {FEWEST_SEEDS} seeds no difference could be shown."
    return "So no difference could be shown; that is not evidence that there is none."


def _finals(material: Material, found: Answered) -> Figure:
    study, result = found.study, found.answer
    means = ", ".join(
        f"{label(study.vary, group.value)} {group.mean.estimate:.3f}" for group in result.groups
    )
    return Figure(
        f"{study.name}{study.variant}-best-validation-loss",
        f"{plain(study.title)} A dot is a run, lines join the runs of one seed, diamonds are means "
        "with their 95 % intervals.",
        f"Mean best validation loss in bits per character: {means}.",
        final_losses(result.groups, study.vary, material.baseline_lines()),
        table_of(
            f"{study.name}{study.variant}-means",
            f"Best validation loss by {setting_name(study.vary)}, bits per character.",
            (setting_name(study.vary).capitalize(), "Seeds", "Mean", "± 95 %", "Lowest", "Highest"),
            [
                (
                    label(study.vary, group.value),
                    str(len(group.seeds)),
                    fixed(group.mean.estimate),
                    fixed(group.mean.half_width if len(group.seeds) >= FEWEST_SEEDS else None),
                    fixed(min(group.bits)),
                    fixed(max(group.bits)),
                )
                for group in result.groups
            ],
        ),
    )


def _curves(material: Material, found: Answered) -> Figure:
    study = found.study
    values = [group.value for group in found.answer.groups]
    lines = []
    for value, colour in zip(values, tints(study.vary, values), strict=True):
        runs = [run for run in found.runs if study.value_of(run.config) == value]
        finished = [run for run in runs if run.status.status == "finished"]
        curves = tuple(_curves_of(finished, "validation"))
        training = tuple(map(_by_epoch, _curves_of(finished, "train")))
        lines.append(Line(label(study.vary, value), colour, curves, training))
    return Figure(
        f"{study.name}{study.variant}-validation-loss",
        "How the losses fell. Validation solid: thin lines are runs, thick ones means with their "
        "95 % intervals over seeds. Training dashed, on the windows being learned from: means over "
        f"seeds and epochs.{beginning(lines)}",
        f"Validation loss by epoch for {', '.join(line.name for line in lines)}.",
        loss_curves(lines, material.baseline_lines()),
    )


def _curves_of(runs: Sequence[Run], split: str) -> Iterator[tuple[Floats, Floats]]:
    """(epochs (K,), bits (K,)) of each run that has any."""
    for run in runs:
        history = run.history()
        rows = history[history["split"] == split]
        x, y = rows["epoch"].to_numpy(), rows["bits_per_character"].to_numpy()
        known = np.isfinite(y)
        if known.any():
            yield x[known], y[known]


def _by_epoch(curve: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """The means of what lies within each epoch: a training loss is noted several times in one."""
    x, y = curve
    epochs = np.ceil(x)
    within = [epochs == epoch for epoch in np.unique(epochs)]
    return (
        np.array([x[here].mean() for here in within]),
        np.array([y[here].mean() for here in within]),
    )


def _pairs(study: Study, found: Answered) -> Block:
    planned = (
        "Planned (★) intervals hold for all of them together (Bonferroni)."
        if isinstance(study.contrast, Against)
        else "★ marks a planned pair."
    )

    def row(pair: Pair) -> tuple[str, ...]:
        star = "★ " if pair.planned else ""
        return (
            f"{star}{label(study.vary, pair.first)} − {label(study.vary, pair.second)}",
            signed(pair.difference.estimate),
            fixed(pair.difference.half_width),
            f"{pair.lower} of {pair.n}",
        )

    return table_of(
        f"{study.name}{study.variant}-differences",
        f"Differences in best validation loss, paired by seed. {planned} The others are for "
        "orientation.",
        ("Compared", "Difference", "± 95 %", "First is lower in"),
        [row(pair) for pair in found.answer.pairs],
    )
