"""What is better than a base, for the file that stands on it."""

import datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import Version

from tests.unit.watch.truth import TRUTH, reference_of
from validation.errors import BadInput
from validation.facts.load import load_facts
from validation.model import Fleet, Move
from validation.watch.nouns import RegistryAnswer
from validation.watch.replacement import ANY_FLEET, find_replacements
from validation.watch.verdict import LEVELS, judge
from validation.watch.ways import RANKS

TODAY = datetime.date(2026, 11, 23)
FACTS = load_facts()
FLEET = Fleet(drivers=">=535", gpus=("sm_75", "sm_80", "sm_86", "sm_89", "sm_90"))
STORY = ("torch==2.2.0+cu121", "torchvision==0.17.0+cu121", "python==3.10")


def find(tag, *installs, fleet=FLEET, **more):
    return find_replacements(reference_of(tag), installs, FACTS, TODAY, fleet=fleet, **more)


def named(replacements):
    return [each.reference.removeprefix("nvidia/cuda:") for each in replacements]


def test_the_story_gets_the_pair_that_exists():
    found = find("12.1.0-runtime-ubuntu22.04", *STORY)
    assert named(found.tags) == [
        "12.1.1-runtime-ubuntu22.04",
        "12.4.1-runtime-ubuntu22.04",
        "12.6.3-runtime-ubuntu22.04",
    ]
    assert {each.verdict.headline for each in found.tags} == {"disputed"}
    last = found.tags[-1]
    assert last.pair == "CUDA 12.1.0 + torch 2.2.0+cu121 → CUDA 12.6.3 + torch 2.6.0+cu126"
    assert last.moves == (
        Move(axis="cuda", old="12.1.0", new="12.6.3"),
        Move(axis="torch", old="2.2.0+cu121", new="2.6.0+cu126"),
        Move(axis="torchvision", old="0.17.0", new="0.21.0"),
    )
    assert last.requirements == ("torch==2.6.0+cu126", "torchvision==0.21.0+cu126")
    assert last.index == "https://download.pytorch.org/whl/cu126"


def test_an_older_python_than_our_trainer_needs_is_no_reason_against_a_base():
    found = find("12.1.0-runtime-ubuntu20.04", "torch==2.1.2+cu121", "python==3.8")
    assert named(found.tags)[0] == "12.1.1-runtime-ubuntu22.04"


def test_where_torch_is_open_the_newest_torch_wins_not_the_newest_cuda():
    newer = msgspec.structs.replace(FLEET, drivers=">=580")
    (wheels, *_) = find("12.1.0-runtime-ubuntu22.04", "torch", fleet=newer).others
    known = [name for name, release in FACTS.torch.releases.items() if "cu130" in release.variants]
    assert wheels.requirements[0].partition("+")[0] == f"torch=={max(known, key=Version)}"


def test_the_storys_other_ways_out_are_better_than_any_tag():
    wheels, driver = find("12.1.0-runtime-ubuntu22.04", *STORY).others
    assert (wheels.way, wheels.reference, wheels.verdict.headline) == (
        "wheels",
        "ubuntu:22.04",
        "current",
    )
    assert wheels.pair == "CUDA 12.1.0 + torch 2.2.0+cu121 → ubuntu:22.04 + torch 2.2.0+cu121"
    assert "numpy<2" in wheels.requirements
    assert (driver.way, driver.driver) == ("driver", "580.65.06")
    assert driver.reference == "nvidia/cuda:13.0.3-runtime-ubuntu22.04"
    assert driver.pair == "CUDA 12.1.0 + torch 2.2.0+cu121 → CUDA 13.0.3 + torch 2.9.0+cu130"
    assert find("12.1.0-runtime-ubuntu22.04", *STORY).best == wheels


def test_the_storys_wheel_that_never_existed_moves_to_the_first_that_does():
    first = find("12.6.0-runtime-ubuntu22.04", "torch==2.5.0+cu126").tags[0]
    assert first.pair == "CUDA 12.6.0 + torch 2.5.0+cu126 → CUDA 12.6.3 + torch 2.6.0+cu126"


def test_newer_drivers_open_cuda_13_as_a_tag():
    fleet = msgspec.structs.replace(FLEET, drivers=">=580")
    found = find("12.1.0-runtime-ubuntu22.04", *STORY, fleet=fleet)
    assert named(found.tags)[0] == "13.0.3-runtime-ubuntu22.04"
    assert found.tags[0].verdict.headline == "current"
    assert [each.way for each in found.others] == ["wheels"]  # nothing is left for drivers to open


def test_hosts_of_which_nothing_is_known_demand_nothing():
    found = find("12.1.0-runtime-ubuntu22.04", *STORY, fleet=ANY_FLEET)
    assert named(found.tags)[0] == "13.0.3-runtime-ubuntu22.04"
    assert all(each.way != "driver" for each in found.others)


