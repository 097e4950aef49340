"""`imagewright engine [status|up|down]`: the container engine that every other verb uses."""

import click

from validation.cli import output
from validation.cli import project as project_of
from validation.engine import private
from validation.engine.client import connect
from validation.engine.layout import layout_of
from validation.engine.runs import reap

_GB = 10**9


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
@click.pass_context
def up(ctx: click.Context, *, dry_run: bool) -> None:
    """Make sure that an engine answers: start a private one if none does."""
    project = project_of(ctx)
    if dry_run:
        output.result("\n".join(private.plan_up(project)))
        return
    engine = private.up(project, report=output.note)
    reap(connect(engine), project)  # what a killed engine or run left behind
    kind = "private" if engine.private else "found"
    output.result(f"engine up: Docker {engine.version} ({kind}) at {engine.host}")


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
