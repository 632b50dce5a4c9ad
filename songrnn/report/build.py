"""From the material to the report: its sections in order, and what it says in short."""

from collections.abc import Callable, Sequence

from songrnn.errors import ConfigError
from songrnn.report.document import Block, Report, Section
from songrnn.report.material import Material
from songrnn.report.sections.appendix import appendix
from songrnn.report.sections.architecture import architecture
from songrnn.report.sections.baseline import baseline
from songrnn.report.sections.data import data
from songrnn.report.sections.discussion import discussion
from songrnn.report.sections.neurons import neurons
from songrnn.report.sections.quality import quality
from songrnn.report.sections.segmentation import segmentation
from songrnn.report.sections.songs import songs
from songrnn.report.sections.studies import comparisons, starting_points
from songrnn.report.sections.training import training

Progress = Callable[[str, float], None]

# Key -> title and what makes its blocks, in the order of the report.
SECTIONS: dict[str, tuple[str, Callable[[Material], list[Block]]]] = {
    "data": ("The data", data),
    "architecture": ("The architecture", architecture),
    "training": ("Training", training),
    "baseline": ("The main run", baseline),
    "songs": ("Songs at three temperatures", songs),
    "comparisons": ("Comparisons", comparisons),
    "starting-points": ("Initialization and normalization", starting_points),
    "neurons": ("What neurons do", neurons),
    "segmentation": ("Segmentation", segmentation),
    "quality": ("Quality and novelty of the songs", quality),
    "discussion": ("Discussion and limits", discussion),
    "runs": ("Appendix: all runs", appendix),
}
TITLE = "Recurrent networks that write folk tunes"


def build_report(
    material: Material,
    *,
    sections: Sequence[str] = (),
    title: str = "",
    author: str = "",
    date: str = "",
    progress: Progress | None = None,
) -> Report:
    """The report; the same material gives the same report. sections: keys, all when empty.

    progress: called with (the section being made, share done 0–1). Raises ConfigError for a section
    that there is not.
    """
    if unknown := [name for name in sections if name not in SECTIONS]:
        raise ConfigError(
            f"A report has no section {unknown[0]!r}; choose from {', '.join(SECTIONS)}."
        )
    chosen = [key for key in SECTIONS if key in sections or not sections]
    made = []
    for place, key in enumerate(chosen):
        heading, make = SECTIONS[key]
        if progress is not None:
            progress(heading, place / len(chosen))
        made.append(Section(key, heading, tuple(make(material))))
    return Report(title or TITLE, author, date, tuple(_abstract(material)), tuple(made))


def _abstract(material: Material) -> list[str]:
    """What was trained and what it answers, in a few sentences."""
    decided = [each for each in material.answers.values() if each.answer.decided]
    others = len(material.answers) - len(decided)
    said = [
        f"{len(material.runs)} character-level recurrent "
        f"{'network was' if len(material.runs) == 1 else 'networks were'} trained to predict the "
        f"next character of folk tunes in ABC notation{_lowest(material)}."
    ]
    said += [f"{each.answer.sentence}" for each in decided]
    if others:
        said.append(
            f"In {others} of {len(material.answers)} studies no difference could be shown."
            if decided
            else "No study decides anything: with these runs no difference could be shown."
        )
    return said


def _lowest(material: Material) -> str:
    """The lowest validation loss, of runs on the main run's tunes: losses on others say nothing
    beside it."""
    corpus = material.main.config.corpus
    alike = [run for run in material.runs if run.config.corpus == corpus]
    best = min(
        ((bits.bits_per_character, run.name) for run in alike if (bits := run.status.best)),
        default=None,
    )
    if best is None:
        return ""
    of = (
        ""
        if len(alike) == len(material.runs)
        else f" of the {len(alike)} that learned from `{corpus.name}`"
    )
    return (
        f"; the lowest validation loss{of} is that of `{best[1]}`, {best[0]:.3f} bits per character"
    )
