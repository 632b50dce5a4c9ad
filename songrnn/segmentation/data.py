"""Where labelled pictures come from: engraved tunes of a corpus, or a folder in PASCAL VOC's layout."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from songrnn.errors import ConfigError, CorpusError
from songrnn.segmentation.crops import LabelledPictures
from songrnn.segmentation.settings import DataReference

ENGRAVED, VOC = "engraved", "voc"
USUAL_DATA = "engraved:folk"
# Pages that a training is validated on: the first of those that `evaluate` takes, since each
# epoch waits for them. So many at most, and one for so many that are learnt from.
_VALIDATED, _FOR_EACH = 10, 12

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class LabelledData:
    """What a training learns from and is validated on. reference: for run.json."""

    reference: DataReference
    train: LabelledPictures
    validation: LabelledPictures


def load_data(
    source: str, *, pages: int | None = None, progress: Progress | None = None
) -> LabelledData:
    """Pictures of `engraved:CORPUS` (built when first needed) or `voc:FOLDER`.

    pages: engraved pages to learn from, 120 when left out. Raises ConfigError for another source,
    CorpusError, SegmentationError.
    """
    kind, _, name = source.partition(":")
    if kind == VOC and name:
        from songrnn.segmentation.voc import VocSet, fingerprint

        folder = Path(name)
        train, validation = VocSet(folder, "train"), VocSet(folder, "val")
        return LabelledData(
            DataReference(source=f"{VOC}:{folder.resolve()}", sha256=fingerprint(folder)),
            train,
            validation,
        )
    if kind != ENGRAVED or not name:
        raise ConfigError(
            f"{source!r} names no pictures; write engraved:CORPUS (engraved:folk) or voc:FOLDER."
        )
    from songrnn.corpus.sources import load
    from songrnn.segmentation.pages import USUAL_PAGES, page_set

    book = load(name, progress=progress)
    count = pages or USUAL_PAGES["train"]
    return LabelledData(
        DataReference(source=f"{ENGRAVED}:{book.name}", sha256=book.sha256, pages=count),
        page_set(book, "train", pages=count, progress=progress),
        page_set(book, "validation", pages=validated_pages(count), progress=progress),
    )


def validated_pages(pages: int) -> int:
    """How many engraved pages a training on `pages` is validated on."""
    return min(max(pages // _FOR_EACH, 1), _VALIDATED)


def load_data_of(reference: DataReference, *, progress: Progress | None = None) -> LabelledData:
    """The pictures a run learns from. Raises CorpusError when they are not the same any more."""
    data = load_data(reference.source, pages=reference.pages, progress=progress)
    if data.reference.sha256 != reference.sha256:
        raise CorpusError(
            f"The pictures of {reference.source} are not those the run was made for; "
            "they were changed since."
        )
    return data
