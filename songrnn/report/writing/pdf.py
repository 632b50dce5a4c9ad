"""HTML to PDF, by a browser that is installed."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from songrnn.errors import StorageError

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_TIMEOUT_SECONDS = 180
# When it was printed; the length stays, so that the places named in the file stay right.
_DATES = re.compile(rb"(/(?:CreationDate|ModDate) \(D:)\d{14}")
# Names of table cells: the browser counts on from whatever else it made before.
_NAMES = re.compile(rb"\(node(\d{8})\)")


def find_browser() -> str | None:
    """The Chromium of this system; None when there is none."""
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


def print_page(html: bytes, browser: str) -> bytes:
    """A page printed on A4, without the day on which that happened. Raises StorageError."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, target = folder / "report.html", folder / "report.pdf"
        source.write_bytes(html)
        command = [
            browser,
            "--headless",
            "--disable-gpu",
            "--no-pdf-header-footer",
            f"--user-data-dir={folder / 'profile'}",
            f"--print-to-pdf={target}",
            source.as_uri(),
        ]
        # Chromium refuses its sandbox to root, as in a container; the page is our own.
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")
        try:
            subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_TIMEOUT_SECONDS,
                check=True,
            )
            data = target.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise StorageError(
                f"{Path(browser).name} could not print the report; leave the PDF out with "
                "--format html,md,latex."
            ) from error
    return same_each_time(data)


def same_each_time(data: bytes) -> bytes:
    """A printed page without the day of printing, its cells named by their order.

    >>> same_each_time(b"/ID (node00000057) /Headers [(node00000058) (node00000057)]")
    b'/ID (node00000001) /Headers [(node00000002) (node00000001)]'
    """
    numbers: dict[bytes, int] = {}

    def renamed(name: re.Match[bytes]) -> bytes:
        number = numbers.setdefault(name[1], len(numbers) + 1)
        return b"(node%08d)" % number

    return _NAMES.sub(renamed, _DATES.sub(rb"\g<1>20000101000000", data))
