"""A real browser on a lab in which every text is hostile: no other host is asked for anything."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import Browser, Request, expect

_PLACE = Path(__file__).resolve().parents[1] / "dashboard" / "hostile.py"
_SPEC = importlib.util.spec_from_file_location("hostile", _PLACE)
assert _SPEC
assert _SPEC.loader
hostile = sys.modules["hostile"] = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(hostile)

NEURONS = ("text", "card", "atlas", "find", "cause", "count")
VIEWS = [
    ("", {}),
    ("runs", {"baseline": "other", "colour": "corpus", "runs": hostile.TEXT}),
    ("run", {"run": hostile.RUN}),
    ("train", {}),
    ("compose", {"run": hostile.RUN, "song": hostile.TEXT}),
    ("compose", {"run": hostile.TEXT, "prime": hostile.TEXT}),
    ("temperature", {"run": hostile.RUN}),
    ("listen", {"run": hostile.RUN}),
    ("corpus", {"corpus": "tiny", "tune": hostile.TEXT, "search": "x"}),
    ("corpus", {"view": "tune", "corpus": "tiny"}),
    *(("neurons", {"run": hostile.RUN, "view": view}) for view in NEURONS),
    ("neurons", {"run": hostile.RUN, "text": "kept"}),
]
# Elements that only markup of somebody else could have made.
FOREIGN = """() => [...document.querySelectorAll('img, a, iframe, object, embed, .katex')].filter(e => {
  const there = e.src || e.href?.baseVal || e.href;
  if (!there || typeof there !== 'string') return e.classList.contains('katex');
  const url = new URL(there, location);
  const own = ['data:', 'blob:'].includes(url.protocol) || url.host === location.host;
  return !own || url.pathname.endsWith('/x.png') || url.pathname === '/x';
}).map(e => e.outerHTML.slice(0, 200))"""


def test_no_page_asks_another_host_or_shows_foreign_elements(
    serve: Callable[..., str], browser: Browser, tmp_path: Path
) -> None:
    places = SimpleNamespace(data=tmp_path / "data", checkpoints=tmp_path / "checkpoints")
    places.data.mkdir()
    places.checkpoints.mkdir()
    hostile.make(places)
    address = serve(SONGRNN_DATA=str(places.data), SONGRNN_CHECKPOINTS=str(places.checkpoints))
    asked: list[str] = []
    seen: dict[str, list[str]] = {}
    own = urlsplit(address).netloc

    def note(request: Request) -> None:
        if urlsplit(request.url).netloc not in ("", own):
            asked.append(request.url)

    context = browser.new_context()
    page = context.new_page()
    page.on("request", note)
    page.on("dialog", lambda dialog: asked.append(f"a dialog: {dialog.message}"))
    for name, query in VIEWS:
        link = f"{name}?{urlencode(query)}"
        page.goto(f"{address}/{link}")
        expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=60_000)
        expect(page.get_by_test_id("stMarkdown").first).to_be_visible(timeout=60_000)
        page.wait_for_timeout(300)
        if found := page.evaluate(FOREIGN):
            seen[link] = found
    context.close()
    assert not asked
    assert not seen
