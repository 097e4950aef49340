"""Ways out of a base: the records that the search hands over, and their ranking.

Pure; imports nouns and model only. Data, not text: what a patch to a file needs is in each.
"""

from typing import Literal

from validation.model import Move, Record
from validation.watch.moves import Size
from validation.watch.nouns import Headline, Verdict

Way = Literal["tag", "release", "wheels", "driver"]
"""A newer tag; a newer release of the distribution; CUDA from torch's wheels on a plain
distribution; a newer driver on the hosts, and a tag that it opens."""

RANKS: tuple[Headline, ...] = (
    "current", "unknown", "eol-due", "disputed", "superseded", "eol", "flagged",
    "deletion-due", "overdue", "unpublished", "gone",
)  # fmt: skip
"""Headlines from the best base to move to, to the worst. What is not known may be current; what
is disputed has ended by the policy."""


class Replacement(Record, frozen=True, kw_only=True):
    """A base to move to: its reference, everything that moves with it, and its own verdict.

    `pair` is the move in one line, when torch is installed ("CUDA 12.1.0 + torch 2.2.0+cu121 →
    CUDA 12.6.3 + torch 2.6.0+cu126"). `requirements` are what the file installs then, of what the
    resolver has axes for, and `index` the package index of torch's variant, None for the default
    one. `driver` is the lowest driver that the hosts need first, "" where theirs will do, or
    where nothing is known of them and the CUDA major does not rise.
    `unproven` says what is not known of it; nothing is known against it.
    """

    way: Way
    reference: str
    moves: tuple[Move, ...]
    size: Size
    pair: str = ""
    requirements: tuple[str, ...] = ()
    index: str | None = None
    driver: str = ""
    why: str = ""
    unproven: tuple[str, ...] = ()
    verdict: Verdict


class Replacements(Record, frozen=True, kw_only=True):
    """Everything that is better than a base: tags beside it, and other ways out, best first.

    Other ways are named where their verdict is better than the best tag's, or as good and the
    move is smaller. `because` says why there is nothing, where there is nothing.
    """

    tags: tuple[Replacement, ...] = ()
    others: tuple[Replacement, ...] = ()
    because: str = ""

    @property
    def best(self) -> Replacement | None:
        """The best of all: by verdict, then what needs no new drivers, then the smallest move."""
        return next(iter(self.ranked), None)

    @property
    def ranked(self) -> tuple[Replacement, ...]:
        """All of them, the best first."""
        return tuple(sorted((*self.tags, *self.others), key=rank))


def rank(found: Replacement) -> tuple[int, bool, bool, Size]:
    """Return what replacements sort by: verdict, proven, no new drivers, the smallest move."""
    worst = RANKS.index(found.verdict.headline)
    return worst, bool(found.unproven), bool(found.driver), found.size
