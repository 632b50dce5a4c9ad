"""Twelve folders that are no runs, each in another way, beside good runs: every page shows those."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from songrnn.store.runs import DamagedRun, list_runs

GOOD = "lstm-8-embedding-4"
PAGES = (
    *("overview", "runs", "run", "train", "compose", "temperature", "neurons", "segments"),
    *("corpus", "listen", "glossary"),
)


def changed(**fields: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        document = json.loads((folder / "run.json").read_text())
        (folder / "run.json").write_text(json.dumps(document | {"name": folder.name} | fields))

    return change


def overwritten(name: str, data: bytes) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        changed()(folder)
        (folder / name).write_bytes(data)

    return change


def header(text: str) -> bytes:
    """A file of weights with such a header."""
    data = text.encode()
    return len(data).to_bytes(8, "little") + data


def be_a_pipe(folder: Path) -> None:
    (folder / "run.json").unlink()
    os.mkfifo(folder / "run.json")


def be_a_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("not a folder")


BAD: dict[str, Callable[[Path], None]] = {
    "no-document": lambda folder: (folder / "run.json").unlink(),
    "cut-off": overwritten("run.json", b'{"format_version": 1, "name"'),
    "not-text": overwritten("run.json", b"\xff\xfe\x00\x9f"),
    "of-the-future": changed(format_version=99),
    "reversed": changed(vocabulary=[chr(n) for n in range(120, 60, -1)]),
    "negative-seed": changed(seed=-1),
    "odd-header": overwritten("weights.safetensors", header('{"embedding.weight": 5}')),
    "no-header": overwritten("weights.safetensors", b"\x00"),
    "odd-status": overwritten("status.json", b'{"status": "[b]odd[/b]", "heartbeat": 5}'),
    "a-copy": lambda folder: None,
    "a-pipe": be_a_pipe,
    "a-file": be_a_file,
}


@pytest.fixture
def broken(lab: Any) -> Any:
    for name, spoil in BAD.items():
        shutil.copytree(lab.runs[GOOD].path, lab.checkpoints / name)
        spoil(lab.checkpoints / name)
    return lab


def test_each_is_listed_with_its_reason(broken: Any) -> None:
    found = {run.name: run for run in list_runs()}
    for name in BAD:
        run = found[name]
        assert isinstance(run, DamagedRun), name
        assert len(run.reason) > 20
    assert not isinstance(found[GOOD], DamagedRun)


def shown(page: AppTest) -> str:
    parts = [*page.markdown, *page.caption, *page.warning, *page.error, *page.info]
    return "\n".join(str(part.value) for part in parts)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_goes_down(broken: Any, app: Callable[..., AppTest], name: str) -> None:
    page = app(name, **({"run": GOOD} if name == "run" else {}))
    assert not page.exception
    assert "Something unexpected" not in shown(page)
    offered = [option for box in page.selectbox for option in box.options]
    if name in ("compose", "temperature", "neurons", "listen"):
        assert any(GOOD in option for option in offered)
        assert not any(bad in option for bad in BAD for option in offered)
    if name == "runs":
        said = shown(page) + "".join(str(table.value) for table in page.dataframe)
        assert GOOD in said
        for bad in BAD:
            assert bad.replace("-", r"\-") in said or bad in said, bad
