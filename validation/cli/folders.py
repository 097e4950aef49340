"""images/ on disk: reads what is there and renders what should be, for render, lock and build.

Imports render, model and errors; reads files, because render is pure.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from validation.cli.locks import python_platform, read_locks
from validation.cli.workspace import Workspace, read_text
from validation.errors import BadInput, Findings
from validation.model import Image, Project
from validation.render.folder import ImageFile, find_drift, render_folder


def read_templates(project: Project) -> dict[str, str]:
    """Return the text of every template by its file name."""
    found = {path.name: read_text(path) for path in sorted(project.templates.glob("*.j2"))}
    if not found:
        raise BadInput(f"no templates in {project.templates}", hint="a checkout has templates/*.j2")
    return found


def render_image(
    workspace: Workspace, image: Image, templates: Mapping[str, str]
) -> dict[str, str]:
    """Return what images/<id>/ should hold beside its locks: {file name: text}."""
    locks = read_locks(workspace.project, image)
    return render_folder(image, templates, locks, python_platform(image, workspace.facts))


def drift(project: Project, wanted: Mapping[str, str]) -> tuple[str, ...]:
    """Return a diff of images/ on disk against `wanted` ({"<id>/<file>": text})."""
    there = [path for path in wanted if (project.images / path).is_file()]
    return find_drift(wanted, {path: read_text(project.images / path) for path in there})


def read_folder(workspace: Workspace, image: Image, templates: Mapping[str, str]) -> ImageFile:
    """Return image.json of a folder that is rendered and locked; raise what to do otherwise."""
    wanted = render_image(workspace, image, templates)
    paths = {f"{image.id}/{name}": text for name, text in wanted.items()}
    differences = drift(workspace.project, paths)
    if differences:
        raise Findings(
            f"images/{image.id} is not what matrix.yaml and the templates come to",
            details=differences[:20],
            hint="imagewright render",
        )
    record = msgspec.json.decode(wanted["image.json"], type=ImageFile)
    if not record.locked:
        raise BadInput(
            f"images/{image.id} is not locked: {record.unlocked_because}",
            hint=f"imagewright lock {image.id} && imagewright render",
        )
    return record


def stale_folders(project: Project, known: set[str]) -> tuple[str, ...]:
    """Return the folders under images/ that no image of the matrix has."""
    if not project.images.is_dir():
        return ()
    there = (path.name for path in project.images.iterdir() if path.is_dir())
    return tuple(sorted(name for name in there if name not in known))


def removable(folder: Path) -> bool:
    """Return True when a stale folder holds only what Imagewright writes."""
    ours = {"Dockerfile", "image.json"}
    return all(path.name in ours or path.suffix == ".lock" for path in folder.iterdir())
