"""Segmentation: pages of music as labelled pixels."""

from songrnn.report.document import Block, Paragraph
from songrnn.report.material import Material


def segmentation(material: Material) -> list[Block]:
    """What the segmentation runs reached; a sentence when there are none."""
    return [
        Paragraph(
            "No segmentation run is among the runs of this report, so there is nothing to show here."
        )
    ]
