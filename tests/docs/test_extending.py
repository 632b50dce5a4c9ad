"""docs/extending.md works as it stands: each addition, made in a copy of the repository."""

import os
import shutil
from pathlib import Path

import pytest

from tests.docs.worked_examples import Block, apply, changed, sections

ROOT = Path(__file__).parents[2]
SECTIONS = sections((ROOT / "docs" / "extending.md").read_text(encoding="utf-8"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the repository, without runs and built tunes."""
    ignored = shutil.ignore_patterns("__pycache__", "*.png")
    for folder in ("songrnn", "dashboard", "tests", "docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    for name in ("README.md", "pyproject.toml", "requirements.txt", "data/corpora.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("heading", [heading for heading in SECTIONS if heading])
def test_an_addition_works_as_it_is_described(heading: str, copy: Path) -> None:
    elsewhere = ("SONGRNN_DATA", "SONGRNN_CHECKPOINTS")
    environment = {name: value for name, value in os.environ.items() if name not in elsewhere}
    environment["PYTHONPATH"] = str(copy)
    for block in [*SECTIONS[""], *SECTIONS[heading]]:
        apply(block, copy, environment)


def test_the_examples_are_a_cell_a_setting_a_property_a_page_and_a_corpus() -> None:
    headings = [heading.split()[-1] for heading in SECTIONS if heading]
    assert headings == ["cell", "setting", "property", "page", "corpus"]
    for heading, blocks in SECTIONS.items():
        assert any(block.kind == "sh" for block in blocks), f"nothing is tried in {heading!r}"


# The way the document is read -----------------------------------------------------------------


def test_blocks_know_their_file_and_whether_it_is_new() -> None:
    text = (
        "# Title\n\n```sh\nsongrnn corpus list\n```\n\n## One\n\nWords.\n\n`a/b.py` (new):\n\n"
        "```python\nx = 1\n```\n\n`a/b.py`:\n\n```diff\n-x = 1\n+x = 2\n```\n"
    )
    assert sections(text) == {
        "": [Block("sh", "", "songrnn corpus list\n")],
        "One": [Block("python", "a/b.py", "x = 1\n"), Block("diff", "a/b.py", "-x = 1\n+x = 2\n")],
    }


def test_a_change_replaces_lines_and_keeps_the_unmarked_ones() -> None:
    assert changed("a\nb\nc\n", " a\n-b\n+B\n+B2\n") == "a\nB\nB2\nc\n"


@pytest.mark.parametrize("text", ["a\nb\na\nb\n", "nothing of it\n"])
def test_a_change_that_fits_twice_or_nowhere_is_refused(text: str) -> None:
    with pytest.raises(AssertionError, match="found"):
        changed(text, " a\n-b\n")
