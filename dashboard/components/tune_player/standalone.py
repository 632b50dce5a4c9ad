"""The player as one file: opens in any browser, without this app and without a network.

It holds the same script and style as the app's player, and the same data: staff, text, sound and
all neurons of a layer.
"""

import html
import json
from collections.abc import Mapping
from typing import Any

from dashboard.charts.theme import DARK, LIGHT, Palette
from dashboard.components.tune_player import SCRIPT, STYLE

# Nothing is fetched and nothing is sent, whatever a tune's text says.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "media-src blob:; img-src blob: data:"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; {light} }}
@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}
body {{ margin: 2rem auto; max-width: 1200px; padding: 0 1rem; font-family: sans-serif;
  background: var(--st-background-color); color: var(--st-text-color); }}
h1 {{ font-size: 1.4rem; }}
p {{ color: var(--st-gray-color); max-width: 92ch; }}
{css}
</style>
</head>
<body>
<h1>{title}</h1>
<div class="player" data-testid="tune-player"></div>
<p>{words}</p>
<script type="application/json" id="data">{data}</script>
<script type="module">
{script}
const data = JSON.parse(document.getElementById("data").textContent);
const show = () => render({{ parentElement: document.body, data, setStateValue() {{}} }});
show();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
</script>
</body>
</html>
"""


def standalone_page(data: Mapping[str, Any], *, title: str, words: str) -> str:
    """A whole page. data: as `player_data` gives it; title and words are shown as they are."""
    return _PAGE.format(
        policy=_POLICY,
        title=html.escape(title),
        words=html.escape(words),
        light=_variables(LIGHT),
        dark=_variables(DARK),
        css=STYLE,
        # No tag can begin inside the data, and no other module is there to import the script.
        data=json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"),
        script=SCRIPT.replace("export default function", "function", 1),
    )


def _variables(colours: Palette) -> str:
    """What the app's theme tells the style of the player."""
    return " ".join(
        f"--st-{name}: {value};"
        for name, value in {
            "text-color": colours.ink,
            "background-color": colours.paper,
            "secondary-background-color": colours.panel,
            "border-color": colours.faint,
            "primary-color": colours.accent,
            "gray-color": colours.quiet,
        }.items()
    )