def test_a_later_cuda_major_names_its_driver_where_the_hosts_are_not_known():
    found = find("12.1.0-runtime-ubuntu22.04", *STORY, fleet=ANY_FLEET)
    drivers = {each.reference.partition(":")[2][:2]: each.driver for each in found.tags}
    assert drivers == {"13": "580.65.06", "12": ""}
    known = msgspec.structs.replace(FLEET, drivers=">=580")
    (first, *_) = find("12.1.0-runtime-ubuntu22.04", *STORY, fleet=known).tags
    assert (first.reference.partition(":")[2][:2], first.driver) == ("13", "")


def test_a_move_within_the_major_comes_before_one_that_is_as_good_and_needs_drivers():
    (wheels,) = find("12.1.0-runtime-ubuntu22.04", "torch", fleet=ANY_FLEET).others
    assert "+cu12" in wheels.requirements[0]
    found = find("11.8.0-base-rockylinux8", fleet=ANY_FLEET, count=50).tags
    assert [bool(each.driver) for each in found] == sorted(bool(each.driver) for each in found)


def test_gpus_that_cuda_13_left_behind_get_no_cuda_13():
    volta = Fleet(drivers=">=535", gpus=("sm_70",))
    found = find("12.1.0-runtime-ubuntu22.04", *STORY, fleet=volta)
    references = [each.reference for each in (*found.tags, *found.others)]
    assert references
    assert not any("cuda:13" in reference for reference in references)


def test_a_file_that_installs_nothing_known_moves_its_base_alone():
    found = find("12.1.0-runtime-ubuntu22.04")
    assert all(each.moves[0].axis == "cuda" and len(each.moves) == 1 for each in found.tags)
    assert all(not each.pair and not each.requirements for each in found.tags)
    assert [each.way for each in found.others] == ["driver"]  # no torch to bring CUDA in wheels


def test_torch_without_cuda_does_not_hang_on_the_base():
    found = find("12.1.0-runtime-ubuntu22.04", "torch==2.2.0+cpu")
    assert all(move.axis != "torch" for each in found.tags for move in each.moves)


def test_a_compiler_is_in_no_wheel():
    assert all(each.way != "wheels" for each in find("12.1.0-devel-ubuntu22.04", *STORY).others)


def test_the_registry_and_its_spelling_are_kept():
    found = find("nvcr.io/nvidia/cuda:12.1.0-runtime-ubuntu22.04", *STORY)
    assert all(each.reference.startswith("nvcr.io/nvidia/cuda:") for each in found.tags)
    pinned = find("nvidia/cuda:12.1.0-runtime-ubuntu22.04@sha256:" + "0" * 64, *STORY)
    assert all("@" not in each.reference for each in pinned.tags)


def test_cudnns_word_follows_the_release():
    first = find("12.4.0-cudnn8-runtime-ubuntu22.04", "torch==2.4.0+cu124").tags[0]
    assert first.reference == "nvidia/cuda:12.4.1-cudnn-runtime-ubuntu22.04"
    assert Move(axis="flavor", old="cudnn8-runtime", new="cudnn-runtime") in first.moves


def test_an_os_at_its_end_moves_and_its_python_with_it():
    found = find("12.6.3-cudnn-devel-ubuntu20.04", "torch==2.6.0+cu126")
    first = found.tags[0]
    assert first.reference == "nvidia/cuda:12.6.3-cudnn-devel-ubuntu22.04"
    assert Move(axis="os", old="ubuntu20.04", new="ubuntu22.04") in first.moves
    assert Move(axis="python", old="3.8", new="3.10") in first.moves
    pinned = find("12.6.3-cudnn-devel-ubuntu20.04", "torch==2.6.0+cu126", "python==3.12").tags[0]
    assert all(move.axis != "python" for move in pinned.moves)


def test_an_os_that_lives_is_kept():
    found = find("12.1.0-runtime-ubuntu22.04", *STORY, fleet=ANY_FLEET, count=50)
    assert {each.verdict.eol is not None for each in found.tags} == {True}
    assert all(each.reference.endswith("-runtime-ubuntu22.04") for each in found.tags)


def test_other_pins_stand_where_they_can_and_move_where_they_must():
    stands = find("12.6.0-runtime-ubuntu22.04", "torch==2.6.0+cu126", "numpy==1.26.4").tags[0]
    assert "numpy==1.26.4" in stands.requirements
    assert all(move.axis != "numpy" for move in stands.moves)
    moves = find("11.8.0-devel-ubuntu18.04", "torch==2.0.1+cu118", "cupy-cuda11x==12.3.0").tags[0]
    assert "cupy-cuda12x==12.3.0" in moves.requirements


def test_a_range_of_torch_is_kept_to():
    found = find("12.2.2-runtime-ubuntu22.04", "torch>=2.1,<2.7")
    best = next(each for each in found.tags if "12.6.3" in each.reference)
    assert best.pair == "CUDA 12.2.2 + torch → CUDA 12.6.3 + torch 2.6.0+cu126"


def test_a_distribution_at_its_end_gets_the_next_one():
    found = find("debian:12-slim", "torch==2.13.0+cpu")
    assert [each.reference for each in found.others] == ["debian:13-slim"]
    assert found.others[0].way == "release"
    assert find("debian:12").others[0].reference == "debian:13"
    assert [each.reference for each in find("ubuntu:20.04").others] == [
        "ubuntu:22.04",
        "ubuntu:24.04",
        "ubuntu:26.04",
    ]


