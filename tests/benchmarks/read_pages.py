"""How many notes of held-out pages are read right: by the shipped network, and from true labels.

    python tests/benchmarks/read_pages.py [RUN] [PAGES]

A note is right when its pitch and its duration are; errors are the least number of notes to
change, add or take away. From true labels only the rules of reading can err.
"""

import sys
import time

from songrnn.config import USUAL_CORPUS
from songrnn.corpus.sources import load
from songrnn.errors import NoStaffError
from songrnn.segmentation.pages import KINDS, page_set
from songrnn.segmentation.pictures import Picture
from songrnn.segmentation.prediction import label_page, load_network
from songrnn.segmentation.reading import read_labels
from songrnn.segmentation.reading.scoring import NoteScore, notes_of, score_notes
from songrnn.segmentation.runs import open_segmentation_run


def main(name: str = "unet", pages: str = "20") -> None:
    """Print a line for each kind of page."""
    network = load_network(open_segmentation_run(name))
    book = load(USUAL_CORPUS)
    texts = {tune.id: tune.text for tune in book.split("validation")}
    for kind in KINDS:
        labelled, true, slowest = NoteScore(0, 0), NoteScore(0, 0), 0.0
        for page in page_set(book, "validation", kind, pages=int(pages)):
            text = texts[page.tune]
            started = time.process_time()
            try:
                found = label_page(network, Picture(page.image))
                abc = read_labels(found.labels, found.staff_space, confidence=found.confidence).abc
                labelled = _sum(labelled, score_notes(abc, text))
            except NoStaffError:
                labelled = _sum(labelled, NoteScore(len(notes_of(text)), len(notes_of(text))))
            slowest = max(slowest, time.process_time() - started)
            abc = read_labels(page.mask, page.layout.staff_space).abc
            true = _sum(true, score_notes(abc, text))
        print(
            f"{kind}: {labelled.right:.4f} of {labelled.notes:,} notes right as {name} labels them "
            f"({labelled.errors} errors), {true.right:.4f} from true labels ({true.errors}); the "
            f"slowest page took {slowest:.2f} s of a processor"
        )


def _sum(first: NoteScore, second: NoteScore) -> NoteScore:
    return NoteScore(first.notes + second.notes, first.errors + second.errors)


if __name__ == "__main__":
    main(*sys.argv[1:])
