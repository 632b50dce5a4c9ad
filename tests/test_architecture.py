"""The arrows of the design: who may import whom, and what must not be paid for at start-up."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Module or package of songrnn -> those of songrnn it may import, besides itself.
LEAVES = {"errors", "paths", "metrics", "statistics", "cells"}
NOTATION = {"errors", "paths"}
MODEL = {"cells", "config", "errors"}
STORE = {"cells", "config", "corpus", "model", "paths", "errors"}
ALLOWED: dict[str, set[str]] = {
    **{leaf: set() for leaf in LEAVES},
    "config": {"cells", "errors"},
    "notation": NOTATION,
    "corpus": {"notation", "config", "paths", "errors", "metrics"},
    "model": MODEL,
    "store": STORE,
    "training": {
        *{"corpus", "model", "store", "notation", "metrics", "statistics"},
        *{"config", "errors", "paths"},
    },
    "tuning": {"training", "store", "statistics", "corpus", "config", "errors", "paths"},
    "generation": {"model", "notation", "corpus", "store", "config", "errors"},
    "quality": {"notation", "corpus", "generation", "store", "statistics", "errors", "config"},
    "inspection": {
        *{"model", "notation", "corpus", "store", "generation", "quality", "metrics"},
        *{"statistics", "errors", "config", "paths"},
    },
}
# Within these packages only the named module of a package may be used.
ONLY_MODULE = {("store", "corpus"): "vocabulary", ("generation", "corpus"): "vocabulary"}
EVERYTHING = {"cli", "__main__", "__init__", "report", "segmentation"}


def imports_of(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively; one import form everywhere"
            if node.module == "songrnn" or node.module == "dashboard":
                found += [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                found.append(node.module or "")
    return found


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("path", modules("songrnn"), ids=lambda p: str(p.relative_to(ROOT)))
def test_songrnn_follows_the_arrows(path: Path) -> None:
    own = path.relative_to(ROOT / "songrnn").parts[0].removesuffix(".py")
    for name in imports_of(path):
        assert name.split(".")[0] not in {"streamlit", "plotly", "dashboard"}, name
        if not name.startswith("songrnn.") or own in EVERYTHING:
            continue
        other, *rest = name.split(".")[1:]
        if other == own:
            continue
        assert other in ALLOWED[own], f"{path.relative_to(ROOT)} must not import {name}"
        only = ONLY_MODULE.get((own, other))
        assert only is None or rest[:1] == [only], f"{own} may use {other}.{only} only, not {name}"


@pytest.mark.parametrize("path", modules("dashboard"), ids=lambda p: str(p.relative_to(ROOT)))
def test_dashboard_follows_the_arrows(path: Path) -> None:
    parts = path.relative_to(ROOT / "dashboard").parts
    names = imports_of(path)
    assert not [name for name in names if name.split(".")[0] == "torch"]
    if parts[0] == "charts":
        assert not [name for name in names if name.split(".")[0] == "streamlit"]
    if parts[0] == "views":
        caches = [
            node.attr
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute) and node.attr.startswith("cache_")
        ]
        assert not caches, "every cache wrapper lives in loaders.py"


def test_no_module_of_the_dashboard_hides_a_standard_one() -> None:
    names = {path.stem for path in (ROOT / "dashboard").iterdir()}
    assert not names & set(sys.stdlib_module_names)


def test_the_readme_shows_the_tree_as_it_is() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    tree = readme.split("## What is where")[1].split("```")[1]
    for package in ("songrnn", "dashboard"):
        part = tree.split(f"\n{package}/")[1].split("\n")
        named: set[str] = set()
        for line in part[1:]:
            if not line.startswith("  "):
                break
            first, *others = line.split("  ")[1:]
            named |= {first.split()[0], *[word for word in others if word.endswith(".py")]}
            named |= {word for word in first.split() if word.endswith(".py")}
        there = {path.name for path in (ROOT / package).iterdir()}
        assert {name.rstrip("/") for name in named} <= there, named
        folders = {path.parent.name + "/" for path in (ROOT / package).glob("*/__init__.py")}
        assert folders <= named, f"not in the README: {folders - named}"


# Imported where they are used: each takes a second or more to load.
HEAVY = ("torch", "music21", "verovio", "scipy", "sklearn", "streamlit")


@pytest.mark.parametrize(
    "module",
    [
        "songrnn",
        "songrnn.cli",
        "songrnn.store.runs",
        "songrnn.generation.composer",
        "songrnn.corpus.sources",
        "songrnn.model.engine",
        "songrnn.notation.reader",
        "songrnn.tuning.answers",
        "songrnn.quality.temperature",
        "songrnn.inspection.find",
        "songrnn.inspection.labelling",
    ],
)
def test_heavy_libraries_are_not_imported_at_start_up(module: str) -> None:
    code = f"import sys, {module}; print([m for m in {HEAVY} if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert result.stdout.strip() == "[]"
