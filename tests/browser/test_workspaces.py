"""Two people with workspaces on one server: neither meets anything of the other, on any page."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from songrnn.config import SampleConfig
from songrnn.paths import Places, using
from songrnn.store.documents import Notes
from songrnn.store.runs import open_run
from songrnn.store.songs import new_song
from songrnn.workspaces import workspace
from tests.browser.visitor import Visitor

PAGES = (
    *("", "runs", "run", "train", "compose", "temperature", "listen", "neurons", "segments"),
    "corpus",
)
PEOPLE = {"anna": "Quetzal", "bert": "Wombat"}


@pytest.fixture(scope="module")
def server(
    serve: Callable[..., str], places: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """A class server with the shipped runs; its address, and the shared checkpoints."""
    folder = tmp_path_factory.mktemp("class")
    shutil.copytree(places[1], folder / "checkpoints")
    (folder / "data").mkdir()
    if (places[0] / "folk").exists():
        (folder / "data" / "folk").symlink_to(places[0] / "folk")
    address = serve(
        SONGRNN_DATA=str(folder / "data"),
        SONGRNN_CHECKPOINTS=str(folder / "checkpoints"),
        SONGRNN_WORKSPACES="1",
        SONGRNN_PROXY_HEADER="X-Forwarded-User",
        SONGRNN_PROXIES="127.0.0.1",
        FORWARDED_ALLOW_IPS="none",
    )
    return address, folder / "checkpoints"


def furnish(person: str, mark: str, checkpoints: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run, songs and notes of somebody's own, each marked."""
    monkeypatch.setenv("SONGRNN_CHECKPOINTS", str(checkpoints))
    monkeypatch.setenv("SONGRNN_DATA", str(checkpoints.parent / "data"))
    places: Places = workspace(json.dumps(["proxy", person]))
    places.checkpoints.mkdir(parents=True)
    own = places.checkpoints / f"{mark}-run"
    shutil.copytree(checkpoints / "rnn-150", own)
    document = json.loads((own / "run.json").read_text())
    (own / "run.json").write_text(json.dumps(document | {"name": own.name}))
    with using(places):
        for name in ("lstm-150", own.name):
            run = open_run(name)
            text = f"X:1\nT:{mark} song\nM:6/8\nL:1/8\nK:D\nABc d3|\n"
            song = new_song(run.name, text, SampleConfig(), prime="", seed=1, stopped_by="end")
            run.keep_song(song.model_copy(update={"notes": f"{mark} note"}))
            run.write_notes(Notes(text=f"{mark} noted", tags=(f"{mark}tag",)))


def look(visitor: Visitor, pages: tuple[str, ...], runs: tuple[str, ...]) -> str:
    """All that pages show, and the pages of runs by their addresses."""
    seen = []
    for page in pages:
        visitor.visit(page)
        seen.append(visitor.shown())
    for run in runs:
        for page in ("run", "compose"):
            visitor.visit(page, run=run, all_runs="true")
            seen.append(visitor.shown())
    return "\n".join(seen)


def test_neither_meets_anything_of_the_other(
    server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, checkpoints = server
    for person, mark in PEOPLE.items():
        furnish(person, mark, checkpoints, monkeypatch)
    seen: dict[str, str] = {}
    # One after the other, and the first once more: what a cache keeps of one, another must not get.
    for person, pages in (("anna", ("", "runs", "corpus")), ("bert", PAGES), ("anna", ("runs",))):
        runs = ("lstm-150", f"{PEOPLE['anna']}-run")
        with Visitor(address, headers={"X-Forwarded-User": person}) as visitor:
            seen[person] = seen.get(person, "") + look(visitor, pages, runs)
    looked = ""
    for headers in ({}, {"X-Songrnn-Visitor": "anna"}):
        with Visitor(address, headers=headers) as stranger:
            looked += look(stranger, ("runs",), ())
    for person, mark in PEOPLE.items():
        for what in ("song", "note", "noted"):
            assert f"{mark} {what}" in seen[person]
        (other,) = set(PEOPLE.values()) - {mark}
        # Only the name that stands in the address comes back, in the sentence that it is not there.
        assert other not in seen[person].replace(f"{other}-run", "")
        assert mark not in looked
    assert "nobody knows who you are" in looked
