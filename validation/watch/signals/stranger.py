"""Other images: no source that we know speaks about them, and that is said.

Pure; imports facts only.
"""

from validation.facts.load import Facts
from validation.watch.nouns import Evidence
from validation.watch.signals.statement import Statement
from validation.watch.signals.subject import Subject


def stranger(subject: Subject, facts: Facts) -> tuple[Statement, ...]:
    """Return that nothing is known of an image that no table of facts is about."""
    if subject.kind != "other":
        return ()
    told = Evidence(
        signal="policy",
        says=f"no support policy of {subject.name.familiar} is known",
        source="the facts, which know nvidia/cuda, NGC PyTorch and plain distributions",
        as_of=facts.cuda_eol.as_of,
    )
    return (Statement(topic="unknown", gap=True, evidence=told),)
