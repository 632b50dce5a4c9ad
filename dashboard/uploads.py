"""How much visitors may upload, each and together; Streamlit itself caps only a single file.

Uploads lie in the server's memory until they are taken away or the session ends. The sums are read
from where they lie, so that what was given back counts no longer; what is on its way counts too.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from songrnn.event_log import log_event

# Of a session, and of all sessions together. MB are 10^6 bytes.
MOST_FILES = 50
MOST_MEGABYTES = 128
MOST_MEGABYTES_IN_ALL = 512
# What each visit may upload however much the others have: nobody can close the door to tunes, and a
# visit takes as much memory by itself.
ALWAYS_MEGABYTES = 4
# Seconds for the next part of a file to come.
PATIENCE = 60.0
_MB = 1_000_000

_PLACE = "/_stcore/upload_file/"


def held_now() -> dict[str, list[int]]:
    """Session -> sizes in bytes of the files that it has uploaded and not given back."""
    from streamlit.runtime import exists, get_instance

    if not exists():
        return {}
    files = get_instance().uploaded_file_mgr.file_storage  # type: ignore[attr-defined]
    return {
        session: [len(file.data) for file in list(each.values())]
        for session, each in list(files.items())
    }


@dataclass
class _Coming:
    """Bytes on their way, by session."""

    sizes: dict[str, list[int]] = field(default_factory=dict)

    def add(self, session: str, size: int) -> None:
        self.sizes.setdefault(session, []).append(size)

    def take_off(self, session: str, size: int) -> None:
        self.sizes[session].remove(size)
        if not self.sizes[session]:
            del self.sizes[session]


def refusal(
    session: str, size: int, held: Mapping[str, list[int]], coming: Mapping[str, list[int]]
) -> str:
    """Why a session may not upload a file of this size; "" when it may."""
    own = [*held.get(session, []), *coming.get(session, [])]
    everyone = sum(map(sum, held.values())) + sum(map(sum, coming.values()))
    if len(own) >= MOST_FILES:
        return f"At most {MOST_FILES} files can be uploaded in one visit; put them into one .zip."
    if sum(own) + size > MOST_MEGABYTES * _MB:
        return f"At most {MOST_MEGABYTES} MB can be uploaded in one visit; remove files first."
    if sum(own) + size > ALWAYS_MEGABYTES * _MB and everyone + size > MOST_MEGABYTES_IN_ALL * _MB:
        return (
            "All visitors together have uploaded as much as fits; try again in some minutes, or "
            f"with at most {ALWAYS_MEGABYTES} MB."
        )
    return ""


class LimitedUploads:
    """An application that takes uploads only as far as there is room for them."""

    def __init__(
        self, app: ASGIApp, held: Callable[[], Mapping[str, list[int]]] = held_now
    ) -> None:
        self.app = app
        self.held = held
        self.coming = _Coming()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "PUT" or _PLACE not in scope["path"]:
            await self.app(scope, receive, send)
            return
        session = scope["path"].split(_PLACE, 1)[1].split("/")[0]
        length = dict(scope["headers"]).get(b"content-length", b"")
        if not length.isdigit():
            answer = PlainTextResponse("An upload has to say how long it is.", 411)
            await answer(scope, receive, send)
            return
        size = int(length)
        if why := refusal(session, size, self.held(), self.coming.sizes):
            log_event("refused", "upload", bytes=size, reason=why)
            await PlainTextResponse(why, 413)(scope, receive, send)
            return

        async def in_time() -> Message:
            try:
                return await asyncio.wait_for(receive(), PATIENCE)
            except TimeoutError:
                return {"type": "http.disconnect"}

        self.coming.add(session, size)
        try:
            await self.app(scope, in_time, send)
        finally:
            self.coming.take_off(session, size)
