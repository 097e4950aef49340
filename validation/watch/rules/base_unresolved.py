"""A base that cannot be named.

A variable in the reference has no value in the repository, so that nothing is known of the base.
It is not guessed. Give the variable a default (`ARG CUDA=12.6.3`), or say what a build gives it:
`imagewright scan --build-arg CUDA=12.6.3`.
"""

from validation.watch.rules.rule import Scanned, Seen, rule


def _look(scanned: Scanned) -> Seen:
    for each in scanned.references:
        if each.resolved is None:
            message = f"{each.where} {each.raw}: {each.unresolved} has no value here"
            fix = f"give {each.unresolved} a default, or --build-arg NAME=VALUE"
            yield each.place, message, fix


RULE = rule("base-unresolved", "note", __doc__, _look)
