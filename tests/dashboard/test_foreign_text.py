"""Text that others wrote stays text, on every page and view, whichever file or address it is from.

Each source holds the same hostile words (`hostile.py`). What pages send to the browser is read
message by message: where Streamlit takes Markdown, or plotly its tags, nothing of it may be alive.
"""

import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from dashboard import loaders, state
from dashboard.state import elements
from dashboard.state.key import Key
from dashboard.wording import plain

_SPEC = importlib.util.spec_from_file_location("hostile", Path(__file__).with_name("hostile.py"))
assert _SPEC
assert _SPEC.loader
hostile = sys.modules["hostile"] = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(hostile)

Open = Callable[..., AppTest]

# Fields of Streamlit's messages that are shown as they are, or not at all.
PLAIN = re.compile(
    r"(Code\.code_text|Selectbox\.(options|raw_value|default)|MultiSelect\.(options|raw_values|default)"
    r"|Text(Input|Area)\.(default|value|placeholder)|\.id|\.user_key|\.form_id|\.query_string"
    r"|BidiComponent\..*|FileUploader\..*|Arrow\.data|\.alt|DownloadButton\.url|Metric\.body"
    r"|Button\.payload|\.element_hash|Html\.body)$"
)
# What would be alive in Markdown: an unescaped bracket after "!" or before "(", a tag, a colour,
# a formula, an address that becomes a link by itself.
ALIVE = (
    r"(?<!\\)!\[",
    r"(?<!\\)\]\(",
    r"(?<!\\)<(img|a|b)\b",
    r"(?<!\\):red\[",
    r"(?<!\\)\$",
    rf"https?://{hostile.HOST}",
    rf"www\.{hostile.HOST}",
)

# The pages' own links to the lab's documents, whose words are fixed, and to the runs of these tests.
OWN_LINK = re.compile(r"\[[\w ]+\]\(glossary\?read=[a-z]+\)|\[([\w-]+)\]\(run\?run=\1\)")

