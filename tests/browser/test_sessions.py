"""Many people at once: nobody sees an exception, and nobody sees another's work.

SONGRNN_VISITORS sets how many there are; `make test-long` takes 25.
"""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

from tests.browser.visitor import Visitor

PAGES = ("", "runs", "train", "compose", "temperature", "listen", "neurons", "corpus")
VISITORS = int(os.environ.get("SONGRNN_VISITORS", "3"))


def walk(address: str, mark: str, everyone: threading.Barrier, seen: dict[str, str]) -> None:
    """Open every page, write a song whose title is the visitor's own mark, look again."""
    with Visitor(address) as visitor:
        for page in PAGES:
            visitor.visit(page)
        visitor.visit("compose", run="lstm-150")
        written = {"revision": 0, "number": 1, "text": f"X:1\nT:{mark}\nM:6/8\nK:D\n"}
        edit = {"edit": written | {"transpose": 0}}
        visitor.act(visitor.find("prime-editor"), json_value=json.dumps(edit))
        visitor.act(visitor.find("compose"), trigger_value=True)
        everyone.wait()  # all songs are there before anybody looks again
        visitor.visit("compose", run="lstm-150")
        seen[mark] = visitor.shown()
        for page in PAGES:
            visitor.visit(page)
            seen[mark] += visitor.shown()


def test_nobody_sees_the_work_of_another(
    serve: Callable[..., str], places: tuple[Path, Path]
) -> None:
    data, checkpoints = places
    address = serve(SONGRNN_DATA=str(data), SONGRNN_CHECKPOINTS=str(checkpoints))
    marks = [f"Visitor {chr(ord('A') + n)}" + "xyz"[n % 3] for n in range(VISITORS)]
    everyone, seen = threading.Barrier(VISITORS), dict[str, str]()
    failed: list[BaseException] = []

    def one(mark: str) -> None:
        try:
            walk(address, mark, everyone, seen)
        except BaseException as error:
            failed.append(error)
            everyone.abort()

    threads = [threading.Thread(target=one, args=(mark,)) for mark in marks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    real = [error for error in failed if not isinstance(error, threading.BrokenBarrierError)]
    assert not real, real[0]
    for mark in marks:
        assert mark in seen[mark]
        for other in set(marks) - {mark}:
            assert other not in seen[mark], f"{mark} saw the song of {other}"
