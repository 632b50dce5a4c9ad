"""The parts of a tune, P: in its header and body, in the order they are played (ABC 2.1, 3.1.9)."""

from functools import lru_cache

# A plan of more parts than this is a slip of the pen, or of a network.
MOST_PARTS = 256
_MOST_TIMES = 99


@lru_cache(maxsize=256)
def part_order(value: str) -> str:
    """The letters of the parts in the order they are played; "" when the value is not a plan.

    Dots and spaces mean nothing; a number repeats the part or the bracket before it.

    >>> part_order("((AB)2.C)2")
    'ABABCABABC'
    """
    stack: list[list[str]] = [[]]
    times = ""
    for character in [*value[:MOST_PARTS], "\0"]:
        if character.isascii() and character.isdigit():
            times += character
            continue
        if times:
            if not stack[-1]:
                return ""
            stack[-1][-1] = (stack[-1][-1] * min(int(times[:3]), _MOST_TIMES))[:MOST_PARTS]
            times = ""
        if character == "(":
            stack.append([])
        elif character == ")":
            if len(stack) == 1:
                return ""
            inner = stack.pop()
            stack[-1].append("".join(inner)[:MOST_PARTS])
        elif character.isascii() and character.isalpha():
            stack[-1].append(character)
        elif character not in ". \t\0":
            return ""
    return "".join(["".join(part) for part in stack])[:MOST_PARTS]
