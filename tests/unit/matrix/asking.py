"""Ask the resolver in a few words, as `imagewright explain` does."""

import msgspec

from validation.facts.load import load_facts
from validation.matrix.explain import explain
from validation.matrix.resolve import resolve
from validation.matrix.wish import parse_wish

FACTS = load_facts()


def wish(text):
    """Return the combination that terms ask for, without a matrix: no fleet unless it is said."""
    return parse_wish(text.split(), None)


def ask(text, facts=FACTS, serving=()):
    """Return the image or skip of a combination in terms."""
    return resolve(wish(text), facts, serving)


def told(text, facts=FACTS, serving=()):
    """Return the explanation of a combination in terms."""
    return explain(wish(text), facts, serving)


def broken(answer):
    """Return the names of the constraints that speak against a combination, each once."""
    return list(dict.fromkeys(reason.constraint for reason in getattr(answer, "reasons", ())))


def changed(table, **fields):
    """Return a table of facts with other fields."""
    return msgspec.structs.replace(table, **fields)


def without_release(facts, package, release):
    """Return facts in which PyPI has no such release of a package."""
    table = facts.package(package)
    kept = {name: found for name, found in table.releases.items() if name != release}
    return facts.with_table(package.replace("-", "_"), changed(table, releases=kept))


def with_torch(facts, torch, **fields):
    """Return facts in which one torch release has other fields."""
    table = facts.torch
    release = changed(table.releases[torch], **fields)
    return facts.with_table("torch", changed(table, releases={**table.releases, torch: release}))
