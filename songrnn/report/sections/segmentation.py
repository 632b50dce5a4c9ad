"""Segmentation: pages of music as labelled pixels, by whatever runs there are."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from songrnn.config import CorpusReference
from songrnn.corpus.sources import load_of
from songrnn.errors import SongRNNError
from songrnn.report.document import Block, Figure, Formula, Heading, Paragraph, table_of
from songrnn.report.figures.curves import Floats, Line
from songrnn.report.figures.drawing import KINDS
from songrnn.report.figures.pixels import labelled, pixel_curves
from songrnn.report.inline import plain
from songrnn.report.material import Material
from songrnn.report.numbers import fixed, listed
from songrnn.segmentation.classes import BY_NAME, CLASSES
from songrnn.segmentation.data import ENGRAVED, validated_pages
from songrnn.segmentation.runs import SegmentationRun
from songrnn.segmentation.studies import PAGES, SEEDS, STUDIES, PixelAnswer, answer, runs_of

if TYPE_CHECKING:
    from songrnn.segmentation.engraved import Page

# Title of an axis -> the column of a history.
_PANELS = {
    "validation loss, nats": "loss",
    "pixel accuracy": "accuracy",
    "mean IoU": "mean_iou",
}


def segmentation(material: Material) -> list[Block]:
    """What the segmentation runs reached; a sentence when there are none."""
    runs = [run for run in material.segmentation_runs if run.status.best is not None]
    if not runs:
        return [
            Paragraph(
                "No segmentation run is among the runs of this report, so there is nothing to show "
                "here."
            )
        ]
    best = min(runs, key=lambda run: (-_figure(run, "mean_iou"), run.name))
    return [
        *_network(best),
        *_measures(),
        Paragraph(
            f"`{best.name}` reaches a mean IoU of **{_figure(best, 'mean_iou'):.3f}** on "
            f"{_held(best)}, with a pixel accuracy of {_figure(best, 'accuracy'):.4f}."
            + (
                f" It is the highest of {len(runs)} runs, which differ in size, steps and pictures."
                if len(runs) > 1
                else ""
            )
        ),
        _learning(best),
        *_page(best),
        *_classes(best),
        *[block for name in STUDIES for block in _study(material, name)],
        _runs(runs),
    ]  # fmt: skip


def _figure(run: SegmentationRun, name: str) -> float:
    best = run.status.best
    return float(getattr(best, name)) if best is not None else 0.0


def _network(run: SegmentationRun) -> list[Block]:
    """The architecture and the training, from the run's own settings."""
    model, training = run.config.model, run.config.training
    widths = [min(model.base_width * 2**i, model.widest) for i in range(model.depth + 1)]
    norm = (
        "batch normalization (Ioffe and Szegedy 2015) and a ReLU"
        if model.normalization == "batch"
        else "a ReLU, without normalization"
    )
    size = f" and {run.summary.parameters:,} trained numbers" if run.summary else ""
    aims = "cross entropy" + (f" + {training.dice:g} × Dice loss" if training.dice else "")
    return [
        Paragraph(
            "A U-Net (Ronneberger et al. 2015) gives every pixel of a picture one of "
            f"{len(run.classes)} classes: {listed([_words(name) for name in run.classes])}. "
            f"`{run.name}` halves the picture {model.depth} times by max-pooling on the way down and "
            "doubles it as often by transposed convolutions on the way up; at each size what the "
            "way down knew comes in beside it (skip connections). Its levels have "
            f"{listed([str(width) for width in widths])} channels{size}. Each level is two 3 × 3 "
            f"convolutions, each followed by {norm}; a 1 × 1 convolution gives the class scores. It "
            f"learned to make {aims} small, from {training.epochs} epochs of {training.crop} × "
            f"{training.crop} crops of {_pictures(run)}."
        ),
        Paragraph(
            f"Its weights begin by {_words(model.initialization).capitalize()}'s rule. With n_in "
            "inputs and n_out outputs of a unit, Xavier (Glorot and Bengio 2010) keeps the variance "
            "of signal and gradient for units that are about linear; Kaiming (He et al. 2015) "
            "doubles it, since a ReLU sets half of them to 0:"
        ),
        Formula(
            r"\mathrm{Var}_{\mathrm{Xavier}}(w) = \frac{2}{n_{in} + n_{out}},\quad "
            r"\mathrm{Var}_{\mathrm{Kaiming}}(w) = \frac{2}{n_{in}}",
            "Xavier: Var(w) = 2 / (n_in + n_out),  Kaiming: Var(w) = 2 / n_in",
        ),
    ]


