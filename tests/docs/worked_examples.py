"""Worked examples of a document: files it makes, changes to files, commands, section by section.

A block in a fence stands after a line that names its file, `` `path` (new):`` or `` `path`:``; a
block of shell needs no name. Changes are given as lines with +, - or nothing in front.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"(?:^`(?P<path>[^`\n]+)`(?P<new> \(new\))?:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """kind: "sh", "diff" or the language of a new file. path: of the file, "" for commands."""

    kind: str
    path: str
    text: str


def sections(document: str) -> dict[str, list[Block]]:
    """Heading -> the blocks under it; those before the first heading of level 2 under ""."""
    parts = re.split(r"^## (.+)$", document, flags=re.MULTILINE)
    named = {"": parts[0]} | dict(zip(parts[1::2], parts[2::2], strict=True))
    return {heading: _blocks(text) for heading, text in named.items()}


def _blocks(text: str) -> list[Block]:
    found = []
    for match in _BLOCK.finditer(text):
        kind, path, new = match["kind"], match["path"] or "", match["new"]
        assert bool(path) == (kind != "sh"), f"a block of {kind} with the path {path!r}"
        assert bool(new) == (kind not in ("sh", "diff")), f"{path} is new, or is it changed?"
        found.append(Block(kind, path, match["text"]))
    return found


def apply(block: Block, folder: Path, environment: Mapping[str, str]) -> None:
    """Do in `folder` what a block says; an AssertionError says what could not be done."""
    path = folder / block.path
    if block.kind == "sh":
        for line in block.text.splitlines():
            _run(line, folder, environment)
    elif block.kind == "diff":
        path.write_text(changed(path.read_text(encoding="utf-8"), block.text), encoding="utf-8")
    else:
        assert not path.exists(), f"{block.path} is there already"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")


def changed(text: str, change: str) -> str:
    """The text after a change whose unmarked and - lines stand in it once, one after the other."""
    lines = change.splitlines(keepends=True)
    old = "".join(line[1:] or line for line in lines if line[0] != "+")
    new = "".join(line[1:] or line for line in lines if line[0] != "-")
    assert text.count(old) == 1, f"found {text.count(old)} times:\n{old}"
    return text.replace(old, new)


def _run(line: str, folder: Path, environment: Mapping[str, str]) -> None:
    program, *arguments = shlex.split(line)
    python = [sys.executable, *(["-m", "songrnn"] if program == "songrnn" else [])]
    assert program in ("python", "songrnn"), line
    result = subprocess.run(
        [*python, *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, f"{line}\n{result.stdout[-3000:]}\n{result.stderr[-3000:]}"
