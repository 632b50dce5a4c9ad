"""The arrows of the design: who may import whom, and what must not be paid for at start-up."""

import ast
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Module or package of songrnn -> those of songrnn it may import, besides itself.
LEAVES = {"errors", "event_log", "paths", "plain_text", "metrics", "statistics", "cells"}
NOTATION = {"disk", "errors", "paths"}
MODEL = {"cells", "config", "errors"}
STORE = {
    *{"access", "cells", "config", "corpus", "model", "disk", "folders", "paths", "errors"},
    "workspaces",
}
ALLOWED: dict[str, set[str]] = {
    **{leaf: set() for leaf in LEAVES},
    "config": {"cells", "errors"},
    "access": {"errors", "event_log", "paths"},
    "workspaces": {"errors", "event_log", "paths"},
    "disk": {"access", "errors", "workspaces"},
    "folders": {"disk", "errors"},
    "notation": NOTATION,
    "corpus": {
        *{"notation", "config", "access", "disk", "folders", "paths", "errors", "metrics"},
        "workspaces",
    },
    "model": MODEL,
    "store": STORE,
    "recall": {"corpus", "model", "store", "config", "disk", "errors"},
    "lineage": {"corpus", "store", "config", "disk", "errors"},
    "training": {
        *{"corpus", "model", "store", "recall", "lineage", "notation", "metrics", "statistics"},
        *{"access", "config", "disk", "event_log", "folders", "errors", "paths", "workspaces"},
    },
    "tuning": {
        *{"training", "store", "statistics", "corpus", "config"},
        *{"access", "disk", "folders", "errors", "paths"},
    },
    "generation": {
        *{"model", "notation", "corpus", "store", "recall", "config", "disk", "errors"},
        "workspaces",
    },
    "quality": {
        *{"notation", "corpus", "generation", "store", "statistics", "config", "disk", "errors"},
        *{"access", "lineage"},
    },
    "inspection": {
        *{"model", "notation", "corpus", "store", "generation", "quality", "metrics"},
        *{"statistics", "disk", "errors", "config", "paths", "cells"},
    },
    "report": {
        *{"notation", "corpus", "model", "store", "training", "tuning", "generation", "quality"},
        *{"inspection", "segmentation", "metrics", "statistics", "cells", "config", "disk"},
        *{"errors", "paths", "plain_text"},
    },
}
# The folder, lock and checkpoints of a training are the same for every kind of run.
ALLOWED["segmentation"] = {
    *{"corpus", "notation", "model", "training", "store", "metrics", "statistics"},
    *{"config", "disk", "folders", "errors", "paths"},
}
# Within these packages only the named module of a package may be used.
ONLY_MODULE = {
    ("store", "corpus"): "vocabulary",
    ("generation", "corpus"): "vocabulary",
    ("recall", "corpus"): "vocabulary",
}
EVERYTHING = {"cli", "__main__", "__init__"}

# Part of dashboard -> those of dashboard it may import, besides itself. A page may also import the
# modules of its own folder, and never those of another page.
SHARED = {"uploads", "widgets", "loaders", "charts", "components", "frame", "state", "wording"}
ALLOWED_IN_DASHBOARD: dict[str, set[str]] = {
    "views": SHARED,
    "widgets": {"loaders", "state", "frame", "wording", "charts", "components"},
    "frame": {"charts", "state", "visitors", "wording"},
    "loaders": set(),
    "state": set(),
    "wording": set(),
    "charts": set(),
    "components": {"charts"},
    "guard": {"visitors"},
    "server": {"housekeeping", "logins", "uploads", "visitors"},
    "housekeeping": set(),
    "visitors": set(),
    "uploads": set(),
    "logins": set(),
    "warming": {"loaders", "views", "wording"},
    "Home": {"components", "frame", "guard", "server", "state", "visitors", "warming", "widgets"},
}
# Whole libraries that take long to import: the functions that need them import them.
HEAVY = ("torch", "music21", "verovio", "scipy", "sklearn", "streamlit")

