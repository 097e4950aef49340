"""GitHub workflows and actions → containers, services, docker:// steps, and Dockerfile builds.

Pure; imports axes, builds, expressions, records and tree. `strategy.matrix` is expanded where it is
literal, into containers, services and the build args of docker/build-push-action.
"""

from validation.watch.references.axes import combinations
from validation.watch.references.builds import add_build, arg
from validation.watch.references.expressions import Names, evaluate, nodes_scope, without_host
from validation.watch.references.records import Reading, Source, Value
from validation.watch.references.tree import Node, Scalar, child, items, pairs, read_yaml, scalar

_STEP_IMAGE = "docker://"
_BUILD_ACTION = "docker/build-push-action@"


def read_workflow(reading: Reading) -> None:
    """Add what a workflow's jobs run in and what they build."""
    source, found = reading.source, reading.found
    for root in read_yaml(source, found):
        shared = _environment(source, root, {})
        for _, job in pairs(root, "jobs"):
            environment = _environment(source, job, shared)
            for combination in combinations(child(job, "strategy", "matrix"), found, job.line):
                matrix = nodes_scope(source, "matrix", combination)
                _job(reading, job, matrix, environment)


def read_action(reading: Reading) -> None:
    """Add what an action stands on: its image, its Dockerfile, and its docker:// steps."""
    for root in read_yaml(reading.source, reading.found):
        image = scalar(root, "runs", "image")
        if image is not None and image.text.startswith(_STEP_IMAGE):
            text = image.text.removeprefix(_STEP_IMAGE)
            reading.found.image(text, Value(text), "action image", image.line)
        elif image is not None:
            path = Value(image.text)
            add_build(reading, context=Value(""), dockerfile=path, line=image.line, args={})
        for step in items(root, "runs", "steps"):
            _step(reading, step, {})


def _environment(source: Source, node: Node, outer: Names) -> Names:
    """Return `env.NAME` for the `env:` of a workflow, job or step, and those around it."""
    names = dict(outer)
    for name, value in pairs(node, "env"):
        if isinstance(value, Scalar):
            evaluated = evaluate(value.text, outer)
            names[f"env.{name.lower()}"] = arg(source, name, evaluated, value.line)
    return names


def _job(reading: Reading, job: Node, matrix: Names, environment: Names) -> None:
    # The `env` context does not exist yet when containers are chosen.
    container = scalar(job, "container") or scalar(job, "container", "image")
    if container is not None:
        text = container.text.removeprefix(_STEP_IMAGE)
        value = without_host(evaluate(text, matrix))
        reading.found.image(text, value, "workflow container", container.line)
    for _, service in pairs(job, "services"):
        image = scalar(service, "image")
        if image is not None:
            value = evaluate(image.text, matrix)
            reading.found.image(image.text, value, "workflow service", image.line)
    names = {**environment, **matrix}
    for step in items(job, "steps"):
        _step(reading, step, _environment(reading.source, step, names))


def _step(reading: Reading, step: Node, names: Names) -> None:
    uses = scalar(step, "uses")
    if uses is None:
        return
    if uses.text.startswith(_STEP_IMAGE):
        text = uses.text.removeprefix(_STEP_IMAGE)
        reading.found.image(text, evaluate(text, names), "workflow step", uses.line)
    elif uses.text.startswith(_BUILD_ACTION):
        _build(reading, step, names, uses.line)


def _build(reading: Reading, step: Node, names: Names, line: int) -> None:
    """Add a build-push-action's build; its paths begin at the repository's root."""
    context, file = scalar(step, "with", "context"), scalar(step, "with", "file")
    folder = evaluate(context.text if context else ".", names)
    is_remote = "://" in folder.text
    add_build(
        reading,
        context=Value("") if file and not is_remote else folder,
        dockerfile=evaluate(file.text, names) if file else None,
        line=line,
        args=_build_args(reading.source, scalar(step, "with", "build-args"), names),
        from_root=True,
    )


def _build_args(source: Source, node: Scalar | None, names: Names) -> dict[str, Value]:
    """Return NAME=VALUE lines; in a literal block each knows its own line."""
    args = {}
    for at, text in enumerate(node.text.split("\n") if node else (), start=1):
        name, equals, value = text.strip().partition("=")
        if node is not None and equals and name.isidentifier():
            line = node.line + at if node.style == "|" else node.line
            args[name] = arg(source, name, evaluate(value.strip(), names), line)
    return args
