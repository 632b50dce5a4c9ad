"""Small corpora: what a training should begin with, where the report has runs of that study."""

from songrnn.report.document import Block, Heading, Paragraph, table_of
from songrnn.report.material import Material
from songrnn.tuning.start_study import QUESTION, starts


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
            tuple(found.regions[0].row()),
            [tuple(cell or "–" for cell in region.row().values()) for region in found.regions],
        ),
    ]
