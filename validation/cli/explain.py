"""`imagewright explain`: why a combination can be, or cannot, and what is nearest."""

from collections.abc import Sequence

import click

from validation.cli import output, project
from validation.cli.workspace import read_text
from validation.errors import BadInput, ExitCode
from validation.facts.load import load_facts
from validation.matrix.expand import expand
from validation.matrix.explain import explain
from validation.matrix.load import load_matrix
from validation.matrix.resolve import serving_of
from validation.matrix.wish import parse_wish
from validation.model import Matrix
from validation.report.explanation import explanation_json, explanation_text


@click.command("explain")
@click.argument("terms", nargs=-1, required=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
)
@click.pass_context
def command(ctx: click.Context, terms: Sequence[str], form: str) -> int:
    """Explain one combination: an id of the matrix, or TERMS such as torch=2.5.0 cuda=12.6.

    All arguments together are one combination. Axes that are not named come from family=NAME, or
    are chosen; base=, drivers= and gpus=sm_75,sm_90 can be said too. Without a fleet of its own a
    combination is held against the matrix's fleet. Exit 0: possible; 1: not, or not known.
    """
    matrix = _matrix(ctx)
    facts = load_facts()
    candidate = parse_wish(terms, matrix)
    serving = serving_of(expand(matrix), facts) if matrix else ()
    told = explain(candidate, facts, serving)
    output.result(explanation_json(told) if form == "json" else explanation_text(told))
    return ExitCode.CLEAN if told.possible else ExitCode.FINDINGS


def _matrix(ctx: click.Context) -> Matrix | None:
    """Return the matrix of the checkout; None outside of one, unless --root names it."""
    try:
        found = project(ctx)
    except BadInput:
        if ctx.find_root().obj is not None:
            raise
        return None
    return load_matrix(read_text(found.matrix), "matrix.yaml")
