"""What a registry's answer changes: served, gone, the flag, a moved digest, an inherited OS."""

import datetime

import pytest

from validation.facts.load import load_facts
from validation.watch.nouns import RegistryAnswer
from validation.watch.telling import not_reached
from validation.watch.verdict import judge

TODAY = datetime.date(2026, 11, 23)
FACTS = load_facts()
FLAG = "NVIDIA_CUDA_END_OF_LIFE"
NEW, OLD = "sha256:" + "b" * 64, "sha256:" + "a" * 64

ABSENT = RegistryAnswer(exists="no")
SERVED = RegistryAnswer(exists="yes", digest=NEW, environment={"PATH": "/usr/bin"})
FLAGGED = RegistryAnswer(exists="yes", environment={"PATH": "/usr/bin", FLAG: "1"})
DOWN = RegistryAnswer(exists="unknown", problem="connection refused")


def verdict(reference, answer):
    return judge(reference, FACTS, answer, TODAY)


# (reference, answer, headline, served, flagged)
ANSWERED = [
    ("nvidia/cuda:12.1.0-runtime-ubuntu22.04", ABSENT, "gone", "no", "yes"),
    ("nvidia/cuda:13.0.3-runtime-ubuntu22.04", ABSENT, "gone", "no", "unknown"),
    ("nvidia/cuda:11.7.0-runtime-ubuntu22.04", ABSENT, "gone", "no", "yes"),  # version was retired
    ("nvidia/cuda:12.4.0-cudnn8-devel-ubuntu22.04", ABSENT, "unpublished", "no", "unknown"),
    ("nvidia/cuda:13.2.2-runtime-ubuntu22.04", ABSENT, "unpublished", "no", "unknown"),
    ("example.com/team/app:1", ABSENT, "unpublished", "no", "unknown"),
    ("nvcr.io/nvidia/pytorch:25.01-py3", ABSENT, "gone", "no", "unknown"),
    ("nvidia/cuda:12.1.0-runtime-ubuntu22.04", SERVED, "overdue", "yes", "no"),
    ("nvidia/cuda:12.1.0-base-ubuntu22.04", SERVED, "overdue", "yes", "no"),
    ("nvidia/cuda:12.6.3-runtime-ubuntu22.04", SERVED, "disputed", "yes", "no"),
    ("nvidia/cuda:12.6.3-runtime-ubuntu22.04", FLAGGED, "overdue", "yes", "yes"),
    ("nvidia/cuda:13.0.3-runtime-ubuntu22.04", SERVED, "current", "yes", "no"),
    ("nvidia/cuda:13.0.3-runtime-ubuntu22.04", FLAGGED, "flagged", "yes", "yes"),
    ("nvidia/cuda:13.2.1-runtime-ubuntu22.04", FLAGGED, "flagged", "yes", "yes"),
    ("pytorch/pytorch:2.2.0-cuda12.1-cudnn8-runtime", FLAGGED, "flagged", "yes", "yes"),
    ("pytorch/pytorch:2.2.0-cuda12.1-cudnn8-runtime", SERVED, "unknown", "yes", "no"),
    ("nvidia/cuda:13.0.3-runtime-ubuntu22.04", DOWN, "current", "unknown", "unknown"),
    ("nvidia/cuda:12.4.0-cudnn8-devel-ubuntu22.04", DOWN, "unpublished", "unknown", "unknown"),
]


@pytest.mark.parametrize(("reference", "answer", "headline", "served", "flagged"), ANSWERED)
def test_the_registry_answers(reference, answer, headline, served, flagged):
    found = verdict(reference, answer)
    assert (found.headline, found.served, found.flagged) == (headline, served, flagged)


def test_what_the_registry_says_of_a_tag_is_certain():
    assert verdict("nvidia/cuda:12.1.0-runtime-ubuntu22.04", ABSENT).confidence == "high"
    assert verdict("nvidia/cuda:13.0.3-runtime-ubuntu22.04", SERVED).confidence == "high"


def test_a_tag_that_is_served_past_its_date_is_a_conflict():
    conflicts = verdict("nvidia/cuda:12.1.0-runtime-ubuntu22.04", SERVED).conflicts
    assert any("it was to be deleted 2023-10-01, 1149 days ago; but" in one for one in conflicts)


def test_a_tag_that_the_lists_deny_and_the_registry_serves_exists():
    found = verdict("nvidia/cuda:12.4.0-cudnn-runtime-ubuntu22.04", SERVED)
    assert found.headline == "overdue"
    assert any("there is no tag" in one and "is served" in one for one in found.conflicts)


def test_a_flag_of_the_source_that_the_image_lacks_is_a_conflict():
    conflicts = verdict("nvidia/cuda:12.1.0-runtime-ubuntu22.04", SERVED).conflicts
    assert any(f"sets {FLAG}" in one and f"does not set {FLAG}" in one for one in conflicts)


def test_a_flag_without_any_end_is_a_conflict():
    conflicts = verdict("nvidia/cuda:13.0.3-runtime-ubuntu22.04", FLAGGED).conflicts
    assert any("no other signal has ended it" in one for one in conflicts)


def test_an_empty_flag_is_no_flag_and_an_unread_config_says_nothing():
    empty = RegistryAnswer(exists="yes", environment={FLAG: ""})
    assert verdict("nvidia/cuda:13.0.3-runtime-ubuntu22.04", empty).flagged == "no"
    unread = RegistryAnswer(exists="yes")
    assert verdict("nvidia/cuda:12.1.0-runtime-ubuntu22.04", unread).flagged == "yes"  # the source


def test_a_moved_digest_is_told_and_changes_no_answer():
    pinned = f"nvidia/cuda:13.0.3-runtime-ubuntu22.04@{OLD}"
    found = verdict(pinned, SERVED)
    assert found.headline == "current"
    assert any(f"has moved: it is {NEW} now" in each.says for each in found.evidence)
    same = verdict(f"nvidia/cuda:13.0.3-runtime-ubuntu22.04@{NEW}", SERVED)
    assert not any("has moved" in each.says for each in same.evidence)


def test_an_image_tells_its_distribution_by_inherited_labels():
    labels = {
        "org.opencontainers.image.ref.name": "ubuntu",
        "org.opencontainers.image.version": "20.04",
    }
    found = verdict("example.com/team/app:1", RegistryAnswer(exists="yes", labels=labels))
    assert (found.headline, found.eol) == ("eol", datetime.date(2025, 5, 31))
    newer = {**labels, "org.opencontainers.image.version": "24.04"}
    found = verdict("example.com/team/app:1", RegistryAnswer(exists="yes", labels=newer))
    assert found.headline == "unknown"  # the OS lives, the image's own support is not known


def test_when_it_was_created_is_evidence():
    created = RegistryAnswer(exists="yes", created=datetime.date(2023, 11, 10))
    found = verdict("nvidia/cuda:12.2.2-runtime-ubuntu22.04", created)
    (told,) = [each for each in found.evidence if "created" in each.says]
    assert (told.signal, told.date, told.as_of) == (
        "registry",
        datetime.date(2023, 11, 10),
        "2026-11-23",
    )


def test_a_config_that_was_cut_short_is_no_silence():
    """Without its config nobody knows whether the image is flagged, and that is said."""
    cut = RegistryAnswer(exists="yes", digest=NEW, problem="the body is not what it names")
    told = not_reached(verdict("example.com/team/app:1", cut))
    assert "config was not read" in told
    assert "the body is not what it names" in told
    assert not_reached(verdict("example.com/team/app:1", SERVED)) == ""
