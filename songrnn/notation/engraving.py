"""MusicXML -> SVG, by Verovio in a worker process.

Verovio is compiled code that some scores can bring down; the app must outlive it. The worker is
`python -m songrnn.notation.engraving`: a line of JSON in, a line of JSON out, until its input
ends. It is started with the first tune, kept, and started again after a crash or a timeout.
"""

import atexit
import contextlib
import hashlib
import json
import os
import re
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from songrnn.errors import EngravingError
from songrnn.notation.kept_files import KeptFiles
from songrnn.notation.reading import Reading
from songrnn.paths import cache_directory

_KEPT_BYTES = 50 << 20
_SCALE = 40  # percent of Verovio's own size; page units are tenths of a pixel at 100
_VERSION = "4"  # of what is kept: changes with how it is drawn

# In what Verovio draws, black is the ink.
_INK = re.compile(r'(fill|stroke|color)="(?:black|#000000|#000|rgb\(0, ?0, ?0\))"')
_INK_STYLE = re.compile(r"(fill|stroke|color)\s*:\s*(?:black|#000000|#000)\b")


def engrave(
    reading: Reading,
    *,
    width: int = 860,
    timeout: float = 20.0,
    cache: Path | None = None,
    keep: bool = True,
) -> str:
    """The tune on a staff, with title, rhythm and composer above and the words of W: below, as an SVG in the ink of its surroundings (`currentColor`).

    width: pixels that a line of music is laid out for; the SVG itself fills what holds it. Every
    note is a group whose id is that of `score.py`. timeout: seconds for the worker. cache: folder
    of earlier engravings, data/cache/engravings when left out. keep: whether this one joins them;
    what is still being written need not.
    Raises ScoreError when it can't be notated and EngravingError when it can't be drawn.
    """
    (staff,) = engrave_widths(reading, [width], timeout=timeout, cache=cache, keep=keep)
    return staff


def engrave_widths(
    reading: Reading,
    widths: Sequence[int],
    *,
    timeout: float = 20.0,
    cache: Path | None = None,
    keep: bool = True,
) -> list[str]:
    """The same for several widths, so that a page can take the one it has room for."""
    from songrnn.notation.score import to_musicxml
    from songrnn.notation.staff.heading import with_heading

    musicxml = to_musicxml(reading)
    return [
        with_heading(
            engrave_musicxml(musicxml, width=width, timeout=timeout, cache=cache, keep=keep),
            reading,
        )
        for width in widths
    ]


def engrave_musicxml(
    musicxml: str,
    *,
    width: int = 860,
    timeout: float = 20.0,
    cache: Path | None = None,
    keep: bool = True,
) -> str:
    """The same for a score that is MusicXML already. Raises EngravingError."""
    if not 100 <= width <= 10_000:
        raise EngravingError(f"A staff can be 100 to 10,000 pixels wide, not {width}.")
    kept = KeptFiles(cache or cache_directory() / "engravings", _KEPT_BYTES)
    # The date of making stands in MusicXML and changes nothing of the music.
    content = re.sub(r"<encoding-date>.*?</encoding-date>", "", musicxml)
    digest = hashlib.sha256(f"{_VERSION}|{width}|{content}".encode("utf-8", "replace")).hexdigest()
    name = f"{digest[:32]}.svg"
    known = kept.get(name)
    if known is not None:
        with contextlib.suppress(UnicodeDecodeError):
            return known.decode("utf-8")
    svg = in_current_colour(_worker.ask({"musicxml": musicxml, "width": width}, timeout))
    if keep:
        kept.keep(name, svg.encode("utf-8"))
    return svg


def engrave_page(musicxml: str, options: Mapping[str, object], *, timeout: float = 20.0) -> str:
    """A score as Verovio draws it, in black, with options of its own over the usual ones.

    options: as in Verovio's manual (https://book.verovio.org/toolkit-reference/toolkit-options.html):
    `font`, `pageWidth`, `staffLineWidth`, …. Nothing is kept. Raises EngravingError.
    """
    return _worker.ask({"musicxml": musicxml, "width": 860, "options": dict(options)}, timeout)


def in_current_colour(svg: str) -> str:
    """An SVG whose black is the text colour of the page it stands on."""
    svg = _INK_STYLE.sub(r"\1: currentColor", _INK.sub(r'\1="currentColor"', svg))
    # What names no fill would be black.
    return svg.replace("<svg ", '<svg fill="currentColor" ', 1)


class _Worker:
    """The process that holds Verovio. One tune at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, request: dict[str, Any], timeout: float) -> str:
        """The SVG of a request. Raises EngravingError; the worker is gone then, or well."""
        with self._lock:
            process = self._running()
            assert process.stdin is not None
            try:
                process.stdin.write(json.dumps(request).encode() + b"\n")
                process.stdin.flush()
                line = self._line(process, timeout)
            except TimeoutError as error:
                self.close()
                raise EngravingError(
                    f"The engraver did not finish within {timeout:g} seconds."
                ) from error
            except (OSError, EOFError) as error:
                self.close()
                raise EngravingError(
                    "The engraver broke down over this score; text and sound are not affected."
                ) from error
            except BaseException:  # Ctrl-C: the answer would be taken for that of the next request
                self.close()
                raise
        answer = json.loads(line)
        if "error" in answer:
            raise EngravingError(f"The score cannot be engraved: {answer['error']}.")
        svg: str = answer["svg"]
        return svg

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            root = str(Path(__file__).resolve().parents[2])
            paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "songrnn.notation.engraving"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
        return self._process

    def _line(self, process: subprocess.Popen[bytes], timeout: float) -> bytes:
        assert process.stdout is not None
        deadline = time.monotonic() + timeout
        parts: list[bytes] = []
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while True:
                if not selector.select(max(deadline - time.monotonic(), 0)):
                    raise TimeoutError
                part = os.read(process.stdout.fileno(), 1 << 20)
                if not part:
                    raise EOFError
                parts.append(part)
                if part.endswith(b"\n"):
                    return b"".join(parts)

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            process.wait()


_worker = _Worker()
atexit.register(_worker.close)


def _serve() -> None:
    """The worker's loop. Verovio prints to standard output, so the answers go another way."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    for line in sys.stdin.buffer:
        try:
            answer = {"svg": _draw(toolkit, json.loads(line))}
        except Exception as error:
            answer = {"error": str(error) or type(error).__name__}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def _draw(toolkit: Any, request: dict[str, Any]) -> str:
    toolkit.resetOptions()
    toolkit.setOptions(
        {
            "adjustPageHeight": True,
            "breaks": "auto",
            "footer": "none",
            "header": "none",
            "lyricWordSpace": 2.0,  # room for faces wider than the one Verovio measures with
            "pageHeight": 60_000,
            "pageMarginBottom": 20,
            "pageMarginLeft": 40,
            "pageMarginRight": 0,
            "pageMarginTop": 20,
            "pageWidth": round(request["width"] * 100 / _SCALE),
            "scale": _SCALE,
            "smuflTextFont": "none",
            "spacingNonLinear": 0.55,
            "svgFormatRaw": True,
            "svgRemoveXlink": True,
            "svgViewBox": True,
            "xmlIdChecksum": True,
            **request.get("options", {}),
        }
    )
    if not toolkit.loadData(request["musicxml"]):
        raise ValueError("Verovio does not accept it")
    if toolkit.getPageCount() != 1:
        raise ValueError("it is longer than one page of 60,000 units")
    svg: str = toolkit.renderToSVG(1)
    return svg


if __name__ == "__main__":
    _serve()
