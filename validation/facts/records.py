"""The shapes of the facts: typed, dated, sourced statements about the outside world.

Imports `model` only. A table is one JSON file under `data/`: `as_of` is the day it was last
read as a whole, `sources` names where statements come from, each with its own date, and every
statement carries the id of its source. `None` where a value may stand means "not known", which
is neither present nor absent.

Shapes of strings: versions are PEP 440 source text; Pythons are "3.11" or "3.13t" (free-threaded),
"3.12+" from a stable-ABI wheel means that one and every later; platforms are "linux/amd64";
dates are ISO 8601; GPUs are compute capabilities as integers (90) or names ("sm_90").
"""

from enum import StrEnum

from validation.model import Record


class Known(StrEnum):
    """What the facts say of a statement. Unknown is never read as either of the others."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Source(Record, frozen=True, kw_only=True):
    """Where statements come from and the day that they were true there."""

    title: str
    as_of: str


class Table(Record, frozen=True, kw_only=True):
    """What every file of facts has."""

    as_of: str
    sources: dict[str, Source]


class Note(Record, frozen=True, kw_only=True):
    """A statement in prose."""

    text: str
    source: str


class Vanished(Record, frozen=True, kw_only=True):
    """Wheels that an index had and was noticed on a day not to have: platform → Pythons."""

    noticed: str
    wheels: dict[str, tuple[str, ...]]
