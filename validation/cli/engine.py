"""`imagewright engine [status|up|down|bundle|import|cdi]`: the engine that all verbs use."""

from pathlib import Path

import click

from validation.cli import output
from validation.cli import project as project_of
from validation.engine import private
from validation.engine.cdi import render_spec, this_driver
from validation.engine.client import connect, find_engine
from validation.engine.host_root import import_root
from validation.engine.layout import layout_of
from validation.engine.runs import reap
from validation.errors import WorldFailed
from validation.process import run

_GB = 10**9
_MB = 10**6


def _line(name: str, value: str) -> str:
    return f"{name:<11} {value}"


def render_status(status: private.EngineStatus) -> str:
    """Return the status as lines of "name value"."""
    engine = status.engine
    networking = {
        "bridge": "bridge",
        "host-only": "host or none (a private engine leaves the packet filter alone)",
    }[engine.networking]
    free = "" if status.disk_free is None else f", {status.disk_free / _GB:.1f} GB free"
    lines = (
        _line("engine", f"Docker {engine.version} ({'private' if engine.private else 'found'})"),
        _line("host", engine.host),
        _line("buildkit", status.buildkit),
        _line("buildx", f"{status.buildx} ({engine.buildx})"),
        _line("compose", f"{status.compose} ({engine.compose})" if engine.compose else "none"),
        _line("networking", networking),
        _line("cgroup", status.cgroup),
        _line("storage", f"{status.storage}, {status.disk_used / _GB:.2f} GB used{free}"),
        _line("data root", engine.data_root),
    )
    return "\n".join(lines)


@click.group(invoke_without_command=True, short_help="Show, start or remove the engine.")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show, start or remove the container engine; without a word: show.

    An engine that answers is used as it is: DOCKER_HOST, else the private one, else Docker's
    current context. `up` starts a private one only where none of them does.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(status)


@command.command()
@click.pass_context
def status(ctx: click.Context) -> None:
    """Show which engine the other verbs use; exit 3 when there is none."""
    output.result(render_status(private.status(project_of(ctx))))


@command.command()
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option(
    "--bundle",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take the programs from this file of `engine bundle`: no package archive is asked.",
)
@click.pass_context
def up(ctx: click.Context, *, dry_run: bool, bundle: Path | None) -> None:
    """Make sure that an engine answers: start a private one if none does.

    Its containers get this machine's NVIDIA GPUs by CDI, as nvidia.com/gpu=all.
    """
    project = project_of(ctx)
    if dry_run:
        output.result("\n".join(private.plan_up(project)))
        return
    engine = private.up(project, bundle=bundle, report=output.note)
    reap(connect(engine), project)  # what a killed engine or run left behind
    kind = "private" if engine.private else "found"
    output.result(f"engine up: Docker {engine.version} ({kind}) at {engine.host}")


@command.command()
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file to write, such as engine.tar.xz.",
)
@click.option(
    "--level",
    type=click.IntRange(0, 9),
    default=9,
    show_default=True,
    help="How hard xz packs: 9 takes minutes, 0 seconds.",
)
@click.pass_context
def bundle(ctx: click.Context, *, out: Path, level: int) -> None:
    """Pack an engine into one file, for hosts that reach no package archive.

    There: imagewright engine up --bundle FILE.
    """
    written, packed = private.bundle(project_of(ctx), out, level=level, report=output.note)
    output.result(f"{out}: {written / _MB:.1f} MB, {packed / _MB:.0f} MB unpacked")


@command.command(name="import")
@click.argument("reference")
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default="/",
    show_default=True,
    help="The folder to import: this machine's own root, or where another one is mounted.",
)
@click.pass_context
def import_(ctx: click.Context, *, reference: str, root: Path) -> None:
    """Import a root file system as the image REFERENCE: a base for family rootfs.

    Left out are other file systems mounted below it, and what is this machine's alone: passwords,
    host keys, credentials of package managers. Secrets elsewhere in /etc, /opt and /usr are copied.
    """
    engine = find_engine(project_of(ctx))
    output.note(f"importing {root}: minutes for tens of gigabytes")
    image, size = import_root(connect(engine), root, reference)
    output.result(f"{reference}: {size / _GB:.1f} GB, {image}")


@command.command()
@click.pass_context
def cdi(ctx: click.Context) -> None:
    """Print a CDI specification of this machine's GPUs; exit 3 where there is none.

    A private engine has it already. For an engine of yours without NVIDIA's Container Toolkit:
    write it to /etc/cdi/nvidia.json and switch on the engine's feature `cdi`.
    """
    del ctx
    driver = this_driver(run)
    if driver is None:
        raise WorldFailed(
            "no NVIDIA GPU here: no /dev/nvidia0, or no libcuda.so.1 where the loader looks",
            hint="install the driver, or name its folder in LD_LIBRARY_PATH",
        )
    output.result(render_spec(driver).rstrip("\n"))


@command.command()
@click.pass_context
def down(ctx: click.Context) -> None:
    """Stop and remove the private engine with all its images; an engine of yours is left alone."""
    project = project_of(ctx)
    if not private.down(project, report=output.note):
        output.result("engine down: no private engine was there")
        return
    output.result("engine down: the private engine and its images are removed")
    packages = layout_of(project).packages
    if packages.is_dir():
        output.note(f"downloaded packages stay for the next `up`: {packages}")
