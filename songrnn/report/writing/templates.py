"""The templates, and what they may call."""

import base64
from typing import TYPE_CHECKING, Any

from songrnn.report import inline
from songrnn.report.document import Figure, Report, Table
from songrnn.report.figures.drawing import inline_svg

if TYPE_CHECKING:
    from jinja2 import Environment

MIMES = {"txt": "text/plain", "mid": "audio/midi", "mp3": "audio/mpeg", "svg": "image/svg+xml"}


def render(template: str, report: Report) -> str:
    """A template of `songrnn/report/templates` with the report in it."""
    return _environment(template).get_template(template).render(report=report)


def _environment(template: str) -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    latex = template.endswith(".tex.j2")
    marks: dict[str, Any] = (
        {
            "block_start_string": "<%",
            "block_end_string": "%>",
            "variable_start_string": "<<",
            "variable_end_string": ">>",
            "comment_start_string": "<#",
            "comment_end_string": "#>",
        }
        if latex
        else {}
    )
    environment = Environment(
        loader=PackageLoader("songrnn.report"),
        autoescape=template.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **marks,
    )
    environment.tests["of_kind"] = lambda block, kind: type(block).__name__ == kind
    environment.filters |= {
        "html": lambda text: Markup(inline.to_html(text)),
        "md": inline.to_markdown,
        "tex": inline.to_latex,
        "verbatim_tex": verbatim_lines,
        "words": lambda text: "".join(words for _, words in inline.spans(text)),
        "svg": lambda figure: Markup(_svg(figure)),
        "data_uri": data_uri,
        "columns_tex": columns_tex,
        "numeric": lambda place, table: place in table.numeric,
    }
    return environment


def _svg(figure: Figure) -> str:
    return inline_svg(figure.drawing.svg, figure.name, figure.alt)


def data_uri(data: bytes | str, ending: str) -> str:
    """The bytes as an address that holds them."""
    raw = data.encode() if isinstance(data, str) else data
    return f"data:{MIMES[ending]};base64,{base64.b64encode(raw).decode()}"


def verbatim_lines(text: str) -> str:
    """Text as it is, line by line, where TeX would read marks: each line set as code."""
    lines = text.rstrip("\n").split("\n")
    return "\\\\\n".join(
        r"\texttt{" + inline.latex_characters(line).replace(" ", "~") + "}" for line in lines
    )


def columns_tex(table: Table) -> str:
    """The column types of a table: words that may break where there are long ones, numbers right."""
    kinds = []
    for place in range(len(table.columns)):
        longest = max((len(row[place]) for row in table.rows), default=0)
        if place in table.numeric:
            kinds.append("r")
        else:
            kinds.append(r"p{0.5\linewidth}" if longest > 50 else "l")
    return "".join(kinds)