def _measures() -> list[Block]:
    return [
        Paragraph(
            "With P the pixels that are given class k and T those that have it, of all N pixels and "
            "K classes:"
        ),
        Formula(
            r"\mathrm{accuracy} = \frac{1}{N} \sum_k |P_k \cap T_k|,\quad "
            r"\mathrm{IoU}_k = \frac{|P_k \cap T_k|}{|P_k \cup T_k|},\quad "
            r"\mathrm{mean\ IoU} = \frac{1}{K} \sum_k \mathrm{IoU}_k",
            "accuracy = Σ |P(k) ∩ T(k)| / N,  IoU(k) = |P(k) ∩ T(k)| / |P(k) ∪ T(k)|,  "
            "mean IoU = Σ IoU(k) / K",
        ),
        Paragraph(
            "Most pixels are paper, so accuracy is high for anything; mean IoU counts each class "
            "alike, so that a rare sign which is missed shows."
        ),
    ]


def _words(name: str) -> str:
    """What people call a class or a setting."""
    return BY_NAME[name].label if name in BY_NAME else name.replace("_", " ")


def _pictures(run: SegmentationRun) -> str:
    """What it learned from, in words; where the pictures lie is nobody's business."""
    kind, _, name = run.config.data.source.partition(":")
    return f"pages engraved from tunes of `{plain(name)}`" if kind == ENGRAVED else "pictures"


def _held(run: SegmentationRun) -> str:
    """What it is validated on, counted where its pages are."""
    pages = run.config.data.pages
    return "validation pictures" if pages is None else f"{validated_pages(pages)} validation pages"


# Figures ------------------------------------------------------------------------------------------


def _curves(groups: Sequence[tuple[str, Sequence[SegmentationRun]]], column: str) -> list[Line]:
    def of(run: SegmentationRun) -> Iterator[tuple[Floats, Floats]]:
        history = run.history()
        rows = history[history["split"] == "validation"]
        x, y = rows["epoch"].to_numpy(), rows[column].to_numpy()
        known = np.isfinite(y)
        if known.any():
            yield x[known], y[known]

    return [
        Line(name, KINDS[place % len(KINDS)], tuple(curve for run in runs for curve in of(run)))
        for place, (name, runs) in enumerate(groups)
    ]


def _learning(run: SegmentationRun) -> Figure:
    return Figure(
        f"{run.name}-learning",
        f"How `{run.name}` learned: loss (on a logarithmic scale), pixel accuracy (without the first "
        "epochs) and mean IoU on validation pictures.",
        f"Validation loss of {run.name} down to {_figure(run, 'loss'):.4f} nats per pixel, pixel "
        f"accuracy up to {_figure(run, 'accuracy'):.4f}, mean IoU up to {_figure(run, 'mean_iou'):.3f}.",
        pixel_curves([(y, _curves([(run.name, [run])], column)) for y, column in _PANELS.items()]),
    )


def _page(run: SegmentationRun) -> list[Block]:
    """A page that the run never saw with its labels; nothing where there are no weights or tunes."""
    if not run.has_weights or run.classes != tuple(each.name for each in CLASSES):
        return []
    try:
        page, title = held_out_page(run)
        labels = labels_of(run, page.image)
    except SongRNNError:
        return []
    from songrnn.segmentation.evaluation import evaluate_labels

    found = evaluate_labels([(labels, page.mask)], run.classes)
    paper = float((page.mask == 0).mean())
    return [
        Figure(
            f"{run.name}-page",
            f"“{title}”, a test tune engraved as a page. On it the pixel accuracy of `{run.name}` is "
            f"{found.accuracy:.4f} and its mean IoU {found.mean_iou:.3f}; calling everything paper "
            f"would have an accuracy of {paper:.3f}.",
            f"A page of music with each pixel in the colour of its class, and below it the "
            f"{int((labels != page.mask).sum()):,} wrong pixels in red.",
            labelled(
                page.image, labels, page.mask, [(each.label, each.colour) for each in CLASSES]
            ),
        )
    ]


def held_out_page(run: SegmentationRun) -> tuple["Page", str]:
    """The page of the first test tune, by its id, that can be engraved, and the tune's title.

    Raises CorpusError when the run's tunes are not here, SegmentationError when none can be.
    """
    from songrnn.errors import SegmentationError
    from songrnn.notation.reader import read
    from songrnn.segmentation.engraved import Layout, engrave_tune

    _, _, name = run.config.data.source.partition(":")
    book = load_of(CorpusReference(name=name, sha256=run.config.data.sha256))
    for tune in sorted(book.split("test"), key=lambda tune: tune.id):
        try:
            page = engrave_tune(tune.text, Layout(), tune=tune.id)
        except SongRNNError:
            continue
        return page, plain(read(tune.text).header.get("T", "")) or "Untitled"
    raise SegmentationError(f"No test tune of {name} can be engraved.")


