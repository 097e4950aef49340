"""Everything that is wrong with one file, gathered and said at once, each with its place.

Pure; imports errors and yaml_nodes only.
"""

from collections.abc import Iterable

from validation.errors import BadInput
from validation.yaml_nodes import Place

__all__ = ["Place", "Problems", "did_you_mean", "listed", "nearest", "quoted"]

SHOWN = 100
"""How many problems are listed; the rest are counted. More are never useful to a reader."""


class Problems:
    """Gathers problems of the file `name`; the same one at the same place counts once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._found: set[tuple[int, int, str]] = set()

    def __len__(self) -> int:
        return len(self._found)

    def add(self, place: Place, message: str) -> None:
        """Note one problem: `message` says what is wrong and what would be right."""
        self._found.add((place.line, place.column, message))

    def raise_any(self, hint: str) -> None:
        """Raise `BadInput` with every problem in the file's order; return when there is none."""
        if not self._found:
            return
        lines = [
            f"{self.name}:{line}:{column}: {message}"
            for line, column, message in sorted(self._found)
        ]
        count = len(lines)
        if count > SHOWN:
            lines = [*lines[:SHOWN], f"… and {count - SHOWN} more"]
        errors = "1 error" if count == 1 else f"{count} errors"
        raise BadInput(f"{self.name}: {errors}", hint=hint, details=tuple(lines))


def nearest(word: str, known: Iterable[str], count: int = 1) -> list[str]:
    """Return up to `count` known words that `word` may have been meant as, nearest first."""
    import difflib  # noqa: PLC0415  (only a mistake pays for it)

    return difflib.get_close_matches(word[:200].lower(), list(known), n=count, cutoff=0.6)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'torch'?" for the nearest known word, or an empty string."""
    near = nearest(word, known)
    return f"; did you mean {near[0]!r}?" if near else ""


def quoted(text: str, limit: int = 60) -> str:
    """Return `text` as a message shows it: quoted, escaped, cut where it is long."""
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")


def listed(words: Iterable[str], limit: int = 8) -> str:
    """Return "a, b, c" for a message, cut after `limit` words."""
    found = list(words)
    more = f" and {len(found) - limit} more" if len(found) > limit else ""
    return ", ".join(found[:limit]) + more
