"""What every injection showed, kept line by line so that a session goes on where it stopped."""

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.catalogue import Case
from tests.faults.judge import Result
from tests.faults.lab import ROOT

BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
PAGE = ROOT / "docs/reliability.md"


class Ledger:
    """A file of JSON lines; a case that was lost is tried again by the next session."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries: dict[str, dict] = {}
        for line in path.read_text("utf-8").splitlines() if path.exists() else ():
            entry = json.loads(line)
            self.entries[entry["case"]] = entry

    def done(self, case: Case) -> bool:
        entry = self.entries.get(case.id)
        return entry is not None and not entry["losses"]

    def add(self, case: Case, result: Result) -> None:
        entry = {
            "case": case.id,
            "fault": case.fault.name,
            "where": case.fault.where,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            **result._asdict(),
        }
        self.entries[case.id] = entry
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


def shown_code(code: int) -> str:
    """Return an exit status as a shell tells it, and as the table does."""
    return "killed" if code < 0 else str(code)


def rows(cases: list[Case], ledger: Ledger) -> list[str]:
    """Return the table's lines, one for each fault at each place, in the catalogue's order."""
    lines = [
        "| fault | where | injections | exit codes | next step in the message "
        "| left until the next run | lost |",
        "|---|---|--:|---|---|---|--:|",
    ]  # fmt: skip
    for fault, where in dict.fromkeys((case.fault.name, case.fault.where) for case in cases):
        found = [
            ledger.entries[case.id]
            for case in cases
            if (case.fault.name, case.fault.where) == (fault, where)
        ]
        codes = ", ".join(sorted({shown_code(one["code"]) for one in found}))
        hints = "; ".join(sorted({one["hint"] for one in found} - {""})).replace("|", "\\|")
        left = ", ".join(sorted({kind for one in found for kind in one["left"]})) or "nothing"
        lost = sum(bool(one["losses"]) for one in found)
        lines.append(
            f"| {fault} | {where} | {len(found)} | {codes} | {hints or '—'} | {left} | {lost} |"
        )
    return lines


def table(cases: list[Case], ledger: Ledger, seed: int) -> str:
    """Return the generated part of the page; every case must have been run."""
    entries = [ledger.entries[case.id] for case in cases]
    day = max(entry["at"] for entry in entries)[:10]
    lost = sum(bool(entry["losses"]) for entry in entries)
    seconds = sum(entry["seconds"] for entry in entries)
    kernel = platform.release().partition("-")[0]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Linux {kernel}"
    return "\n".join([
        f"{day}, seed {seed}, {machine}: **{len(entries)} injections, "
        f"{lost} lost**, {seconds / 60:.0f} minutes in all.",
        "",
        *rows(cases, ledger),
    ])  # fmt: skip


def write_page(text: str) -> None:
    """Put the table between its marks in docs/reliability.md."""
    page = PAGE.read_text("utf-8")
    head, tail = page.partition(BEGIN)[0], page.partition(END)[2]
    PAGE.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}", "utf-8")
