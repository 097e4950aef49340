"""A comparison of two images for people: text for a terminal, Markdown for a page.

Pure; imports prove.compare's records, prove.ledger's words and report.table.
"""

from collections.abc import Sequence
from textwrap import fill

from validation.prove.compare.judging import (
    carried_gaps,
    format_gap,
    format_tolerance,
    gap_problem,
    worst_gap,
)
from validation.prove.compare.record import Carried, Change, Comparison, Figure
from validation.prove.compare.statistics import CHANCE, FEWEST, LEAST
from validation.prove.ledger import SIGNS, format_proof
from validation.prove.receipt import Proof
from validation.report.table import format_markdown_table, format_table

CRITERION = (
    f"A difference counts where an exact two-sided Mann-Whitney test of the runs gives a chance of "
    f"at most {CHANCE:.0%} and the medians are at least {LEAST:.0%} apart; anything else is inside "
    f"the noise. Fewer than {FEWEST} runs each tell nothing of noise."
)
_SAYS = {
    "same": "same",
    "better": "better",
    "worse": "worse",
    "noise": "inside the noise",
    "unknown": "too few runs to tell",
}
_FIGURES = ("figure", "unit", "OLD: median (range)", "NEW: median (range)", "NEW/OLD", "so NEW is")
_WIDTH = 110
"""Characters of a line of prose: as wide as the table of figures."""
_LISTED = 12
"""Packages told by name in each list; the record has them all."""


def format_comparison(comparison: Comparison) -> str:
    """Return a comparison as text, ready to print."""
    lines = [*_heads(comparison), _setting(comparison), ""]
    lines += [line for check in comparison.checks for line in _check_lines(check)]
    lines += [*_asides(comparison), ""]
    lines += [format_table(_FIGURES, _figure_rows(comparison)), fill(CRITERION, _WIDTH), ""]
    lines += ["what differs:" if comparison.changes else "nothing differs by their own records"]
    lines += [
        fill(line, _WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
        for line in _change_lines(comparison.changes)
    ]
    return "\n".join([*lines, "", verdict(comparison)])


def format_comparison_page(comparison: Comparison) -> str:
    """Return a comparison as a Markdown page."""
    rows = [
        (SIGNS[check.outcome], f"`{check.name}`", check.about, _outcome(check))
        for check in comparison.checks
    ]
    blocks = [
        f"# {comparison.old.image.id} → {comparison.new.image.id}",
        f"**{verdict(comparison)}**",
        "\n".join(f"- {line}" for line in [*_heads(comparison), _setting(comparison)]),
        "## Checks",
        format_markdown_table(("", "check", "what it says", "found"), rows),
        "\n".join(f"- {line}" for line in _asides(comparison)),
        "## Figures",
        format_markdown_table(_FIGURES, _figure_rows(comparison)),
        CRITERION,
        "## What differs",
        "\n".join(f"- {line}" for line in _change_lines(comparison.changes))
        or "Nothing, by their own records.",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def verdict(comparison: Comparison) -> str:
    """Return what the comparison comes to, in one line."""
    counts = comparison.counts
    if comparison.passed:
        return f"passed: all {counts.passed} checks hold, NEW can take OLD's place"
    failed = [check.name for check in comparison.checks if check.outcome == "failed"]
    skipped = f"; {counts.skipped} were skipped for it" if counts.skipped else ""
    return f"differs: {', '.join(failed)}{skipped}"


def _heads(comparison: Comparison) -> list[str]:
    return [
        f"{name}: {side.image.id} ({side.built.image_id.removeprefix('sha256:')[:12]})"
        for name, side in (("OLD", comparison.old), ("NEW", comparison.new))
    ]


def _setting(comparison: Comparison) -> str:
    host, runs = comparison.host, comparison.runs
    last = comparison.seed + runs - 1
    seeds = f"seed {comparison.seed}" if runs == 1 else f"seeds {comparison.seed} to {last}"
    each = "1 run each" if runs == 1 else f"{runs} runs each, in turn"
    place = f" ({comparison.engine.place})" if comparison.engine.place else ""
    return (
        f"{each}: {seeds}, {comparison.steps} steps on {comparison.device}; "
        f"{host.processors} processors, {host.machine}, Docker {comparison.engine.version}{place}, "
        f"{comparison.started:%Y-%m-%d %H:%M} UTC"
    )


def _outcome(check: Proof) -> str:
    return check.measured or check.reason.partition("\n")[0]


def _check_lines(check: Proof) -> list[str]:
    more = check.reason.splitlines()[1:] if check.outcome == "failed" else []
    return [format_proof(check), *(f"    {line}" for line in more)]


def _asides(comparison: Comparison) -> list[str]:
    """Return what is told beside the checks: where ONNX ran, and how the way back looks."""
    told = [f"tolerance of outputs: {format_tolerance(comparison.tolerance)}"]
    if comparison.onnx is not None:
        told.append(f"ONNX ran in {comparison.onnx.image} by {comparison.onnx.runtime}")
    if comparison.back is not None:
        told.append(f"the way back (for information): {_way_back(comparison.back, comparison)}")
    return told


def _way_back(back: Carried, comparison: Comparison) -> str:
    if not back.loads:
        return f"NEW's checkpoint does not load in OLD: {back.reason}"
    gaps = carried_gaps(back)
    problem, worst = gap_problem(gaps, comparison.tolerance), worst_gap(gaps)
    state = "" if back.restores else ", and its optimiser does not take its state"
    found = problem or (format_gap(worst) if worst else "")
    word = "with other outputs" if problem else "with the same outputs"
    return f"NEW's checkpoint loads in OLD {word}: {found}{state}"


def _figure_rows(comparison: Comparison) -> list[tuple[str, ...]]:
    return [
        (
            figure.name,
            figure.unit,
            _values(figure.old, figure.old_median),
            _values(figure.new, figure.new_median),
            "" if figure.ratio is None else _ratio(figure.ratio),
            _so(figure),
        )
        for figure in comparison.figures
    ]


def _so(figure: Figure) -> str:
    if figure.verdict == "unknown" and not (figure.old and figure.new):
        return "not measured in both"
    return _SAYS[figure.verdict]


def _values(values: Sequence[float], middle: float | None) -> str:
    if middle is None:
        return "-"
    if len(values) == 1:
        return _number(middle)
    return f"{_number(middle)} ({_number(min(values))} to {_number(max(values))})"


def _ratio(value: float) -> str:
    """Return a ratio with two decimals, or two figures where that would be nothing."""
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def _number(value: float) -> str:
    """Return a number with three figures, and no decimals from a hundred on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _change_lines(changes: Sequence[Change]) -> list[str]:
    own = [change for change in changes if change.topic != "package"]
    packages = [change for change in changes if change.topic == "package"]
    lines = [_change_line(change) for change in own]
    moved = [f"{each.name} {each.old} → {each.new}" for each in packages if each.old and each.new]
    only_old = [f"{each.name} {each.old}" for each in packages if not each.new]
    only_new = [f"{each.name} {each.new}" for each in packages if not each.old]
    for title, names in (
        ("packages that moved", moved),
        ("only in OLD", only_old),
        ("only in NEW", only_new),
    ):
        if names:
            rest = f", and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
            lines.append(f"{title}: {', '.join(names[:_LISTED])}{rest}")
    return lines


def _change_line(change: Change) -> str:
    matters = f": {change.matters}" if change.matters else ""
    return f"{change.name} {change.old or 'none'} → {change.new or 'none'}{matters}"
