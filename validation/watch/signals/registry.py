"""Registry: what one answer about a tag says: served or not, its digest, its config's words.

Pure; imports facts and nouns only. The answer is passed in; the image is never run.
"""

from validation.facts.load import Facts
from validation.model import OsSupport
from validation.watch.nouns import Evidence, RegistryAnswer
from validation.watch.signals.distribution import ends_of
from validation.watch.signals.statement import Statement
from validation.watch.signals.subject import Subject

NOT_REACHED = "registry not reached"
CONFIG_NOT_READ = "the tag is served, but its config was not read, nor a flag in it"
_NAME = "org.opencontainers.image.ref.name"
_VERSION = "org.opencontainers.image.version"


def registry(
    subject: Subject, answer: RegistryAnswer, facts: Facts, support: OsSupport, asked_on: str
) -> tuple[Statement, ...]:
    """Return what a registry's answer says; `asked_on` is the day on which it was given."""
    found = [_served(subject, answer, asked_on)]
    if answer.created is not None:
        says = f"the image was created {answer.created}"
        found.append(_statement(subject, says, asked_on, date=answer))
    if answer.exists == "yes":
        if answer.problem:
            found.append(_statement(subject, f"{CONFIG_NOT_READ}: {answer.problem}", asked_on))
        found += _digest(subject, answer, asked_on)
        found += _flag(subject, answer, facts, asked_on)
        found += _distribution(subject, answer, facts, support)
    return tuple(found)


def _statement(
    subject: Subject, says: str, asked_on: str, *, date: RegistryAnswer | None = None
) -> Statement:
    told = Evidence(
        signal="registry",
        says=says,
        date=date.created if date else None,
        source=subject.name.registry,
        as_of=asked_on,
    )
    return Statement(topic="registry", evidence=told)


def _served(subject: Subject, answer: RegistryAnswer, asked_on: str) -> Statement:
    shown = subject.name.familiar
    says = {
        "yes": f"{shown} is served" + (f" as {answer.digest}" if answer.digest else ""),
        "no": f"there is no {shown}",
        "unknown": f"{NOT_REACHED}: {answer.problem or 'it was not asked'}",
    }[answer.exists]
    return _statement(subject, says, asked_on)


def _digest(subject: Subject, answer: RegistryAnswer, asked_on: str) -> list[Statement]:
    pinned = subject.name.digest
    if not (pinned and subject.tag and answer.digest) or pinned == answer.digest:
        return []
    says = f"the tag {subject.tag} has moved: it is {answer.digest} now, {pinned} is pinned"
    told = _statement(subject, says, asked_on).evidence
    return [Statement(topic="digest", evidence=told)]


def _flag(subject: Subject, answer: RegistryAnswer, facts: Facts, asked_on: str) -> list[Statement]:
    """Return whether the config sets the flag; a config without any variable was not read."""
    if not answer.environment:
        return []
    env = facts.cuda_eol.flag.env
    value = answer.environment.get(env, "")
    says = f"the image's config sets {env}={value}" if value else f"the config does not set {env}"
    told = Evidence(signal="flag", says=says, source=subject.name.registry, as_of=asked_on)
    return [Statement(topic="flag", answer="yes" if value else "no", evidence=told)]


def _distribution(
    subject: Subject, answer: RegistryAnswer, facts: Facts, support: OsSupport
) -> tuple[Statement, ...]:
    """Return the OS's end where the reference does not name the OS and inherited labels do."""
    os = answer.labels.get(_NAME, "") + answer.labels.get(_VERSION, "")
    if subject.os or facts.os.end_of(os) is None:
        return ()
    return ends_of(os, facts, support)
