"""Writing a report into a folder.

`report.html` is one file that needs no other. `report.md` and `latex/main.tex` name the files
beside them. `report.pdf` is printed by a browser where there is one.
"""

import io
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from songrnn.disk import replace_file
from songrnn.errors import ConfigError, StorageError
from songrnn.report.document import Report
from songrnn.report.writing.latex import file_name
from songrnn.report.writing.pdf import find_browser, print_page
from songrnn.report.writing.templates import render

FORMATS = ("html", "md", "latex", "pdf")


def html_bytes(report: Report) -> bytes:
    """The report as one HTML page that needs nothing but itself."""
    return render("report.html.j2", report).encode()


def zip_bytes(report: Report) -> bytes:
    """Every format with its files beside it, as `write_report` writes them, in one .zip.

    The same report gives the same names, sizes and dates. Raises StorageError.
    """
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as name, zipfile.ZipFile(buffer, "w") as zipped:
        folder = Path(name)
        write_report(report, folder)
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            entry = zipfile.ZipInfo(f"report/{path.relative_to(folder).as_posix()}")
            entry.compress_type = zipfile.ZIP_DEFLATED
            zipped.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def write_report(report: Report, folder: Path, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Write the report; return the documents written, those with files beside them too.

    Without a browser there is no PDF; that is no error. Raises ConfigError for an unknown format,
    StorageError.
    """
    if unknown := [name for name in formats if name not in FORMATS]:
        raise ConfigError(
            f"A report can be written as {', '.join(FORMATS)}, not as {unknown[0]!r}."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder} cannot be made: {error.strerror or error}.") from error
    written: list[Path] = []
    makers: dict[str, Callable[[Report, Path], list[Path]]] = {
        "html": _html,
        "md": _markdown,
        "latex": _latex,
        "pdf": _pdf,
    }
    for name in FORMATS:
        if name in formats:
            written += makers[name](report, folder)
    return written


def _html(report: Report, folder: Path) -> list[Path]:
    return [_put(folder / "report.html", html_bytes(report))]


def _markdown(report: Report, folder: Path) -> list[Path]:
    for figure in report.figures():
        _put(folder / "figures" / f"{figure.name}.svg", figure.drawing.svg.encode())
    for song in report.songs():
        if song.staff is not None:
            _put(folder / "songs" / f"{song.stem}.svg", song.staff.svg.encode())
        for ending, data in song.files.items():
            _put(folder / "songs" / f"{song.stem}.{ending}", data)
    return [_put(folder / "report.md", render("report.md.j2", report).encode())]


def _latex(report: Report, folder: Path) -> list[Path]:
    home = folder / "latex"
    for figure in report.figures():
        _put(
            home / "figures" / f"{file_name(figure.name)}.{figure.drawing.suffix}",
            figure.drawing.page,
        )
    for song in report.songs():
        if song.staff is not None:
            _put(home / "figures" / f"{file_name(song.stem)}.{song.staff.suffix}", song.staff.page)
    return [_put(home / "main.tex", render("main.tex.j2", report).encode())]


def _pdf(report: Report, folder: Path) -> list[Path]:
    browser = find_browser()
    if browser is None:
        return []
    return [_put(folder / "report.pdf", print_page(html_bytes(report), browser))]


def _put(path: Path, data: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{path.parent} cannot be made: {error.strerror or error}.") from error
    replace_file(path, data, durable=False, most=None)
    return path