LONGEST_MODULE = 350
LONGEST_PAGE = 120
LONGEST_FUNCTION = 60
MEDIAN_MODULE = 130


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
    own, *inside = path.relative_to(ROOT / "dashboard").with_suffix("").parts
    names = imports_of(path)
    assert not [name for name in names if name.split(".")[0] in {"torch", "music21", "verovio"}]
    for name in names:
        if not name.startswith("dashboard."):
            if own == "charts":
                assert name.split(".")[0] != "streamlit", f"{path.name} draws, it does not show"
            continue
        other, *rest = name.split(".")[1:]
        if other == own == "views":
            assert inside[0] == rest[0], f"a page keeps to its own folder: {name}"
        elif other != own:
            assert other in ALLOWED_IN_DASHBOARD[own], f"{own} must not import {name}"


@pytest.mark.parametrize("path", modules("dashboard"), ids=lambda p: str(p.relative_to(ROOT)))
def test_caches_live_in_loaders(path: Path) -> None:
    if path.relative_to(ROOT / "dashboard").parts[0] == "loaders":
        return
    names = {
        getattr(node, "attr", getattr(node, "name", ""))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert not names & {"cache_data", "cache_resource", "cache"}


@pytest.mark.parametrize("path", modules("dashboard"), ids=lambda p: str(p.relative_to(ROOT)))
def test_keys_of_the_session_and_the_address_live_in_state(path: Path) -> None:
    part = path.relative_to(ROOT / "dashboard").parts[0]
    if part in {"state", "components"}:  # a component's own state has the key it is given
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"session_state", "query_params"}, ast.unparse(node)
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                written = isinstance(keyword.value, ast.Constant | ast.JoinedStr)
                assert keyword.arg != "key" or not written, ast.unparse(keyword)
            if ast.unparse(node.func) in {"st.form", "button"}:  # whose key is no keyword
                at = 0 if ast.unparse(node.func) == "st.form" else 1
                assert not isinstance(node.args[at], ast.Constant | ast.JoinedStr)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant | ast.JoinedStr):
            names = {target.id for target in node.targets if isinstance(target, ast.Name)}
            assert "key" not in names, ast.unparse(node)


def test_every_key_is_declared_once() -> None:
    keys: list[str] = []
    for path in sorted((ROOT / "dashboard" / "state").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Call):
                keys += [arg.value for arg in node.value.args if isinstance(arg, ast.Constant)]
    assert len(keys) > 100
    assert len(keys) == len(set(keys)), [key for key in keys if keys.count(key) > 1]


