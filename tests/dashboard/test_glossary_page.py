"""The Glossary page shows the glossary's own words, all of them."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard.views.glossary.documents import DOCUMENTS

ROOT = Path(__file__).resolve().parents[2]


def test_every_word_of_the_glossary_is_on_the_page(lab: Any, app: Callable[..., AppTest]) -> None:
    text = (lab.root / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|.*\|$", text, flags=re.MULTILINE)
    page = app("glossary")
    assert not page.exception
    assert not page.error
    shown = "\n".join(str(part.value) for part in page.markdown)
    assert len(rows) > 50
    assert not [row for row in rows if row not in shown]
    assert [part.value for part in page.subheader] == re.findall(r"^## (.*)$", text, re.MULTILINE)


def test_a_container_has_the_documents_that_the_page_shows() -> None:
    copied = re.findall(r"^COPY (\S+) \S+$", (ROOT / "Containerfile").read_text(), re.MULTILINE)
    there = {path.name for pattern in copied for path in ROOT.glob(pattern)}
    assert not [name for name in DOCUMENTS if f"{name}.md" not in there]
