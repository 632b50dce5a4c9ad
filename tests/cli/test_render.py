"""`songrnn render`: the tunes of a file, problems placed like a compiler's."""

import zipfile
from pathlib import Path

import mido
import pytest
from click.testing import CliRunner, Result

from songrnn.cli.render import render

TWO = "%abc-2.1\n\nX:1\nT:One\nK:C\nCDEF|\n\nfree text\n\nX:2\nT:Two\nK:G\nGABc|\n"


def rendered(file: Path, *options: str) -> Result:
    return CliRunner().invoke(render, [str(file), *options])


def struck(path: Path) -> list[int]:
    return [m.note for m in mido.MidiFile(path) if m.type == "note_on" and m.velocity]


@pytest.fixture
def two(tmp_path: Path) -> Path:
    file = tmp_path / "tunes.abc"
    file.write_text(TWO)
    return file


def test_check_points_at_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "tunes.abc"
    line = "CDEF GABc|CDEF GABc|CDEF G?ABc|CDEF GABc|]"
    file.write_text(f"X:1\nM:4/4\nL:1/8\nK:C\n{line}\n")
    assert f"{file}:5:{line.index('?') + 1}: " in rendered(file, "--check").output


def test_check_points_into_an_indented_file_below_a_file_header(tmp_path: Path) -> None:
    file = tmp_path / "tunes.abc"
    file.write_text("M:4/4\nL:1/8\n\n    X:1\n    K:C\n    CDEF G?ABc|\n")
    assert f"{file}:6:11: " in rendered(file, "--check").output


def test_several_tunes_give_numbered_files(two: Path) -> None:
    result = rendered(two, "--midi", str(two.with_name("out.mid")))
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in two.parent.glob("*.mid")) == ["out-1.mid", "out-2.mid"]


@pytest.mark.parametrize("name", ["2", "Two", "two"])
def test_one_tune_is_chosen_by_its_number_or_title(two: Path, name: str) -> None:
    result = rendered(two, "--tune", name, "--midi", str(two.with_name("out.mid")))
    assert result.exit_code == 0, result.output
    assert struck(two.with_name("out.mid")) == [67, 69, 71, 72]


def test_a_tune_that_is_not_there_is_an_error_that_lists_those_that_are(two: Path) -> None:
    result = rendered(two, "--tune", "7", "--check")
    assert "'Two'" in str(result.exception)


def test_what_was_left_out_is_said_without_check(two: Path) -> None:
    result = rendered(two, "--abc", str(two.with_name("out.abc")))
    assert "1 of free text" in result.stderr


def test_what_is_refused_is_said_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "tunes.abc"
    file.write_text(TWO + "\nX:3\nT:Three\nM:4/4\nCDEF|\n")
    result = rendered(file, "--abc", str(tmp_path / "out.abc"))
    assert f"{file}, line 15 'Three': it has no key (K:)" in result.stderr


def test_a_folder_and_an_archive_are_rendered_as_they_are_imported(
    two: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "book"
    (folder / "inner").mkdir(parents=True)
    (folder / "a.abc").write_text(TWO)
    (folder / "inner" / "b.abc").write_text("X:1\nT:Three\nK:C\nCD?|\n")
    (folder / "inner" / "c.abc").write_bytes(b"%PDF-1.7")
    (folder / "picture.png").write_bytes(b"no tunes")
    with zipfile.ZipFile(tmp_path / "book.zip", "w") as archive:
        for path in sorted(folder.rglob("*.*")):
            archive.write(path, path.relative_to(folder))
    for source in (folder, tmp_path / "book.zip"):
        target = tmp_path / f"{source.stem}-out" / "out.mid"
        target.parent.mkdir(exist_ok=True)
        result = rendered(source, "--midi", str(target), "--check")
        assert [struck(path) for path in sorted(target.parent.glob("*.mid"))] == [
            [60, 62, 64, 65],
            [67, 69, 71, 72],
            [60, 62],
        ]
        assert f"{source}/inner/b.abc:4:3: " in result.stdout
        assert f"{source}/inner/c.abc is a PDF" in result.stderr


@pytest.mark.parametrize("arguments", [[], ["--transpose", "99", "--check"]])
def test_senseless_options_are_refused(two: Path, arguments: list[str]) -> None:
    assert rendered(two, *arguments).exit_code != 0


def test_chord_symbols_sound_when_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "tune.abc"
    file.write_text('X:1\nM:4/4\nL:1/4\nK:C\n"C"C4|\n')
    midi = tmp_path / "tune.mid"
    rendered(file, "--midi", str(midi))
    assert struck(midi) == [60]
    rendered(file, "--midi", str(midi), "--chords")
    assert sorted(struck(midi)) == [36, 36, 48, 48, 52, 52, 55, 55, 60]
