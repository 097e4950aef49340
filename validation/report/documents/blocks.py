"""Generated blocks of Markdown: found by their marks, replaced as a whole.

Pure; imports errors. A block begins with `<!-- generated: NAME -->` and ends with `<!-- end -->`,
each alone on its line; what stands between the two is nobody's to edit.
"""

import re
from collections.abc import Callable

from validation.errors import BadInput

_BEGIN = re.compile(r"^<!-- generated: ([\w-]+) -->$")
_END = "<!-- end -->"


def fill_blocks(text: str, name: str, render: Callable[[str], str]) -> str:
    """Return a document with every block filled by `render(NAME)`; the rest as it was.

    `name` is the document's, for messages. Raises `BadInput` for a block that does not end or
    begins inside another one, with its line. `render` raises for a name that it does not know.
    """
    lines = []
    opened = 0
    for number, line in enumerate(text.splitlines(), start=1):
        begin = _BEGIN.match(line)
        if begin and opened:
            raise _unclosed(name, opened)
        if begin:
            opened = number
            lines += [line, "", *render(begin[1]).splitlines(), ""]
        elif line == _END and opened:
            opened = 0
        if not opened:
            lines.append(line)
    if opened:
        raise _unclosed(name, opened)
    return "\n".join(lines) + "\n"


def _unclosed(name: str, line: int) -> BadInput:
    return BadInput(f"{name}:{line}: this table does not end", hint=f"put {_END} after it")
