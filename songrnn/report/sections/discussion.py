"""What could be shown, what could not, and what limits both."""

from songrnn.report.document import Block, Heading, Paragraph, Points
from songrnn.report.inline import plain
from songrnn.report.material import Material
from songrnn.report.numbers import listed
from songrnn.report.sections.baseline import test_loss
from songrnn.tuning.contrasts import FEWEST_SEEDS


def discussion(material: Material) -> list[Block]:
    """Findings and limits, each a sentence that follows from the figures."""
    shown = [each for each in material.answers.values() if each.answer.decided]
    open_ones = [each for each in material.answers.values() if not each.answer.decided]
    found = [
        *( [_against_baselines(material)] if material.test is not None else [] ),
        *[f"{plain(each.study.question)} {each.answer.sentence}" for each in shown],
    ]  # fmt: skip
    unclear = [f"{plain(each.study.question)} {each.answer.sentence}" for each in open_ones]
    return [
        Heading("What could be shown"),
        Points(tuple(found)) if found else Paragraph("Nothing that these runs decide."),
        *(_unclear(unclear) if unclear else []),
        Heading("Limits"),
        Points(tuple(limits(material))),
    ]


def _unclear(sentences: list[str]) -> list[Block]:
    return [
        Heading("Where no difference could be shown"),
        Points(tuple(sentences)),
        Paragraph("There may still be one, smaller than these seeds can tell."),
    ]


def _against_baselines(material: Material) -> str:
    assert material.test is not None
    result = test_loss(material.test)
    interval, lines = result.interval, material.baseline_lines("test")
    words = [
        f"{name} by {abs(value - interval.estimate):.2f} bits"
        for name, value in lines.items()
        if interval.high < value
    ]
    lost = [name for name, value in lines.items() if interval.high >= value]
    text = f"On test tunes `{material.main.name}` needs {interval.estimate:.3f} bits per character"
    if words:
        text += f" and beats {listed(words)}"
    if lost:
        text += f"; it could not be shown to beat {listed(lost)}"
    return f"{text}."


def limits(material: Material) -> list[str]:
    """What keeps the figures from saying more."""
    corpora = sorted({run.config.corpus.name for run in material.runs})
    seeds = {
        name: min(len(group.seeds) for group in each.answer.groups)
        for name, each in material.answers.items()
    }
    said = [
        f"All runs learned from {'one corpus' if len(corpora) == 1 else 'the corpora'} "
        f"({listed(corpora)}); other music may answer differently."
    ]
    if seeds:
        fewest = min(seeds.values())
        said.append(
            f"Studies have {fewest} to {max(seeds.values())} seeds a value. "
            + (
                f"With {fewest} seeds the sign-flip test cannot give a p below "
                f"{2.0 ** (1 - fewest):.3f}."
                if fewest >= FEWEST_SEEDS
                else f"Below {FEWEST_SEEDS} seeds nothing is decided."
            )
        )
        said.append(
            "Studies compare best validation losses; the epoch was chosen on the same tunes, for "
            "all runs alike, so losses are a little too low and differences hardly biased."
        )
    unfinished = [run.name for run in material.runs if run.status.status != "finished"]
    if unfinished:
        said.append(f"Not finished, and left out of every mean: {listed(unfinished)}.")
    if material.damaged:
        names = listed([plain(run.name) for run in material.damaged])
        said.append(f"Folders that could not be read, and are not part of this: {names}.")
    if material.test is not None:
        control = any(
            "told_apart" in study.rows[-1].figures for study in material.temperature_studies
        )
        said.append(
            f"Losses on test tunes were read for `{material.main.name}` alone and selected nothing."
            + (
                " How well a classifier tells test tunes from validation tunes is the control for songs."
                if control
                else ""
            )
        )
    if material.index_of(material.main) is not None:
        said.append(
            "Labels of neurons are correlations with properties somebody thought of; effects are "
            "those of one neuron at a time, and others may stand in for it."
        )
    said.append(
        "Well-formedness, key and novelty are computed from the notes. They do not say whether a song is "
        "good; only listeners can."
    )
    return said