@pytest.mark.parametrize("package", ["songrnn", "dashboard"])
def test_every_arrow_begins_at_something_that_is_there(package: str) -> None:
    arrows = ALLOWED if package == "songrnn" else ALLOWED_IN_DASHBOARD
    there = {path.stem for path in (ROOT / package).iterdir() if path.suffix == ".py"}
    there |= {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
    others = EVERYTHING if package == "songrnn" else {"__init__"}
    assert arrows.keys() | others == there


# Lengths ----------------------------------------------------------------------------------------


def shipped() -> list[Path]:
    scripts = (ROOT / "dashboard" / "components").rglob("*.js")
    return [*modules("songrnn"), *modules("dashboard"), *sorted(scripts)]


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", shipped(), ids=name_of)
def test_no_module_is_long(path: Path) -> None:
    assert lines_of(path) <= LONGEST_MODULE


@pytest.mark.parametrize(
    "path", sorted((ROOT / "dashboard" / "views").glob("*/page.py")), ids=name_of
)
def test_a_page_is_read_at_a_glance(path: Path) -> None:
    assert lines_of(path) <= LONGEST_PAGE


@pytest.mark.parametrize("path", [*modules("songrnn"), *modules("dashboard")], ids=name_of)
def test_no_function_is_long(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{name_of(path)}:{node.name}"
            lines = (node.end_lineno or 0) - node.lineno + 1
            assert lines <= LONGEST_FUNCTION, name


def test_most_modules_are_short() -> None:
    with_code = [
        path
        for path in [*modules("songrnn"), *modules("dashboard")]
        if len(ast.parse(path.read_text(encoding="utf-8")).body) > 1
    ]
    assert statistics.median(map(lines_of, with_code)) <= MEDIAN_MODULE


# Start-up ---------------------------------------------------------------------------------------


def test_every_chart_can_be_taken_away_and_heard() -> None:
    """`widgets.chart` puts the files below a chart, and a table in its place for who listens."""
    drawn = [
        name_of(path) for path in modules("dashboard") if "st.plotly_chart(" in path.read_text()
    ]
    assert drawn == ["dashboard/widgets/charts.py"]


@pytest.mark.parametrize("path", modules("dashboard"), ids=name_of)
def test_what_looks_again_by_itself_forgets_no_pressed_button(path: Path) -> None:
    """`st.rerun` while a page is being drawn ends the run in which a button further down was pressed;
    a fragment that looks again and again says `page_anew` instead, or asks a button of its own."""
    looking = [
        each
        for each in ast.walk(ast.parse(path.read_text()))
        if isinstance(each, ast.FunctionDef)
        and any("run_every" in ast.unparse(decorator) for decorator in each.decorator_list)
    ]
    asked = {
        id(inner)
        for each in looking
        for branch in ast.walk(each)
        if isinstance(branch, ast.If) and "st.button" in ast.unparse(branch.test)
        for inner in ast.walk(branch)
    }
    anew = [
        f"{each.name}, line {call.lineno}"
        for each in looking
        for call in ast.walk(each)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "st.rerun"
        if id(call) not in asked
    ]
    assert not anew


def test_no_module_of_the_dashboard_hides_a_standard_one() -> None:
    names = {path.stem for path in (ROOT / "dashboard").iterdir()}
    assert not names & set(sys.stdlib_module_names)


def parts_of(package: str) -> set[str]:
    """Packages and modules of a package, as the tree of the README writes them."""
    folder = ROOT / package
    packages = {f"{path.parent.name}/" for path in folder.glob("*/__init__.py")}
    return packages | {path.name for path in folder.glob("[!_]*.py")}


@pytest.mark.parametrize("package", ["songrnn", "dashboard"])
def test_the_readme_shows_the_tree_as_it_is(package: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    tree = readme.split("## What is where")[1].split("```")[1]
    part = re.split(r"\n(?=\S)", tree.split(f"\n{package}/")[1])[0]
    # Names stand in the first column, and lines of several modules name them side by side.
    named = [line[2:25].split() for line in part.split("\n")[1:] if line.strip()]
    assert {name for names in named for name in names} == parts_of(package)


def test_the_package_names_its_parts() -> None:
    described = ast.get_docstring(ast.parse((ROOT / "songrnn/__init__.py").read_text())) or ""
    packages = re.findall(r"^ {4}(\w+)  ", described, flags=re.MULTILINE)
    modules = re.search(r"the modules ([\w,\s]+)\.", described)
    assert modules is not None
    named = {f"{name}/" for name in packages}
    named |= {f"{name}.py" for name in re.split(r",\s|\sand\s", modules[1])}
    assert named == parts_of("songrnn")


# Imported where they are used: each takes a second or more to load.
HEAVY = ("torch", "music21", "verovio", "scipy", "sklearn", "streamlit")


def imported_by_pages() -> list[str]:
    """The modules of songrnn that the dashboard imports."""
    found = {
        name
        for path in modules("dashboard")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("songrnn")
        for name in [node.module or ""]
    }
    return sorted(found)


@pytest.mark.parametrize(
    "names",
    [["songrnn"], ["songrnn.cli"], imported_by_pages()],
    ids=["package", "command", "pages"],
)
def test_heavy_libraries_are_not_imported_at_start_up(names: list[str]) -> None:
    code = f"import sys, {', '.join(names)}; print([m for m in {HEAVY!r} if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert result.stdout.strip() == "[]"
