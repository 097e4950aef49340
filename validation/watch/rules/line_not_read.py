"""A line of standard input that is no image reference.

`imagewright scan -` judges the other lines all the same; where nothing at all could be judged, it
ends with exit code 2. Lines with `<none>`, which `docker images` prints for images that lost their
name or never had a tag, name nothing that could be judged: how many were left out is noted.
"""

from validation.watch.rules.rule import Scanned, Seen, rule

STANDARD_INPUT = "-"
"""What stands for the file in the place of a line of standard input."""


def _look(scanned: Scanned) -> Seen:
    for problem in scanned.problems:
        if problem.place.file == STANDARD_INPUT:
            yield problem.place, problem.message, "write one reference a line"


RULE = rule("line-not-read", "error", __doc__, _look)
