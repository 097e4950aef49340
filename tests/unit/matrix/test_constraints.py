"""Constraints as a set: each states its rule and source, and depends only on what it names."""

import pytest

from tests.unit.matrix.asking import FACTS, changed, wish
from validation.facts.questions import Answer
from validation.facts.records import Known
from validation.matrix.check import Checker
from validation.matrix.constraints import CONSTRAINTS
from validation.matrix.constraints.drivers import oldest_driver
from validation.matrix.constraints.gpus import capability, runs_binary, runs_ptx
from validation.matrix.constraints.rule import FINE, constraint, no, unless_present
from validation.matrix.grammar import AXES
from validation.matrix.resolve import Resolver
from validation.model import Candidate

FAMILY = {"base", "workload", "platforms", "packages", "patch", "drivers", "gpus", "serving"}


@pytest.mark.parametrize("each", CONSTRAINTS, ids=lambda each: each.name)
def test_a_constraint_states_its_rule_and_source(each):
    assert each.rule.startswith("Require ")
    assert "Source:" in each.rule
    assert set(each.needs) <= {*AXES, *FAMILY}
    assert each.about <= set(each.needs)


def test_names_are_unique():
    assert len({each.name for each in CONSTRAINTS}) == len(CONSTRAINTS)


def test_a_constraint_needs_what_its_parameters_name():
    def sample(facts, *, torch: str, cuda: str | None, base: str):
        """Require nothing. Source: none."""
        return () if facts and torch and cuda else (base,)

    made = constraint(sample)
    assert made.needs == ("torch", "cuda", "base")
    assert made.about == {"torch"}  # base is no axis, cuda may be absent


def test_an_answer_is_asked_once_for_each_combination_of_what_it_needs():
    asked = []

    def sample(facts, *, torch: str, gpus: tuple):  # noqa: ARG001  (a constraint's signature)
        """Require nothing. Source: none."""
        asked.append((torch, gpus))
        return (no("sample", "m", "f", "s"),) if torch == "2.7.0" else FINE

    checks = Checker(FACTS, (constraint(sample),)).having({"torch", "python"})
    values = {"torch": "2.6.0", "python": "3.11", "gpus": (), "base": "distro"}
    for torch in ("2.6.0", "2.7.0"):
        for python in ("3.10", "3.11", "3.12"):
            found = checks.reasons({**values, "torch": torch, "python": python})
            assert len(found) == (torch == "2.7.0")
    assert asked == [("2.6.0", ()), ("2.7.0", ())]


def test_a_constraint_does_not_apply_without_what_it_is_about():
    checker = Checker(FACTS)
    without = {each.name for each in checker.having({"python", "os"}).asked}
    assert without == {"base", "ngc", "platforms", "python", "python-floor"}
    assert "wheel" in {each.name for each in checker.having({"torch", "python"}).asked}


def test_families_that_differ_in_their_fleet_do_not_share_answers():
    resolver = Resolver(FACTS)
    made = wish("torch=2.9.0 cuda=13.0 python=3.11 drivers=>=580.65.06")
    old = changed(made.family, fleet=changed(made.family.fleet, drivers=">=535"))
    fine = resolver.resolve(made)
    assert fine.cuda == "13.0"
    assert resolver.resolve(Candidate(family=old, axes=made.axes)).reasons
    assert resolver.resolve(made) == fine


def test_three_states_become_a_reason_a_doubt_or_nothing():
    said = {}
    for known in Known:
        answer = Answer(known=known, fact="f", source="s")
        said[known] = unless_present("n", answer, "absent", "unknown")
    assert said[Known.PRESENT] == ()
    assert [(one.message, one.unknown) for one in said[Known.ABSENT]] == [("absent", False)]
    assert [(one.message, one.unknown) for one in said[Known.UNKNOWN]] == [("unknown", True)]


@pytest.mark.parametrize(
    ("drivers", "oldest"),
    [
        (">=535", "535"),
        (">=535,<600", "535"),
        (">=535,>=550.54.14", "550.54.14"),
        ("==535.*", "535"),
        ("~=535.104", "535.104"),
        ("<600", None),
        ("!=550.1", None),
    ],
)
def test_the_oldest_driver_that_a_fleet_admits(drivers, oldest):
    assert oldest_driver(drivers) == oldest


@pytest.mark.parametrize(
    ("gpu", "parts"), [("sm_90", (9, 0)), ("sm_86", (8, 6)), ("sm_121", (12, 1))]
)
def test_compute_capability(gpu, parts):
    assert capability(gpu) == parts


def test_binary_and_ptx_compatibility():
    assert runs_binary("sm_89", (80,))
    assert runs_binary("sm_86", (86, 90))
    assert not runs_binary("sm_80", (86,))
    assert not runs_binary("sm_90", (89,))
    assert not runs_binary("sm_100", (10,))  # sm_10 is capability 1.0
    assert runs_ptx("sm_120", (90,))
    assert runs_ptx("sm_90", (90,))
    assert not runs_ptx("sm_89", (90,))
