"""A report of two shipped studies, made once."""

from collections.abc import Iterator

import pytest

from songrnn.report.build import build_report
from songrnn.report.document import Report
from songrnn.report.material import Asked, Material, gather
from songrnn.report.sections import neurons
from songrnn.report.writing.files import html_bytes


@pytest.fixture(scope="session")
def material() -> Material:
    return gather(Asked(studies=("cells", "initialization")))


@pytest.fixture(scope="session")
def report(material: Material) -> Iterator[Report]:
    with pytest.MonkeyPatch.context() as patch:
        # Few tunes and random sets: what is measured is tested where it is measured.
        patch.setattr(neurons, "_TUNES", 4)
        patch.setattr(neurons, "_RANDOM_SETS", 8)
        yield build_report(material, author="A. Student & Co", date="1 May")


@pytest.fixture(scope="session")
def page(report: Report) -> str:
    return html_bytes(report).decode()
