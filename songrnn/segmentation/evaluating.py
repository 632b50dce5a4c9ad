"""The figures of a stored run on pictures that it did not learn from."""

from collections.abc import Callable
from typing import Literal

from songrnn.errors import ConfigError
from songrnn.segmentation.crops import LabelledPictures
from songrnn.segmentation.data import ENGRAVED, load_data_of
from songrnn.segmentation.evaluation import PixelEvaluation
from songrnn.segmentation.pages import Kind, page_set
from songrnn.segmentation.prediction import load_network
from songrnn.segmentation.runs import SegmentationRun

Progress = Callable[[str, float], None]


def evaluate_run(
    run: SegmentationRun,
    *,
    split: Literal["validation", "test"] = "validation",
    kind: Kind = "clean",
    pages: int | None = None,
    progress: Progress | None = None,
) -> PixelEvaluation:
    """Figures on whole pictures, in float32 and one thread, so that they are the same everywhere.

    kind, pages: of engraved pages. Raises ConfigError where the run's pictures have no such split
    or kind, HistoryOnlyError, DamagedRunError, CorpusError, SegmentationError.
    """
    from songrnn.segmentation.course import evaluate_network

    pictures = _pictures(run, split, kind, pages, progress)
    return evaluate_network(load_network(run), pictures, progress=progress)


def _pictures(
    run: SegmentationRun,
    split: Literal["validation", "test"],
    kind: Kind,
    pages: int | None,
    progress: Progress | None,
) -> LabelledPictures:
    reference = run.config.data
    source, _, name = reference.source.partition(":")
    if source == ENGRAVED:
        from songrnn.config import CorpusReference
        from songrnn.corpus.sources import load_of

        book = load_of(CorpusReference(name=name, sha256=reference.sha256))
        return page_set(book, split, kind, pages=pages, progress=progress)
    if split != "validation" or kind != "clean":
        raise ConfigError("Pictures in PASCAL VOC's layout have a train and a val list only.")
    return load_data_of(reference, progress=progress).validation
