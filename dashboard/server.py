"""The server around the pages: what its answers tell browsers, and what it does not answer.

Streamlit's own server asks this module for what stands around it (`Home.py`). Pages show foreign
text as text; should one ever fail to, the policy below keeps the browser from asking another host
for anything.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import housekeeping
from dashboard.logins import FailedLogins
from dashboard.uploads import LimitedUploads
from dashboard.visitors import NamedByProxy, can_log_in, look_up_visitors
from songrnn.event_log import log_event

# Streamlit's client needs scripts in its page and made of text (components, charts, tables); no
# host but this one is needed for anything.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "frame-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Of the server's loop, at most; one is made when it is needed.
THREADS = 128
# What the server would tell anyone about itself.
CLOSED = ("/_stcore/metrics",)


class Guarded:
    """An application whose answers carry HEADERS, and which has nothing at CLOSED."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        if scope["path"].rstrip("/").endswith(CLOSED):
            await PlainTextResponse("Not found", 404)(scope, receive, with_headers)
        else:
            await self.app(scope, receive, with_headers)


class Roomy:
    """An application whose server has threads enough for files that wait for their turn.

    Streamlit makes downloads in its loop's own threads, of which there are four more than
    processors: a few large files would keep all others waiting.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._has_room = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._has_room:
            self._has_room = True
            threads = ThreadPoolExecutor(THREADS, thread_name_prefix="server")
            asyncio.get_running_loop().set_default_executor(threads)
        await self.app(scope, receive, send)


def around() -> list[Middleware]:
    """What every request goes through before Streamlit sees it."""
    log_event("start", "app")
    housekeeping.begin()
    look_up_visitors()
    return [
        *(Middleware(each) for each in (Roomy, NamedByProxy, Guarded)),
        Middleware(FailedLogins, can_log_in=can_log_in),
        Middleware(LimitedUploads),
    ]
