"""GitLab CI → images and services of its jobs, with variables, extends and parallel matrices.

Pure; imports axes, nouns, records, tree and words. GitLab's own variables (CI_REGISTRY_IMAGE …) and
those of a project's settings are not in the file, and are named as unresolved.
"""

import re

from validation.watch.nouns import Given, Place
from validation.watch.references.axes import multiply
from validation.watch.references.kubernetes import MAX_IMAGE
from validation.watch.references.records import Found, Reading, Source, Value
from validation.watch.references.tree import (
    Listing,
    Mapping,
    Node,
    Scalar,
    child,
    items,
    pairs,
    read_yaml,
    scalar,
)

MAX_EXTENDS = 11
"""Most levels of `extends`: GitLab's own limit."""

MAX_PARENTS = 20
"""Most jobs that one level of `extends` is followed into."""

MAX_NESTING = 10
"""Most variables inside variables that are followed."""

_KEYWORDS = frozenset({
    "default", "include", "variables", "stages", "workflow", "image", "services", "cache",
    "before_script", "after_script", "pages", "spec",
})  # fmt: skip
_VARIABLE = re.compile(r"\$\$|\$\{(\w{1,100})\}|\$(\w{1,100})|\$\[\[\s{0,9}(.{0,100}?)\s{0,9}\]\]")
Variables = dict[str, Scalar]


def read_gitlab(reading: Reading) -> None:
    """Add what the jobs of a pipeline run in."""
    source, found = reading.source, reading.found
    for root in read_yaml(source, found):
        if not isinstance(root, Mapping):
            continue
        shared = _variables(root)
        jobs = {
            name: node
            for name, node in root.values.items()
            if isinstance(node, Mapping) and name not in _KEYWORDS
        }
        extended = {
            parent.text
            for job in jobs.values()
            for parent in items(job, "extends")
            if isinstance(parent, Scalar)
        }
        defaults = [node for node in (child(root, "default"), root) if node is not None]
        _images(source, found, defaults, shared)
        for name, job in jobs.items():
            if not (name.startswith(".") and name in extended):
                _job(source, found, _with_parents(job, jobs), shared, defaults)


def _job(
    source: Source,
    found: Found,
    chain: list[Node],
    shared: Variables,
    defaults: list[Node],
) -> None:
    """Add one job's images; `chain` is the job and what it extends, nearest first."""
    variables = dict(shared)
    for node in reversed(chain):
        variables.update(_variables(node))
    matrices = (items(one, "parallel", "matrix") for one in chain)
    for entry in next(filter(None, matrices), (None,)):
        axes = {
            name: values.items if isinstance(values, Listing) else (values,)
            for name, values in pairs(entry)
        }
        for combination in multiply(axes, found, chain[0].line):
            chosen = {name: node for name, node in combination.items() if isinstance(node, Scalar)}
            _images(source, found, [*chain, *defaults], {**variables, **chosen})


def _images(source: Source, found: Found, chain: list[Node], variables: Variables) -> None:
    """Add the first `image` and the first `services` of the chain."""
    image = next((node for one in chain if (node := child(one, "image")) is not None), None)
    _image(source, found, image, "gitlab image", variables)
    services = next((node for one in chain if (node := child(one, "services")) is not None), None)
    for service in items(services):
        _image(source, found, service, "gitlab service", variables)


def _image(
    source: Source, found: Found, node: Node | None, where: str, variables: Variables
) -> None:
    text = node if isinstance(node, Scalar) and not node.empty else scalar(node, "name")
    if text is not None:
        found.image(text.text, resolve(source, text.text, variables), where, text.line)


def resolve(source: Source, text: str, variables: Variables) -> Value:
    """Return a text with its variables put in; variables may hold others."""
    missing: dict[str, None] = {}
    given: dict[Given, None] = {}
    for _ in range(MAX_NESTING):
        if len(text) > MAX_IMAGE:
            return Value("", fault=f"longer than {MAX_IMAGE:,} characters")
        if not _VARIABLE.search(text):
            break

        def put(match: re.Match[str]) -> str:
            name = match[1] or match[2]
            if match[0] == "$$":
                return "\0"
            node = variables.get(name) if name else None
            if node is None:
                missing[name or match[3] or match[0]] = None
                return ""
            place = Place(file=source.file, line=node.line)
            how = f"variable {name}, {source.file} line {node.line}"
            given[Given(name=name, value=node.text, how=how, place=place)] = None
            return node.text[: MAX_IMAGE + 1]

        text = _VARIABLE.sub(put, text)
    else:
        return Value("", fault=f"variables nested deeper than {MAX_NESTING}")
    return Value(text.replace("\0", "$"), tuple(missing), tuple(given))


def _variables(node: Node) -> Variables:
    """Return `variables:` of a job or pipeline; a value may stand under `value:`."""
    found = {}
    for name, value in pairs(node, "variables"):
        text = value if isinstance(value, Scalar) else scalar(value, "value")
        if text is not None:
            found[name] = text
    return found


def _with_parents(job: Node, jobs: dict[str, Mapping]) -> list[Node]:
    """Return a job and all that it extends, nearest first: the last of several wins."""
    chain: list[Node] = [job]
    level = [job]
    for _ in range(MAX_EXTENDS):
        names = [
            parent.text
            for one in level
            for parent in reversed(items(one, "extends"))
            if isinstance(parent, Scalar)
        ]
        level = [jobs[name] for name in list(dict.fromkeys(names))[:MAX_PARENTS] if name in jobs]
        level = [one for one in level if all(one is not known for known in chain)]
        if not level:
            break
        chain += level
    return chain
