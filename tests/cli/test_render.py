"""`songrnn render`: tunes cut out of files, problems placed like a compiler's."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from songrnn.cli.render import render, tunes_of

TWO = "%abc-2.1\n\nX:1\nT:One\nK:C\nCDEF|\n\nfree text\n\nX:2\nK:G\nGABc|\n"


def test_each_tune_knows_its_number_and_line() -> None:
    assert [(tune.number, tune.line) for tune in tunes_of(TWO)] == [("1", 3), ("2", 10)]


def test_free_text_between_tunes_is_not_music() -> None:
    first, _ = tunes_of(TWO)
    assert first.text == "X:1\nT:One\nK:C\nCDEF|\n"


def test_a_text_without_a_number_is_one_tune() -> None:
    (tune,) = tunes_of("K:C\nCDE|\n")
    assert tune.text == "K:C\nCDE|\n"


def test_check_points_at_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "tunes.abc"
    line = "CDEF GABc|CDEF GABc|CDEF G?ABc|CDEF GABc|]"
    file.write_text(f"X:1\nM:4/4\nL:1/8\nK:C\n{line}\n")
    result = CliRunner().invoke(render, [str(file), "--check"])
    assert f"{file}:5:{line.index('?') + 1}: " in result.output


def test_several_tunes_give_numbered_files(tmp_path: Path) -> None:
    file = tmp_path / "tunes.abc"
    file.write_text(TWO)
    result = CliRunner().invoke(render, [str(file), "--midi", str(tmp_path / "out.mid")])
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in tmp_path.glob("*.mid")) == ["out-1.mid", "out-2.mid"]


@pytest.mark.parametrize("arguments", [[], ["--transpose", "99", "--check"]])
def test_senseless_options_are_refused(tmp_path: Path, arguments: list[str]) -> None:
    file = tmp_path / "tunes.abc"
    file.write_text(TWO)
    assert CliRunner().invoke(render, [str(file), *arguments]).exit_code != 0
