"""NGC: what is known of NVIDIA's monthly PyTorch images, of which no retention policy was found.

Pure; imports facts only.
"""

import datetime

from validation.facts.load import Facts
from validation.facts.versions import version
from validation.watch.signals.statement import Statement, evidence, latest_day
from validation.watch.signals.subject import Subject

_NO_POLICY = (
    "no support or retention policy for NGC framework images was found: releases are monthly, and "
    "whether and when one ends or is deleted is not known"
)


def ngc(subject: Subject, facts: Facts) -> tuple[Statement, ...]:
    """Return the release's place among the monthly ones, and that nothing says when it ends."""
    if subject.kind != "ngc-pytorch":
        return ()
    table = facts.ngc
    told = evidence("policy", _NO_POLICY, table, "notes")
    policy = Statement(topic="ngc", gap=True, evidence=told)
    newest = max(table.releases, key=version)
    found = table.releases.get(subject.release)
    if found is None:
        says = f"release {subject.release or subject.tag or 'latest'} is not in the facts"
        told = evidence("list", f"{says}; the newest there is {newest}", table, "notes")
        unlisted = Statement(topic="published", answer="unknown", gap=True, evidence=told)
        return (unlisted, policy)
    says = f"release {subject.release} has CUDA {found.cuda} and torch {found.torch}"
    says += "; no later one is known" if subject.release == newest else f"; the newest is {newest}"
    told = evidence("list", says, table, found.source, _month(subject.release))
    return (Statement(topic="published", answer="yes", evidence=told), policy)


def _month(release: str) -> datetime.date:
    """Return the last day of a release's month: 25.01 → 2025-01-31."""
    year, month = release.split(".")
    return latest_day(f"20{year}-{month}")
