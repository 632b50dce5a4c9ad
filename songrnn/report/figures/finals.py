"""Where the runs of a study ended, by the value that was varied."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from songrnn.report.document import Drawing
from songrnn.report.figures.curves import named_line, sparse_ticks
from songrnn.report.figures.drawing import FAINT, INK, axes, draw, tints
from songrnn.tuning.contrasts import FEWEST_SEEDS, Group
from songrnn.tuning.sentences import label

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas


def final_losses(
    groups: Sequence[Group], setting: str, baselines: Mapping[str, float] | None = None
) -> Drawing:
    """A dot a run, joined by seed; beside them the mean with its 95 % interval.

    baselines: name -> bits; those far from all losses are left out.
    """
    colours = tints(setting, [group.value for group in groups])

    def paint(canvas: "Canvas") -> None:
        ax = axes(canvas, "", "best validation loss, bits per character")
        for seed in sorted({seed for group in groups for seed in group.seeds}):
            own = [(place, group) for place, group in enumerate(groups) if seed in group.seeds]
            ax.plot(
                [place for place, _ in own],
                [group.bits[group.seeds.index(seed)] for _, group in own],
                color=FAINT,
                linewidth=0.8,
            )
        for place, (group, colour) in enumerate(zip(groups, colours, strict=True)):
            ax.plot([place] * len(group.bits), group.bits, "o", color=colour, markersize=4)
            sure = group.mean.n >= FEWEST_SEEDS
            ax.errorbar(
                place + 0.16,
                group.mean.estimate,
                yerr=group.mean.half_width if sure else None,
                fmt="D",
                color=INK,
                markersize=4.5,
                elinewidth=1.4,
            )
            ax.annotate(
                f"{group.mean.estimate:.3f}",
                (place + 0.16, group.mean.estimate),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
            )
        losses = [bits for group in groups for bits in group.bits]
        reach = max((max(losses) - min(losses)) / 2, 0.1)
        for name, bits in (baselines or {}).items():
            if min(losses) - reach < bits < max(losses) + reach:
                named_line(ax, name, bits)
        ax.set_xlim(-0.4, len(groups) - 0.2)
        sparse_ticks(ax, [label(setting, group.value) for group in groups])

    return draw(paint, height=3.4)