def test_a_distribution_of_which_only_the_end_is_known_gets_a_later_release():
    assert [each.reference for each in find("debian:11").others] == ["debian:13"]
    assert [each.reference for each in find("ubuntu:24.10").others] == ["ubuntu:26.04"]
    assert find("debian:11").others[0].moves == (Move(axis="os", old="debian11", new="debian13"),)


def test_a_lower_cuda_is_offered_only_where_its_deletion_is_estimated_later():
    (first, *_) = find("13.1.2-base-ubuntu24.04", fleet=ANY_FLEET).tags
    assert first.reference == "nvidia/cuda:13.0.3-base-ubuntu24.04"
    for each in find("12.6.0-base-rockylinux9", fleet=ANY_FLEET, count=50).tags:
        assert each.reference.partition(":")[2] >= "12.6"
    assert judge(reference_of("12.4.1-base-rockylinux9"), FACTS, None, TODAY).headline == "disputed"


def test_what_is_not_proven_is_told_of_a_python_that_the_wheels_are_known_for():
    (first, *_) = find("12.6.0-base-rockylinux9", "torch").tags
    assert first.unproven == ("the glibc of rockylinux9 is not known, torch 2.13.0 needs 2.28",)


def test_long_term_support_needs_no_replacement():
    assert find("debian:12", os_support="lts").because == "debian:12 is current"


@pytest.mark.parametrize(
    ("tag", "because"),
    [
        ("13.0.3-runtime-ubuntu22.04", "is current"),
        ("nvcr.io/nvidia/pytorch:25.01-py3", "nothing is known that could replace"),
        ("example.com/team/app:1", "nothing is known that could replace"),
        ("12.6.3-base-rockylinux9", "no base is known that is better"),
        ("latest", "no base is known that is better"),
        ("debian:latest", "no base is known that is better"),
        ("rockylinux:9", "is current"),
        ("centos:7", "no base is known that is better"),
        ("12.8.1-base-rockylinux9", "no base is known that is better"),  # 12.6.3 went earlier
        ("12.6.3-base-oraclelinux8", "no base is known that is better"),  # 12.8.1 is overdue
    ],
)
def test_where_there_is_nothing_it_is_said_why(tag, because):
    found = find(tag)
    assert (found.tags, found.others, found.best) == ((), (), None)
    assert because in found.because


def test_what_is_not_known_of_a_distribution_is_said():
    found = find("12.6.0-base-rockylinux9", "torch==2.6.0+cu126")
    assert found.tags
    assert all("the glibc of rockylinux9 is not known" in each.unproven[0] for each in found.tags)


def test_a_platform_that_the_lists_do_not_tell_is_unproven():
    found = find("12.6.0-runtime-ubuntu22.04", platform="linux/arm64")
    assert all("linux/arm64" in each.unproven[0] for each in found.tags)


def test_the_registrys_answers_count_for_replacements_too():
    first = "nvidia/cuda:12.1.1-runtime-ubuntu22.04"
    answers = {first: RegistryAnswer(exists="no")}
    found = find("12.1.0-runtime-ubuntu22.04", *STORY, answers=answers)
    assert first not in [each.reference for each in found.tags]


def test_a_tag_without_an_os_may_get_any():
    found = find("12.1.0-runtime")
    assert {each.reference.rpartition("-")[2] for each in found.tags} <= set(FACTS.os.releases)
    assert found.tags


def test_what_is_no_reference_is_bad_input():
    with pytest.raises(BadInput):
        find("nvidia/cuda:not a tag")


REFERENCES = st.sampled_from([reference_of(row[0]) for row in TRUTH])
TORCHES = st.sampled_from(
    [(), ("torch",), ("torch==2.2.0",), ("torch==2.5.0+cu126",), ("torch==2.0.1+cu118",)]
)
OTHERS = st.sampled_from([(), ("numpy==1.26.4",), ("python==3.12",), ("torchaudio==2.2.0",)])
FLEETS = st.sampled_from([ANY_FLEET, FLEET, Fleet(drivers=">=580", gpus=("sm_90",))])


@settings(deadline=None, max_examples=150)
@given(REFERENCES, TORCHES, OTHERS, FLEETS)
def test_every_replacement_is_published_better_judged_and_ranked(reference, torch, other, fleet):
    installs = (*torch, *other)
    found = find_replacements(reference, installs, FACTS, TODAY, fleet=fleet, count=20)
    own = judge(reference, FACTS, None, TODAY)
    assert bool(found.because) == (not found.tags and not found.others)
    for each in (*found.tags, *found.others):
        assert each.verdict == judge(each.reference, FACTS, None, TODAY)
        assert RANKS.index(each.verdict.headline) < RANKS.index(own.headline)
        assert LEVELS.get(each.verdict.headline) != "error"
        assert each.reference != reference
        assert each.moves
    for group in (found.tags, found.others):
        ranks = [RANKS.index(each.verdict.headline) for each in group]
        assert ranks == sorted(ranks)
    assert found == find_replacements(reference, installs, FACTS, TODAY, fleet=fleet, count=20)
