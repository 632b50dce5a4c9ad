"""The version is said once, and the same by all who say it."""

import tomllib
from pathlib import Path

from click.testing import CliRunner

from songrnn import __version__
from songrnn.cli import cli
from songrnn.store.creating import versions_of

ROOT = Path(__file__).parents[1]


def test_the_package_the_command_and_new_runs_say_the_version_of_the_code() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__
    assert CliRunner().invoke(cli, ["--version"]).output == f"songrnn {__version__}\n"
    assert versions_of(["songrnn"])["songrnn"] == __version__


def test_the_changelog_has_a_section_for_it() -> None:
    assert f"\n## {__version__} (" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
