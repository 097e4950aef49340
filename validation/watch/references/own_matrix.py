"""matrix.yaml → the base of every image that it comes to, with what is installed on it.

Pure; imports facts, matrix and records. A combination that cannot exist has no base.
"""

import re
from collections.abc import Iterator

from validation.errors import BadInput
from validation.facts.load import load_facts
from validation.matrix.blocks import Blocks
from validation.matrix.load import load_matrix
from validation.matrix.plan import plan_matrix
from validation.model import Image, Matrix, Plan
from validation.watch.nouns import Given, Place, Reference
from validation.watch.references.records import Reading, Source

_KEYS = re.compile(r"""^["']?(version|repository|uv|images|fleet)["']?[ \t]*:""", re.MULTILINE)
_ENOUGH = 4  # as many as a matrix must have (matrix.grammar); `fleet` is optional
_PROBLEM = re.compile(r".*?:(\d+):\d+: (.*)", re.DOTALL)


def is_own_matrix(source: Source) -> bool:
    """Return whether a YAML file is written for this tool, by its top-level keys.

    It has all four that a matrix must have, or all but one of them and `fleet`: then what is
    missing is told, as of any broken matrix.
    """
    return len(set(_KEYS.findall(source.text.removeprefix("\ufeff")))) >= _ENOUGH


def read_own_matrix(reading: Reading) -> None:
    """Add each base with the requirements of the images that stand on it."""
    source, found = reading.source, reading.found
    try:
        matrix = load_matrix(source.text, source.file)
        plan = plan_matrix(matrix, reading.options.facts or load_facts())
    except BadInput as error:
        for detail in error.details or (error.what,):
            match = _PROBLEM.fullmatch(detail)
            found.problem(int(match[1]) if match else 1, match[2] if match else detail)
        return
    bounds = found.bounds
    for number, reference in enumerate(references_of(matrix, plan, source.file), start=1):
        if number > bounds.references:
            line = reference.place.line
            found.problem(line, f"more than {bounds.references:,} bases; the rest is left out")
            return
        found.references.append(reference)


def references_of(matrix: Matrix, plan: Plan, file: str) -> Iterator[Reference]:
    """Yield each base of a plan once for each family and what is installed on it.

    `file` is where the matrix stands, for places.
    """
    blocks = Blocks(matrix.families)
    seen: set[tuple[int, str, tuple[str, ...]]] = set()
    for image in plan.images:
        line = blocks.line(image)
        installs = installs_of(image)
        if image.base is not None and (line, image.base, installs) not in seen:
            seen.add((line, image.base, installs))
            yield _reference(file, image, image.base, line, installs)


def _reference(
    file: str, image: Image, base: str, line: int, installs: tuple[str, ...]
) -> Reference:
    place = Place(file=file, line=line)
    axes = {"cuda": image.cuda, "flavor": image.flavor, "os": image.os}
    how = f"image {image.id}"
    return Reference(
        raw=base,
        resolved=base,
        where="matrix.yaml",
        place=place,
        how=how,
        installs=installs,
        given=tuple(
            Given(name=name, value=value, how=how, place=place)
            for name, value in axes.items()
            if value
        ),
        indexes=(image.torch_index_url,) if image.torch_index_url else (),
    )


def installs_of(image: Image) -> tuple[str, ...]:
    """Return the requirements; torch says its variant, which on PyPI its version leaves unsaid."""
    torch = f"torch=={image.torch}"
    named = f"{torch}+{image.variant}" if image.variant else torch
    found = [named if text == torch else text for text in image.requirements]
    return (*found, f"python=={image.python}")
