"""docs/run-folder.md names every field of every file, and no other."""

import importlib.util
import re
from dataclasses import fields
from pathlib import Path

import pytest

from songrnn.config import SampleConfig
from songrnn.generation.forms.stored import FormsDocument
from songrnn.inspection.cross_corpus import CheckedLabel, CrossCorpusCheck
from songrnn.inspection.index_file import IndexDocument
from songrnn.inspection.memory.elsewhere import CheckedMemory
from songrnn.inspection.probes.stored import ProbesDocument
from songrnn.quality.beginnings_file import PhrasesDocument
from songrnn.quality.temperature_file import TemperatureStudy
from songrnn.quality.typicality_file import TypicalityDocument
from songrnn.recall.stored import RecallDocument
from songrnn.store.documents import (
    Figures,
    HistoryRow,
    Notes,
    ProcessIdentity,
    RegionMetrics,
    RunBaselines,
    RunDocument,
    RunStatus,
    RunSummary,
)
from songrnn.store.samples import SampleSong
from songrnn.store.songs import KeptSong

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "run-folder.md").read_text(encoding="utf-8")
PARTS = re.split(r"^## (.+)$", TEXT, flags=re.MULTILINE)
SECTIONS = dict(zip(PARTS[1::2], PARTS[2::2], strict=True))

FILES = {
    "run.json": RunDocument.model_fields.keys(),
    "status.json": RunStatus.model_fields.keys(),
    "history.jsonl": HistoryRow.model_fields.keys(),
    "summary.json": RunSummary.model_fields.keys(),
    "samples.jsonl": SampleSong.model_fields.keys(),
    "baselines.json": RunBaselines.model_fields.keys(),
    "notes.json": Notes.model_fields.keys(),
    "songs/&lt;id&gt;.json": KeptSong.model_fields.keys(),
    "recall.json": RecallDocument.model_fields.keys(),
    "neurons.npz": IndexDocument.model_fields.keys(),
    "probes.npz": ProbesDocument.model_fields.keys(),
    "neurons-&lt;corpus&gt;.json": {
        "format_version",
        *(field.name for field in fields(CrossCorpusCheck)),
    },
    "typicality.json": TypicalityDocument.model_fields.keys(),
    "phrases.json": PhrasesDocument.model_fields.keys(),
    "forms.json": FormsDocument.model_fields.keys(),
    "temperature.json": TemperatureStudy.model_fields.keys(),
}


@pytest.mark.parametrize("file", FILES)
def test_the_fields_of_a_file_are_those_of_its_document(file: str) -> None:
    table = SECTIONS[file].split("\n### ")[0]
    named = re.findall(r"^\| `([a-z_0-9]+)` \|", table, flags=re.MULTILINE)
    assert named == list(dict.fromkeys(named)), "a field twice"
    assert set(named) == set(FILES[file])


@pytest.mark.parametrize(
    ("file", "field", "parts"),
    [
        ("status.json", "best", Figures.model_fields),
        ("status.json", "process", ProcessIdentity.model_fields),
        ("history.jsonl", "regions", RegionMetrics.model_fields),
        ("songs/&lt;id&gt;.json", "config", SampleConfig.model_fields),
        ("neurons-&lt;corpus&gt;.json", "labels", [field.name for field in fields(CheckedLabel)]),
        ("neurons-&lt;corpus&gt;.json", "memories", [f.name for f in fields(CheckedMemory)]),
    ],
)
def test_what_stands_within_a_field_is_named_with_it(file: str, field: str, parts: object) -> None:
    (row,) = re.findall(rf"^\| `{field}` \| (.+) \|$", SECTIONS[file], flags=re.MULTILINE)
    assert set(parts) <= set(re.findall(r"`([a-z_0-9]+)`", row))  # type: ignore[call-overload]


def test_every_file_of_the_runs_that_are_here_is_named() -> None:
    table = TEXT.split("## ")[0]
    named = re.findall(r"^\| `([^`]+)` \|", table, flags=re.MULTILINE)
    patterns = [re.compile(re.sub(r"<\w+>", "[a-z0-9-]+", name)) for name in named]
    for run in (ROOT / "checkpoints").glob("[!.]*/"):
        for path in run.rglob("[!.]*"):
            file = path.relative_to(run).as_posix()
            assert path.is_dir() or any(pattern.fullmatch(file) for pattern in patterns), file


def test_the_settings_are_listed_as_they_are_declared() -> None:
    """python docs/list_settings.py lists them."""
    spec = importlib.util.spec_from_file_location("listing", ROOT / "docs" / "list_settings.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.main(["--check"]) == 0
