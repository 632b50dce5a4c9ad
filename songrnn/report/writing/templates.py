"""The templates, and what they may call."""

import base64
from typing import TYPE_CHECKING, Any

from songrnn.report import inline
from songrnn.report.document import Figure, Report
from songrnn.report.figures.drawing import inline_svg
from songrnn.report.writing.latex import code_lines, file_name, set_table

if TYPE_CHECKING:
    from jinja2 import Environment

MIMES = {"txt": "text/plain", "midi": "audio/midi", "mp3": "audio/mpeg", "svg": "image/svg+xml"}


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
        "verbatim_tex": code_lines,
        "set_tex": set_table,
        "file_tex": file_name,
        "words": lambda text: "".join(words for _, words in inline.spans(text)),
        "svg": lambda figure: Markup(_svg(figure)),
        "data_uri": data_uri,
        "numeric": lambda place, table: place in table.numeric,
    }
    return environment


def _svg(figure: Figure) -> str:
    return inline_svg(figure.drawing.svg, figure.name, figure.alt)


def data_uri(data: bytes | str, ending: str) -> str:
    """The bytes as an address that holds them."""
    raw = data.encode() if isinstance(data, str) else data
    return f"data:{MIMES[ending]};base64,{base64.b64encode(raw).decode()}"
