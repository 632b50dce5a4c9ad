"""From labelled pixels back to a tune: simple, stated rules, each with how sure it is.

    staves        five lines each, followed across the page
    components    pixels of a class that touch
    shapes        which sign of its class one is: nearest picture
    stems         stems, and the beams and flags on them
    notes, marks  notes and rests; barlines, clefs, keys and meters
    symbols       all that stands on each staff
    groups        tuplets, ties, slurs, endings
    spelling      as ABC
    scoring       how many notes are right

    reading = read_labels(page.labels, page.staff_space, confidence=page.confidence)
    reading.abc, reading.signs, reading.confidence

It knows nothing of words, dynamics or ornaments, and reads one voice on each staff, staff after
staff.
"""

from songrnn.segmentation.reading.page import PageReading, ReadSign, read_labels

__all__ = ["PageReading", "ReadSign", "read_labels"]
