"""Draws who imports whom, from the imports themselves, into docs/architecture.md.

    python docs/draw_architecture.py          writes the diagram
    python docs/draw_architecture.py --check  says with its exit status whether it is up to date

An arrow A --> B means that A imports B. Arrows that follow from others are left out: where A imports
B and B imports C, an arrow from A to C is not drawn. So every import goes along the arrows, and
nothing ever goes against them.
"""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- drawn by docs/draw_architecture.py -->\n", "<!-- end of the drawing -->\n"
# What nearly everything imports would be a knot of arrows in the picture.
LEFT_OUT = {"errors", "paths", "__init__", "__main__"}

Arrows = dict[str, set[str]]


def arrows(root: Path = ROOT) -> Arrows:
    """Part -> the parts that it imports; parts are packages and modules of songrnn, and dashboard."""
    found: Arrows = {}
    for path in [*(root / "songrnn").rglob("*.py"), *(root / "dashboard").rglob("*.py")]:
        package, *inside = path.relative_to(root).with_suffix("").parts
        own = inside[0] if package == "songrnn" else package
        imported = {_part(name) for name in _imports(path)} - {"", own} - LEFT_OUT
        if own not in LEFT_OUT:
            found.setdefault(own, set()).update(imported)
    return found


def reduced(found: Arrows) -> Arrows:
    """The arrows without those that follow from others. Raises CycleError where they go round."""
    reach: Arrows = {}
    for part in TopologicalSorter(found).static_order():
        reach[part] = {far for near in found[part] for far in (near, *reach[near])}
    return {
        part: {to for to in others if not any(to in reach[other] for other in others)}
        for part, others in found.items()
    }


def mermaid(found: Arrows) -> str:
    """The diagram as text, the same for the same arrows."""
    drawn = reduced(found)
    lines = [f"    {part} --> {to}" for part in sorted(drawn) for to in sorted(drawn[part])]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```", ""])


def with_drawing(document: str, drawing: str) -> str:
    """The document with the drawing between its marks."""
    before, rest = document.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + drawing + END + after


def _imports(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def _part(name: str) -> str:
    package, *rest = name.split(".")
    if package == "dashboard":
        return "dashboard"
    return rest[0] if package == "songrnn" and rest else ""


def main(arguments: list[str]) -> int:
    """Draw, or check; the exit status."""
    document = DOCUMENT.read_text(encoding="utf-8")
    new = with_drawing(document, mermaid(arrows()))
    if "--check" in arguments:
        return int(new != document)
    DOCUMENT.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
