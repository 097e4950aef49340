"""`imagewright changelog`: what a changelog should say of the images since a commit."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from validation.cli import output, project
from validation.errors import BadInput, ExitCode, WorldFailed
from validation.matrix.load import load_matrix
from validation.model import Project
from validation.process import run
from validation.report.changelog import AXES, Contents, State, format_changelog

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_READ = ("image.json", "requirements.lock", "torch.lock")


@click.command("changelog")
@click.option(
    "--since",
    required=True,
    metavar="REF",
    help="A commit, tag or branch: what images were made of then.",
)
@click.pass_context
def command(ctx: click.Context, since: str) -> int:
    """Propose an entry of CHANGELOG.md: images added, removed and moved since REF.

    Compares images/ and matrix.yaml of a commit with those of the working tree: bases, versions,
    and what the locks pin. Every entry names the images that it affects.
    """
    where = project(ctx)
    before = _state(read_commit(where, since), f"matrix.yaml of {since}")
    after = _state(read_tree(where), "matrix.yaml")
    text = format_changelog(before, after)
    if not text:
        output.note(f"nothing that an image contains has changed since {since}")
        return ExitCode.CLEAN
    output.result(text)
    return ExitCode.CLEAN


def read_tree(where: Project) -> dict[str, str]:
    """Return the texts that tell of images in the working tree, by path below the root."""
    paths = [where.matrix, *(path for name in _READ for path in where.images.glob(f"*/{name}"))]
    return {path.relative_to(where.root).as_posix(): _text(path) for path in paths}


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}") from error


def read_commit(where: Project, ref: str) -> dict[str, str]:
    """Return the same texts of a commit; raises `BadInput` where git does not know it."""
    commit = _git(
        where, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
    )
    names = _git(
        where, "ls-tree", "-r", "-z", "--name-only", commit.strip(), "images", "matrix.yaml"
    )
    paths = [name for name in names.split("\0") if _wanted(name)]
    asked = "".join(f"{commit.strip()}:./{path}\n" for path in paths).encode()
    told = _git(where, "cat-file", "--batch", stdin=asked).encode()
    return dict(zip(paths, _blobs(told, ref), strict=True))


def _wanted(path: str) -> bool:
    return path == "matrix.yaml" or (
        path.startswith("images/") and path.count("/") == 2 and path.endswith(_READ)
    )


def _git(where: Project, *words: str, stdin: bytes | None = None) -> str:
    done = run(["git", "-C", where.root, *words], check=False, timeout=60, stdin=stdin)
    if done.ok:
        return done.stdout
    said = done.stderr.strip()
    if "not a git repository" in said:
        raise BadInput(f"{where.root} is in no git repository", hint="run it in a checkout")
    if words[0] == "rev-parse":
        raise BadInput(
            f"git knows no commit {words[-1].removesuffix('^{commit}')!r}", hint="git log"
        )
    raise WorldFailed(f"git {words[0]} failed", details=tuple(said.splitlines()[-5:]))


def _blobs(told: bytes, ref: str) -> Iterable[str]:
    """Yield what `git cat-file --batch` wrote: a line that ends with a size, and the text."""
    at = 0
    while at < len(told):
        line, _, _ = told[at:].partition(b"\n")
        size = line.rpartition(b" ")[2]
        if not size.isdigit():
            raise BadInput(f"a file of {ref} cannot be read: it is not UTF-8, or not there")
        start = at + len(line) + 1
        yield told[start : start + int(size)].decode()
        at = start + int(size) + 1


def _state(files: Mapping[str, str], name: str) -> State:
    """Return what the texts tell; a matrix that this tool no longer reads leaves the fleet out."""
    images = {}
    for path in files:
        if path.endswith("/image.json"):
            image = _contents(files, path)
            images[image.id] = image
    try:
        fleet = load_matrix(files.get("matrix.yaml", ""), name).fleet
    except BadInput as error:
        output.note(f"{error.what}: its fleet is not compared")
        return State(images=images)
    return State(images=images, drivers=fleet.drivers, gpus=fleet.gpus)


def _contents(files: Mapping[str, str], path: str) -> Contents:
    """Return an image of image.json, read key by key: an older one may lack what is new."""
    try:
        image: dict[str, Any] = msgspec.json.decode(files[path], type=dict[str, Any])["image"]
        axes = {axis: str(image[axis]) for axis in AXES if image.get(axis)}
        pins: dict[str, str] = {}
        for lock in _READ[1:]:
            pins |= _PIN.findall(files.get(f"{path.rpartition('/')[0]}/{lock}", ""))
        return Contents(
            id=image["id"],
            family=image["family"],
            base=image.get("base") or "",
            axes=axes,
            pins=pins,
        )
    except (KeyError, TypeError, AttributeError, msgspec.MsgspecError) as error:
        raise BadInput(f"{path} is no image.json: {error}", hint="imagewright render") from error