VIEWS: list[tuple[str, dict[str, str]]] = [
    ("overview", {}),
    ("runs", {}),
    ("runs", {"baseline": "other", "colour": "corpus", "facet": "corpus", "show": "final"}),
    ("run", {"run": hostile.RUN}),
    ("train", {}),
    ("compose", {"run": hostile.RUN, "limit": "5"}),
    ("compose", {"run": hostile.RUN, "how": "beside", "all_runs": "true"}),
    ("temperature", {"run": hostile.RUN}),
    ("listen", {"run": hostile.RUN}),
    ("corpus", {"corpus": "tiny"}),
    ("corpus", {"corpus": hostile.FOLDER}),
    ("corpus", {"corpus": hostile.FOLDER, "view": "tune"}),
    ("corpus", {"view": "tune", "whose": "own", "abc": hostile.hostile_book("x").tunes[0].text}),
    *(
        ("neurons", {"run": hostile.RUN, "view": view, "marked_from": "3", "marked_to": "9"})
        for view in (
            *("text", "card", "atlas", "find", "cause", "count"),
            *("state", "patch", "steer", "memory"),
        )
    ),
    *(("neurons", {"run": hostile.RUN, "text": text}) for text in ("kept", "fresh", "pasted")),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The hostile lab, made once."""
    folder = tmp_path_factory.mktemp("hostile")
    found = SimpleNamespace(data=folder / "data", checkpoints=folder / "checkpoints")
    found.data.mkdir()
    found.checkpoints.mkdir()
    hostile.make(found)
    return found


@pytest.fixture(autouse=True)
def run(made: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SONGRNN_DATA", str(made.data))
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(made.checkpoints))


def strings(message: Message, path: str = "") -> Iterator[tuple[str, str]]:
    """(Message.field, value) of every text in a message, those inside it included."""
    for field, value in message.ListFields():
        place = f"{message.DESCRIPTOR.name}.{field.name}"
        for each in value if field.is_repeated else [value]:
            if isinstance(each, Message):
                yield from strings(each)
            elif isinstance(each, str):
                yield place, each


def messages(node: Any) -> Iterator[Message]:
    for child in getattr(node, "children", {}).values():
        proto = getattr(child, "proto", None)
        if isinstance(proto, Message):
            yield proto
        yield from messages(child)


def alive(page: AppTest) -> list[str]:
    """What of the hostile text is more than text on the page."""
    assert not page.exception, [error.value for error in page.exception]
    found = []
    for message in messages(page._tree):
        for place, text in strings(message):
            if PLAIN.search(place):
                continue
            if "PlotlyChart" in place:
                found += [f"{place}: {tag}" for tag in re.findall(r"<(?:img|a)\b.{20}", text)]
            else:
                foreign = OWN_LINK.sub("", text)
                found += [f"{place}: {text[:120]}" for sign in ALIVE if re.search(sign, foreign)]
    for table in page.dataframe:
        cells = [str(cell) for row in pd.DataFrame(table.value).to_numpy().tolist() for cell in row]
        found += [f"a cell: {cell[:60]}" for cell in cells if cell.startswith("=cmd")]
    return found


def test_the_hostile_text_would_be_alive() -> None:
    assert all(re.search(sign, hostile.TEXT) for sign in ALIVE)
    assert not any(re.search(sign, plain(hostile.TEXT)) for sign in ALIVE)


@pytest.mark.parametrize(("name", "query"), VIEWS, ids=lambda value: str(value)[:60])
def test_no_file_brings_a_page_to_life(app: Open, name: str, query: dict[str, str]) -> None:
    page = app(name, **query)
    assert not alive(page)
    buttons = {"compose": elements.COMPOSE, "listen": elements.NEXT_PAIR}
    if name in buttons:
        assert not alive(page.button(key=buttons[name]).click().run())
    if name == "listen":
        assert not alive(page.button(key=elements.GUESS.of("A")).click().run())


@pytest.mark.parametrize("view", ["card", "state", "patch", "steer", "memory"])
def test_tunes_that_are_gone_bring_no_view_to_life(
    app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, view: str
) -> None:
    monkeypatch.setenv("SONGRNN_DATA", str(tmp_path / "empty"))
    monkeypatch.setattr(loaders.neurons, "probes", lambda run: None)  # else it needs no tunes
    page = app("neurons", run=hostile.RUN, view=view)
    assert "is not here" in " ".join(part.value for part in [*page.info, *page.caption])
    assert not alive(page)


def parameters() -> list[str]:
    """Every query parameter: the keys that are no session's alone."""
    keys = [value for _, value in inspect.getmembers(state) if isinstance(value, Key)]
    return sorted({str(key) for key in keys if not key.startswith("_")})


@pytest.mark.parametrize("name", dict.fromkeys(name for name, _ in VIEWS))
def test_no_address_brings_a_page_to_life(app: Open, name: str) -> None:
    assert not alive(app(name, **dict.fromkeys(parameters(), hostile.TEXT)))


def test_no_upload_brings_a_page_to_life(app: Open) -> None:
    book = hostile.hostile_book("x")
    data = "\n".join(tune.text for tune in book.tunes).encode()
    for content in (data, hostile.TEXT.encode(), b"\x00\x01"):
        page = app("neurons", run=hostile.RUN, text="uploaded")
        upload = (f"{hostile.FOLDER}.abc", content, "text/plain")
        assert not alive(page.file_uploader(key=state.UPLOADED).set_value(upload).run())
        page = app("corpus", corpus="tiny")
        page.file_uploader(key=state.UPLOADS).set_value([upload])
        page.text_input(key=state.UPLOAD_NAME).set_value("mine")
        page = page.run()
        assert not alive(page.button(key=elements.IMPORT).click().run())


def test_no_text_of_ones_own_brings_a_page_to_life(app: Open) -> None:
    assert not alive(app("compose", run=hostile.RUN, prime=hostile.TEXT + "\u0416"))
    page = app("train")
    assert not alive(page.text_input(key=state.RUN_NAME).set_value(hostile.TEXT).run())
    assert not alive(page.button(key=elements.START_RUN).click().run())
