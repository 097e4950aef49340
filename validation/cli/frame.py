"""The frame that acting verbs share: what they take, and how they begin and end.

build and test both name images, may name Docker contexts, have a time limit, can only tell, work
in a run of their own, and leave nothing behind in any engine that they touched.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click

from validation.engine.client import Engine, connect
from validation.engine.runs import Run, open_run, reap
from validation.model import Project

_Command = Callable[..., Any]


def names(ctx: click.Context, parameter: click.Parameter, given: Sequence[str]) -> tuple[str, ...]:
    """Return the names of an option that may be repeated and may hold several: `a,b`."""
    found = [name.strip() for text in given for name in text.split(",")]
    if not all(found):
        raise click.BadParameter("an empty name", ctx, parameter)
    return tuple(dict.fromkeys(found))


def acting(*, dry_run: str, timeout: int, seconds_for: str) -> Callable[[_Command], _Command]:
    """Return a decorator that gives a verb the options that acting verbs share.

    `dry_run` says what is printed instead, `timeout` is the default in seconds, `seconds_for`
    what it holds for.
    """
    frame = (
        click.argument("selectors", nargs=-1),
        click.option(
            "--context",
            "contexts",
            multiple=True,
            metavar="NAME[,NAME…]",
            callback=names,
            help="Docker contexts whose engines are used instead of the one at hand.",
        ),
        click.option(
            "--timeout",
            type=click.IntRange(1),
            default=timeout,
            show_default=True,
            help=f"Seconds for {seconds_for}.",
        ),
        click.option("--dry-run", is_flag=True, help=dry_run),
    )

    def decorate(command: _Command) -> _Command:
        for option in reversed(frame):
            command = option(command)
        return command

    return decorate


@contextlib.contextmanager
def acting_run(project: Project, engines: Sequence[Engine]) -> Iterator[Run]:
    """Open a run for the block, after what dead runs left in the engines was removed."""
    for engine in engines:
        client = connect(engine)
        try:
            reap(client, project)
        finally:
            client.close()
    with open_run(project) as run:
        yield run
