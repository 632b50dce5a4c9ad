"""The examples in the documents give what stands below them."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("loss", "statistics", "quality")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_examples_of_a_document_give_what_it_says(name: str) -> None:
    path = ROOT / "docs" / f"{name}.md"
    # Only what stands in a fence is an example; its place in the document is that of the report.
    lines, inside = [], False
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            inside = line == "```python"
            lines.append("")
        else:
            lines.append(line if inside else "")
    test = doctest.DocTestParser().get_doctest("\n".join(lines), {}, name, str(path), 0)
    assert len(test.examples) > 5
    said: list[str] = []
    failed, _ = doctest.DocTestRunner().run(test, out=said.append)
    assert not failed, "".join(said)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_document_is_linked_from_where_a_reader_begins(name: str) -> None:
    for place in ("README.md", "docs/glossary.md"):
        text = (ROOT / place).read_text(encoding="utf-8")
        assert re.search(rf"\((?:docs/)?{name}\.md\)", text), place
