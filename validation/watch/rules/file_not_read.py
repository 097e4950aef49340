"""A file that was not read, or not wholly.

It is larger than the bounds, a link that leaves the repository, or nothing that its reader
understands. The scan says less than it could; the message says what was left out.
"""

from validation.watch.rules.line_not_read import STANDARD_INPUT
from validation.watch.rules.rule import Scanned, Seen, rule


def _look(scanned: Scanned) -> Seen:
    for problem in scanned.problems:
        if problem.place.file != STANDARD_INPUT:
            yield problem.place, problem.message, ""


RULE = rule("file-not-read", "note", __doc__, _look)
