"""Shows what runs: a live table for a person at a terminal, plain lines for a log.

Imports rich, and only when a person watches.
"""

import threading
import time
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

from validation.cli import output

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table


class Display:
    """One line per image, with its state and its latest step. Safe to call from threads."""

    def __init__(self, names: Iterable[str], verb: str) -> None:
        self._state = dict.fromkeys(names, ("waiting", ""))
        self._began: dict[str, float] = {}
        self._took: dict[str, float] = {}
        self._verb = verb
        self._lock = threading.Lock()
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if output.interactive():
            from rich.console import Console  # noqa: PLC0415  (costs 60 ms, only for a terminal)
            from rich.live import Live  # noqa: PLC0415

            self._live = Live(
                console=Console(stderr=True), get_renderable=self._table, refresh_per_second=4
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def step(self, name: str, text: str) -> None:
        """Say what an image is at."""
        with self._lock:
            self._began.setdefault(name, time.monotonic())
            self._state[name] = (self._verb, text)
        if self._live is None:
            click.echo(f"[{name}] {text}", err=True)

    def done(self, name: str, state: str, text: str = "") -> None:
        """Say how an image ended."""
        with self._lock:
            self._took[name] = time.monotonic() - self._began.get(name, time.monotonic())
            self._state[name] = (state, text)
        if self._live is None:
            click.echo(f"[{name}] {state}{': ' + text if text else ''}", err=True)

    def say(self, text: str) -> None:
        """Say what concerns no image, or all of them."""
        if self._live is None:
            output.note(text)
        else:
            self._live.console.print(f"note: {text}", style="yellow", markup=False)

    def _table(self) -> "Table":
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        table = Table(box=None, pad_edge=False, show_header=False, expand=True)
        for column in ("image", "state", "seconds"):
            table.add_column(column, no_wrap=True)
        table.add_column("step", no_wrap=True, overflow="ellipsis", ratio=1)
        colours = {"failed": "red", "waiting": "dim", self._verb: "cyan"}
        now = time.monotonic()
        with self._lock:
            for name, (state, text) in self._state.items():
                spent = self._took.get(name, now - self._began.get(name, now))
                table.add_row(
                    Text(name),
                    Text(state, style=colours.get(state, "green")),
                    Text(f"{spent:.0f} s", justify="right"),
                    Text(text, style="dim"),
                )
        return table
