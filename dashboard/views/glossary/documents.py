"""Which documents the app shows, and how their links lead there."""

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / "docs"
# File in docs/, without its ending -> what it is called here.
DOCUMENTS = {
    "glossary": "Glossary",
    "loss": "Loss",
    "statistics": "Statistics",
    "quality": "Quality of songs",
    "neurons": "Neurons",
    "recall": "Recall",
    "notation": "Notation",
}


def linked_here(text: str) -> str:
    """A document whose links lead to this page; those to files that it does not show are words.

    >>> linked_here("[a](loss.md#over-a-split) [b](run-folder.md) [c](https://x.y)")
    '[a](glossary?read=loss) b [c](https://x.y)'
    """

    def link(found: re.Match[str]) -> str:
        words, target = found.groups()
        name = target.partition("#")[0].removesuffix(".md")
        return f"[{words}](glossary?read={name})" if name in DOCUMENTS else words

    return re.sub(r"\[([^\]]+)\]\(((?!https?:)[^)]+)\)", link, text)
