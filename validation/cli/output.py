"""What the command line writes: errors to stderr, results to stdout, and nothing else does."""

import difflib
import os
import sys
from collections.abc import Iterable

import click


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return '; did you mean …?' with the nearest known word, or an empty string."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def error(what: str, *, hint: str = "", details: Iterable[str] = ()) -> None:
    """Write a failure to stderr: what, the details, and the next step."""
    click.secho(f"error: {what}", fg="red", bold=True, err=True)
    for line in details:
        click.echo(f"  {line}", err=True)
    if hint:
        click.secho(f"  → {hint}", fg="cyan", err=True)


def note(text: str) -> None:
    """Write a remark to stderr, so that stdout stays a result that a program can read."""
    click.secho(f"note: {text}", fg="yellow", err=True)


def result(text: str) -> None:
    """Write a result to stdout, ended by one newline."""
    click.echo(text.rstrip("\n"))


def interactive() -> bool:
    """Return True when a person watches: stderr is a terminal and no CI runs us."""
    return sys.stderr.isatty() and os.environ.get("CI", "") in {"", "0", "false"}
