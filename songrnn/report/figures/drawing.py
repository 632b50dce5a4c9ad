"""How a figure is drawn: by matplotlib, the same bytes each time, in ink on paper.

matplotlib's settings are the process's own, so one figure is drawn at a time.
"""

import io
import re
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from songrnn.report.document import Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

INK, QUIET, FAINT, ACCENT = "#24211D", "#6B655A", "#E6E1D6", "#A3352B"
# Okabe and Ito 2008; the same cells have the same colours on the pages.
CELLS = {"lstm": "#0072B2", "gru": "#009E73", "rnn": "#D55E00"}
# That of a cell without one.
OTHER_CELL = "#CC79A7"
# Told apart by anyone, for a setting's words; and the stops of a scale for its numbers.
KINDS = (
    *("#24211D", "#0072B2", "#D55E00", "#008A64"),
    *("#B4528E", "#8A6A00", "#6A3D9A", "#7F7A70"),
)
STEPS = ("#1D3557", "#7B3F98", "#CC4668", "#C8761C")
# Of activations: −1, 0 and +1.
PURPLE, MIDDLE, ORANGE = "#A98BD3", "#F7F5F0", "#EE9F4A"

WIDTH = 7.2  # inches

# Any: matplotlib's own type lists every setting there is.
_SETTINGS: Any = {
    "svg.hashsalt": "songrnn",
    "svg.fonttype": "none",
    # What tunes and runs are called may hold a dollar sign, which would begin mathematics.
    "text.parse_math": False,
    "pdf.fonttype": 42,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.solid_capstyle": "round",
}
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_CRISP = re.compile(r"image-rendering:[a-z-]+;?")
_PNG = "data:image/png;base64,"
_lock = threading.Lock()


def draw(paint: Callable[["Canvas"], None], *, height: float, width: float = WIDTH) -> Drawing:
    """What `paint` paints on an empty canvas of these inches."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with _lock, mpl.rc_context(_SETTINGS):
        canvas = Figure(figsize=(width, height), layout="constrained", facecolor="none")
        paint(canvas)
        svg, page = io.StringIO(), io.BytesIO()
        canvas.savefig(svg, format="svg", metadata={"Date": None})
        canvas.savefig(page, format="pdf", metadata={"CreationDate": None})
    # Pixels are many times finer than they are shown: a browser shall blend them, not drop lines.
    return Drawing(_CRISP.sub("", svg.getvalue()), page.getvalue())


def axes(canvas: "Canvas", x: str = "", y: str = "") -> "Axes":
    """The only axes of a canvas, with their titles."""
    found = canvas.subplots()
    found.set_xlabel(x)
    found.set_ylabel(y)
    found.tick_params(length=0)
    return found


def inline_svg(svg: str, name: str, alt: str) -> str:
    """An SVG ready to stand in an HTML page: its ids are its own, its style reaches nothing else.

    name: what its ids begin with. Raises xml.etree.ElementTree.ParseError for what is no SVG.
    """
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK[1:-5])
    root = ElementTree.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.rpartition("}")[2] in ("metadata", "style", "script", "foreignObject"):
                parent.remove(child)
    for element in root.iter():
        for key, value in list(element.attrib.items()):
            if key == "id":
                element.set(key, f"{name}-{value}")
            elif key in (_XLINK, "href"):
                element.set(key, _address(element, name, value))
            elif "url(#" in value:
                element.set(key, value.replace("url(#", f"url(#{name}-"))
            elif key.startswith("on"):
                del element.attrib[key]
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    # What matplotlib's style sheet says, which would have reached the page around it.
    root.attrib |= {"stroke-linejoin": "round", "stroke-linecap": "butt"}
    root.attrib |= {"role": "img", "aria-label": alt}
    return ElementTree.tostring(root, encoding="unicode")


def _address(element: ElementTree.Element, name: str, value: str) -> str:
    """What a drawing may point at: its own parts, and pixels that it brings with it."""
    if value.startswith("#"):
        return f"#{name}-{value[1:]}"
    pixels = element.tag.rpartition("}")[2] == "image" and value.startswith(_PNG)
    return "".join(value.split()) if pixels else "#"


def tints(setting: str, values: Sequence[str | int | float]) -> list[str]:
    """A colour for each value of a setting: cells their own, numbers along a scale, words apart."""
    if setting == "cell":
        return [CELLS.get(str(value), OTHER_CELL) for value in values]
    if any(isinstance(value, str) for value in values):
        return [KINDS[place % len(KINDS)] for place in range(len(values))]
    last = len(STEPS) - 1
    places = [place / max(len(values) - 1, 1) * last for place in range(len(values))]
    return [mix(STEPS[int(at)], STEPS[min(int(at) + 1, last)], at - int(at)) for at in places]


def mix(first: str, second: str, share: float) -> str:
    """The colour `share` of the way from one "#rrggbb" to another."""
    channels = [(int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in channels)
