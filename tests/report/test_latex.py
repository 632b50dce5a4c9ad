"""What is handed to TeX: files it finds, commands it knows, lines and tables that fit on paper."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songrnn.report.document import Formula, Report, table_of
from songrnn.report.writing.files import write_report
from songrnn.report.writing.latex import code_lines, file_name, set_table

# What is between two places where TeX may break a line of code.
_BREAKS = re.compile(r"\\ |\\allowbreak\{\}")
PDFLATEX = shutil.which("pdflatex")


def letters(tex: str) -> int:
    """How many characters are set: commands in place of one count as one."""
    return len(re.sub(r"\\[A-Za-z]+\{\}|\\.|\$[^$]*\$", "x", tex))


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=400))
def test_a_line_of_code_may_break_before_it_leaves_the_paper(line: str) -> None:
    (shown,) = code_lines(line).split("\\\\\n")
    inner = shown.removeprefix(r"\texttt{").removesuffix("}")
    assert all(letters(piece) <= 20 for piece in _BREAKS.split(inner))
    assert letters(_BREAKS.sub(" ", inner.replace(r"\allowbreak{}", ""))) == len(line.rstrip("\n"))


@given(st.text(min_size=1))
def test_tex_takes_no_part_of_a_name_for_the_kind_of_a_file(stem: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]+", file_name(stem))


def test_a_narrow_table_is_set_in_the_usual_type() -> None:
    how = set_table(table_of("a", "", ("Run", "Loss"), [("`mine`", "1.78")]))
    assert (how.size, how.columns, how.headings) == (r"\small", "lr", "Run & Loss")


def test_headings_over_narrow_numbers_stand_in_lines() -> None:
    table = table_of("a", "", ("T", "Well-formed, as counted before"), [("0.5", "12 %")])
    assert r"\shortstack[r]{Well-formed,\\as counted\\before}" in set_table(table).headings


def test_a_wide_table_is_narrowed_where_its_words_are() -> None:
    name = "`ingredients-with-layer-normalization-seed-2`"
    columns = ("Run", *(f"Figure {n}" for n in range(9)))
    how = set_table(table_of("a", "", columns, [(name, *["2,579,935"] * 9)]))
    assert how.size != r"\small"
    width = re.match(r">\{\\raggedright\\arraybackslash\}p\{(\d+)pt\}r{9}$", how.columns)
    assert width
    assert int(width[1]) < 230


def test_prose_is_wrapped_and_not_shrunk() -> None:
    row = ("Dropout", "0.0", "Share of values set to 0 at random while training. " * 4)
    how = set_table(table_of("a", "", ("Setting", "Value", "Change"), [row], words=(0, 1, 2)))
    assert how.size == r"\small"
    assert how.columns.startswith("ll>")


def test_no_command_runs_into_the_letter_after_it(report: Report) -> None:
    from songrnn.report.sections.architecture import EQUATIONS

    formulas = [block for block in report.blocks() if isinstance(block, Formula)]
    formulas += [each for equations in EQUATIONS.values() for each in equations]
    for formula in formulas:
        assert not re.search(r"\\quad[A-Za-z]", formula.latex), formula.latex


@pytest.mark.skipif(PDFLATEX is None, reason="pdflatex is not installed")
def test_tex_sets_the_report_without_an_error_and_within_the_paper(
    report: Report, tmp_path: Path
) -> None:
    write_report(report, tmp_path, ("latex",))
    assert PDFLATEX is not None
    done = subprocess.run(
        [PDFLATEX, "-interaction=nonstopmode", "main.tex"],
        cwd=tmp_path / "latex",
        capture_output=True,
        check=False,
    )
    said = done.stdout.decode(errors="replace")
    assert not re.findall(r"^!.*", said, re.MULTILINE)
    wide = re.findall(r"Overfull \\[hv]box \(([\d.]+)pt", said)
    assert not [points for points in wide if float(points) > 5]
