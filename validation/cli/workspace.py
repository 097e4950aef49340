"""What several verbs need: the matrix, the facts and the plan of the checkout they work in.

Imports matrix, facts, render, model and errors; reads files, because the rooms below are pure.
"""

from collections.abc import Sequence
from pathlib import Path

from validation.errors import BadInput
from validation.facts.load import Facts, load_facts
from validation.matrix.load import MAX_BYTES, decode_matrix, load_matrix
from validation.matrix.plan import plan_matrix
from validation.matrix.select import select
from validation.matrix.serving import serving_order
from validation.model import Image, Matrix, Plan, Project, Record


class Unreadable(BadInput):
    """A file of the checkout is missing, unreadable or not text: 2 in every verb."""


class Workspace(Record, frozen=True, kw_only=True):
    """A checkout with its matrix resolved."""

    project: Project
    matrix: Matrix
    facts: Facts
    plan: Plan

    def selected(self, selectors: Sequence[str]) -> tuple[Image, ...]:
        """Return the images that selectors name; the matrix's default where there are none."""
        return select(self.plan, selectors or self.matrix.default)


def read_text(path: Path) -> str:
    """Return a file's text; raises `Unreadable` where it is missing, unreadable or not UTF-8."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(
            f"{path} cannot be read: {error}",
            hint="git checkout brings a committed file back; imagewright lock writes locks anew",
        ) from error


def _read_matrix(path: Path) -> bytes:
    """Return the file's bytes, as far as `decode_matrix` takes them and one more."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error


def open_workspace(project: Project) -> Workspace:
    """Read matrix.yaml and resolve it."""
    facts = load_facts()
    name = project.matrix.name
    matrix = load_matrix(decode_matrix(_read_matrix(project.matrix), name), name)
    return Workspace(project=project, matrix=matrix, facts=facts, plan=plan_matrix(matrix, facts))


def with_inference(workspace: Workspace, images: Sequence[Image]) -> tuple[Image, ...]:
    """Return `images` and the inference images that their proofs need, which go along unasked."""
    needed = {image.id: image for image in images}
    for image in images:
        if image.workload == "training":
            for other in serving_order(workspace.plan.images, image)[:1]:
                needed.setdefault(other.id, other)
    return tuple(needed.values())
