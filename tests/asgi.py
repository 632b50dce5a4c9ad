"""An application of the web server, asked without a server."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def answered(work: Coroutine[Any, Any, None]) -> None:
    """`work` done in a thread of its own: a browser's test before this one leaves its loop here."""
    with ThreadPoolExecutor(max_workers=1) as other:
        other.submit(asyncio.run, work).result()
