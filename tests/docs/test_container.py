"""The container's image has what the app reads, and the commands in the documents keep its check."""

from fnmatch import fnmatch
from pathlib import Path

from dashboard.views.glossary.documents import DOCUMENTS

ROOT = Path(__file__).resolve().parents[2]


def test_the_image_has_the_files_that_the_app_reads_beside_its_packages() -> None:
    lines = (ROOT / "Containerfile").read_text().splitlines()
    copied = [name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]]
    read = [f"docs/{name}.md" for name in DOCUMENTS] + ["data/corpora.toml", "requirements.txt"]
    for path in read:
        assert (ROOT / path).is_file()
        assert any(fnmatch(path, name) for name in copied), f"{path} is not in the image"


def test_the_build_keeps_the_health_check() -> None:
    """An image in podman's own format has none."""
    for document in ("Containerfile", "docs/deployment.md"):
        text = (ROOT / document).read_text()
        assert text.count("podman build") == text.count("podman build --format docker") > 0
