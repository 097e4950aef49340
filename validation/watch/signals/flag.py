"""Flag: whether the source sets NVIDIA_CUDA_END_OF_LIFE, which prints the start-up banner.

Pure; imports facts only. The registry's answer, where there is one, is read in `registry`.
"""

from validation.facts.load import Facts
from validation.watch.signals.statement import Statement, evidence
from validation.watch.signals.subject import Subject


def flag(subject: Subject, facts: Facts) -> tuple[Statement, ...]:
    """Return what is known of the flag in the source.

    Images of flavor base never carry it. A version that was retired without it has none; one that
    was not yet retired when the source was read may have got it since.
    """
    if subject.kind != "cuda" or not subject.release:
        return ()
    table, env = facts.cuda_tags, facts.cuda_eol.flag.env
    if subject.flavor == "base":
        says = f"images of flavor base never carry {env}: its absence proves nothing"
        told = evidence("flag", says, facts.cuda_eol, facts.cuda_eol.flag.source)
        return (Statement(topic="flag", answer="no", evidence=told),)
    if subject.release in table.flagged.versions:
        says = f"the source of CUDA {subject.release} sets {env}"
        told = evidence("flag", says, table, table.flagged.source)
        return (Statement(topic="flag", answer="yes", evidence=told),)
    if subject.release in table.moved_to_end_of_life.versions:
        says = f"the source of CUDA {subject.release} was retired without {env}, as most are"
        told = evidence("flag", says, table, table.flagged.source)
        return (Statement(topic="flag", answer="no", evidence=told),)
    return ()