def labels_of(run: SegmentationRun, image: "np.ndarray") -> "np.ndarray":
    """(H, W) class numbers, in float32 and one thread: the same everywhere."""
    from songrnn.segmentation.inference import label_tiles
    from songrnn.segmentation.prediction import load_network

    labels = np.zeros(image.shape, np.uint8)
    for rows, columns, scores in label_tiles(load_network(run), image):
        labels[rows, columns] = scores.argmax(dim=0).numpy()
    return labels


def _classes(best: SegmentationRun) -> list[Block]:
    known = [row for row in best.rows() if row.split == "validation" and row.iou]
    if not known:
        return []
    # Those of the weights that were kept: of the lowest loss, which need not be the highest mean IoU.
    kept = best.status.best
    row = min(known, key=lambda row: abs(row.epoch - (kept.epoch if kept is not None else 0)))
    return [
        table_of(
            "segmentation-classes",
            f"IoU of `{best.name}` by class on {_held(best)} after epoch {row.epoch:g}, whose weights "
            "were kept; the best first.",
            ("Class", "IoU"),
            [
                (_words(name), fixed(value, 3))
                for name, value in sorted(
                    (row.iou or {}).items(), key=lambda item: (-item[1], item[0])
                )
            ],
        )
    ]


# Studies ------------------------------------------------------------------------------------------


def _study(material: Material, name: str) -> list[Block]:
    """A study's question, answer, means and curves; nothing where fewer than two values have runs."""
    study = STUDIES[name]
    found = answer(study, material.segmentation_runs)
    if len(found.groups) < 2:
        return []
    members = runs_of(study, material.segmentation_runs)
    groups = [(value, [run for its, run in members if its == value]) for value in found.groups]
    return [
        Heading(study.title),
        Paragraph(f"**{study.question}** {plain(found.sentence)}"),
        _means(name, found),
        Figure(
            f"segmentation-{name}",
            "Validation loss (on a logarithmic scale), pixel accuracy (without the first epochs) and "
            "mean IoU by epoch; thin lines are runs, thick ones means over "
            "seeds. All have the same small budget of steps: this is how nets begin to learn, not "
            "how well they end.",
            "Mean IoU of the last validation: "
            + ", ".join(f"{value} {mean.estimate:.3f}" for value, mean in found.groups.items())
            + ".",
            pixel_curves([(y, _curves(groups, column)) for y, column in _PANELS.items()]),
        ),
    ]


def _means(name: str, found: PixelAnswer) -> Block:
    def half(n: int, width: float) -> str:
        return fixed(width if n == len(SEEDS) else None, 3)

    return table_of(
        f"segmentation-{name}-means",
        f"Mean IoU of the last validation, on {validated_pages(PAGES)} pages not learned from; means "
        "over seeds.",
        ("Setting", "Runs", "Mean IoU", "± 95 %"),
        [
            (value, str(mean.n), fixed(mean.estimate, 3), half(mean.n, mean.half_width))
            for value, mean in found.groups.items()
        ],
    )


def _runs(runs: Sequence[SegmentationRun]) -> Block:
    cells: dict[str, Callable[[SegmentationRun], str]] = {
        "Run": lambda run: f"`{run.name}`",
        "Start": lambda run: _words(run.config.model.initialization),
        "Normalization": lambda run: run.config.model.normalization,
        "Depth": lambda run: str(run.config.model.depth),
        "Seed": lambda run: str(run.config.seed),
        "Parameters": lambda run: f"{run.summary.parameters:,}" if run.summary else "–",
        "Loss": lambda run: fixed(_figure(run, "loss")),
        "Accuracy": lambda run: fixed(_figure(run, "accuracy")),
        "Mean IoU": lambda run: fixed(_figure(run, "mean_iou"), 3),
    }
    states = {run.status.status for run in runs} - {"finished"}
    unfinished = [
        f"`{run.name}` ({run.status.status})" for run in runs if run.status.status in states
    ]
    return table_of(
        "segmentation-runs",
        "All segmentation runs: the validation with the lowest loss of each."
        + (f" Not finished: {listed(unfinished)}." if unfinished else ""),
        tuple(cells),
        [tuple(cell(run) for cell in cells.values()) for run in runs],
        words=(0, 1, 2),
    )
