"""Documents speak of what is there: files, links, commands, checks."""

import re
from pathlib import Path

import click
import pytest

from songrnn.cli import cli

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(path: Path) -> str:
    """A document without its worked examples."""
    return re.sub(r"(^`[^`]+`( \(new\))?:\n\n)?^```.*?^```$", "", path.read_text(encoding="utf-8"),
                  flags=re.MULTILINE | re.DOTALL)  # fmt: skip


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_to_something(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", prose(path)):
        file, _, heading = target.partition("#")
        if "://" in target:
            continue
        linked = (path.parent / file).resolve() if file else path
        assert linked.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in [
                re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings
            ]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_files_that_are_named_are_there(path: Path) -> None:
    for name in re.findall(r"`((?:songrnn|dashboard|tests|docs|data)/[\w./-]+)`", prose(path)):
        assert (ROOT / name).exists(), name


def options_of(command: click.Command) -> set[str]:
    """The options of a command and of all its subcommands."""
    found = {
        option
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            inner = command.get_command(click.Context(command), name)
            assert inner is not None
            found |= options_of(inner)
    return found | {"--help", "-h"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_commands_and_options_that_are_named_exist(path: Path) -> None:
    given = re.findall(
        r"(?:^ {4}|`|bin/)songrnn ([a-z][a-z-]*)([^`\n]*)", prose(path), re.MULTILINE
    )
    for name, rest in given:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None, name
        for option in re.findall(r"(?<=\s)--?[a-z][a-z-]*", rest):
            assert option in options_of(command), f"songrnn {name} {option}"


def test_the_glossary_explains_each_word_once_and_in_order() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    every = []
    for section in text.split("\n## ")[1:]:
        words = re.findall(r"^\| ([^|]+) \| [^|]", section.replace("\\|", "/"), re.MULTILINE)[1:]
        assert words == sorted(words, key=str.lower)
        every += [word for names in words for word in names.split(", ")]
    assert len(every) == len(set(every))


def test_what_is_checked_at_a_commit_is_what_make_check_checks() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    entries = re.findall(r"entry: \.venv/bin/(.+)", hooks)
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").split("\ncheck:")[1].split("\n\n")[0]
    checks = re.findall(r"@\$\(BIN\)/([^#\n]+)", recipe)
    assert entries == [check.strip() for check in checks]
