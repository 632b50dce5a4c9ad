"""Uploads have an end: of one visitor and of all, counted where they lie and on their way."""

import asyncio
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard import uploads
from dashboard.uploads import (
    ALWAYS_MEGABYTES,
    MOST_FILES,
    MOST_MEGABYTES,
    MOST_MEGABYTES_IN_ALL,
    LimitedUploads,
    refusal,
)
from tests.asgi import answered

MB = 1_000_000


@pytest.mark.parametrize(
    ("held", "coming", "size", "refused"),
    [
        ({}, {}, MB, False),
        ({"a": [1] * (MOST_FILES - 1)}, {}, 1, False),
        ({"a": [1] * MOST_FILES}, {}, 1, True),
        ({"b": [1] * MOST_FILES}, {}, 1, False),
        ({"a": [MOST_MEGABYTES * MB]}, {}, 1, True),
        ({}, {"a": [MOST_MEGABYTES * MB]}, 1, True),
        ({"b": [MOST_MEGABYTES_IN_ALL * MB - 5 * MB]}, {}, 5 * MB, False),
        ({"b": [MOST_MEGABYTES_IN_ALL * MB - 5 * MB]}, {}, 5 * MB + 1, True),
        # However much the others have, a tune can come in.
        ({"b": [MOST_MEGABYTES_IN_ALL * MB]}, {}, ALWAYS_MEGABYTES * MB, False),
        ({"b": [MOST_MEGABYTES_IN_ALL * MB]}, {}, ALWAYS_MEGABYTES * MB + 1, True),
        ({"a": [1], "b": [MOST_MEGABYTES_IN_ALL * MB]}, {}, ALWAYS_MEGABYTES * MB, True),
        ({}, {"b": [MOST_MEGABYTES_IN_ALL * MB]}, MB, False),
    ],
)
def test_a_visitor_and_all_visitors_have_a_share(
    held: dict[str, list[int]], coming: dict[str, list[int]], size: int, *, refused: bool
) -> None:
    assert bool(refusal("a", size, held, coming)) is refused


PLACE = "/_stcore/upload_file/a/1"


async def taken(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def ask(app: ASGIApp, method: str, length: str | None = "1") -> tuple[int, bytes]:
    """(status, text) of the answer to a request about an upload of the session `a`."""
    answer: list[Any] = []

    async def send(message: Any) -> None:
        answer.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is read of an upload that is refused")

    headers = [] if length is None else [(b"content-length", length.encode())]
    scope = {"type": "http", "method": method, "path": PLACE, "headers": headers}
    answered(app(scope, receive, send))  # type: ignore[arg-type]
    return answer[0]["status"], answer[1]["body"]


def test_what_is_too_much_is_refused_before_it_is_read_and_in_words() -> None:
    assert ask(LimitedUploads(taken, dict), "PUT")[0] == 204
    full = LimitedUploads(taken, lambda: {"a": [1] * MOST_FILES})
    status, words = ask(full, "PUT")
    assert status == 413
    assert str(MOST_FILES).encode() in words
    assert ask(full, "DELETE")[0] == 204


@pytest.mark.parametrize("length", [None, "", "-1", "many"])
def test_an_upload_that_hides_its_length_is_refused(length: str | None) -> None:
    assert ask(LimitedUploads(taken, dict), "PUT", length)[0] == 411


def test_what_is_on_its_way_counts_and_is_given_back() -> None:
    limited = LimitedUploads(taken, dict)

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        assert limited.coming.sizes == {"a": [7]}
        await taken(scope, receive, send)

    limited.app = slow
    assert ask(limited, "PUT", "7")[0] == 204
    assert limited.coming.sizes == {}


def test_a_file_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PATIENCE", 0.05)
    heard: list[str] = []

    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        heard.append((await receive())["type"])

    async def never() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        raise AssertionError("nobody is there to be answered")

    scope = {"type": "http", "method": "PUT", "path": PLACE, "headers": [(b"content-length", b"9")]}
    limited = LimitedUploads(waits, dict)
    answered(limited(scope, never, send))
    assert heard == ["http.disconnect"]
    assert limited.coming.sizes == {}
