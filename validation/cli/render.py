"""`imagewright render`: templates to images/<id>/, or a check that they agree."""

import shutil
from collections.abc import Mapping

import click

from validation.cli import output, project
from validation.cli.folders import drift, read_templates, removable, render_image, stale_folders
from validation.cli.locks import is_locked
from validation.cli.workspace import open_workspace
from validation.errors import BadInput, Findings
from validation.files import write_atomic
from validation.model import Project


@click.command("render")
@click.option("--check", is_flag=True, help="Change nothing; exit 1 with a diff on any drift.")
@click.pass_context
def command(ctx: click.Context, check: bool) -> None:
    """Write images/<id>/Dockerfile and image.json for every image of the matrix.

    Nothing is resolved here: `imagewright lock` alone writes the locks.
    """
    workspace = open_workspace(project(ctx))
    here = workspace.project
    templates = read_templates(here)
    wanted = {
        f"{image.id}/{name}": text
        for image in workspace.plan.images
        for name, text in render_image(workspace, image, templates).items()
    }
    known = {image.id for image in workspace.plan.images}
    if check:
        _check(here, wanted, known)
        return
    written = 0
    for path, text in wanted.items():
        target = here.images / path
        if not target.is_file() or target.read_text("utf-8") != text:
            write_atomic(target, text.encode())
            written += 1
    for name in stale_folders(here, known):
        if not removable(here.images / name):
            raise BadInput(
                f"images/{name} belongs to no image and holds files that are not ours",
                hint="move them away, then render again",
            )
        shutil.rmtree(here.images / name)
        output.note(f"images/{name} removed: no image of this id")
    for image in workspace.plan.images:
        if not is_locked(workspace, image):
            output.note(f"{image.id} is not locked: imagewright lock {image.id}, then render")
    output.result(f"{len(known)} images, {written} files written")


def _check(here: Project, wanted: Mapping[str, str], known: set[str]) -> None:
    stale = [f"images/{name}: stale, no image of this id" for name in stale_folders(here, known)]
    differences = (*drift(here, wanted), *stale)
    if differences:
        raise Findings(
            "images/ is not what matrix.yaml, the templates and the locks come to",
            details=differences,
            hint="imagewright render, then commit images/",
        )
    output.result(f"{len(known)} images, no drift")
