"""What tables are made of. Pure; imports facts and model."""

from validation.facts.load import Facts
from validation.model import Matrix, Plan, Record


class Figure(Record, frozen=True, kw_only=True):
    """One measurement: what, how much, and how anybody can measure it again.

    `topic` is the table that it stands in. `family` is the family of matrix.yaml that it is about,
    empty when it is about the tool. `value` carries its unit. `machine` names the type of machine,
    `date` is ISO 8601.
    """

    topic: str
    what: str
    value: str
    command: str
    machine: str
    date: str
    family: str = ""


class Given(Record, frozen=True, kw_only=True):
    """Facts, the matrix with its plan, and the measurements that are committed."""

    facts: Facts
    matrix: Matrix
    plan: Plan
    figures: tuple[Figure, ...]
