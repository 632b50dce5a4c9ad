"""Small corpora: what a training should begin with, where the report has runs of that study."""

from collections.abc import Callable

from songrnn.report.document import Block, Heading, Paragraph, table_of
from songrnn.report.material import Material
from songrnn.report.numbers import fixed, signed
from songrnn.statistics import Interval
from songrnn.tuning.contrasts import FEWEST_SEEDS
from songrnn.tuning.start_study import QUESTION, STARTS, Learned, starts

_RIVALS = {"ppmd": "PPMd − best", "small": "small − best", "baseline": "baseline − best"}


def start_blocks(material: Material) -> list[Block]:
    """The question, its sentence and a table; nothing without finished runs."""
    found = starts(material.runs)
    if found is None or not found.regions:
        return []
    return [
        Heading(QUESTION),
        Paragraph(found.sentence),
        table_of(
            "start-from-nothing-or-best",
            "Best validation loss on regions of the Essen collection, bits per character, mean over "
            "seeds ± half of the 95 % interval (Student's t); “− best” is how much more a rival "
            "needs than the fine-tuned network, paired by seed. No tune of these regions is kin of "
            "one that `best` learned from.",
            ("Region", "PPMd", *(about.title for about in STARTS.values()), *_RIVALS.values()),
            [_row(region) for region in found.regions],
        ),
    ]


def _row(region: Learned) -> tuple[str, ...]:
    return (
        region.title,
        fixed(region.ppmd, 3),
        *(_spread(region.mean(start), fixed) for start in STARTS),
        *(_spread(region.saved(rival), signed) for rival in _RIVALS),
    )


def _spread(interval: Interval | None, write: Callable[[float, int], str]) -> str:
    if interval is None:
        return "–"
    sure = interval.n >= FEWEST_SEEDS
    return write(interval.estimate, 3) + (f" ± {fixed(interval.half_width, 3)}" if sure else "")
