"""Tables about drivers and GPUs. Pure; imports facts, the report's tables and given."""

from validation.facts.platforms import Branch
from validation.report.documents.given import Given
from validation.report.documents.sourced import source_list, sourced_table
from validation.report.table import format_markdown_table


def cuda_drivers(given: Given) -> str:
    """Return the lowest driver by CUDA major, as its two sources give it."""
    table = given.facts.cuda_toolkits
    rows = [
        (
            f"CUDA {major}",
            f"≥ {least.driver} ({least.source})",
            f"R{least.branch} ({least.branch_source})",
        )
        for major, least in sorted(table.minimum_driver.items(), key=lambda item: int(item[0]))
    ]
    each = table.minimum_driver.values()
    used = {least.source for least in each} | {least.branch_source for least in each}
    return sourced_table(table, ("CUDA", "lowest driver", "lowest branch"), rows, used)


def _state(branch: Branch, day: str) -> str:
    over = {end.date <= day for end in branch.eol}
    if not over:
        return "end not known"
    return "sources disagree" if len(over) > 1 else "ended" if over == {True} else "supported"


def driver_branches(given: Given) -> str:
    """Return the driver branches, newest first, with every source's date of their end."""
    table = given.facts.drivers
    rows = [
        (
            f"R{name}",
            "long-term" if branch.lts else "",
            _state(branch, table.as_of),
            "; ".join(f"{end.date} ({end.source})" for end in branch.eol),
        )
        for name, branch in sorted(table.branches.items(), key=lambda item: -int(item[0]))
    ]
    used = [end.source for branch in table.branches.values() for end in branch.eol]
    header = ("branch", "kind", f"on {table.as_of}", "end of life")
    return sourced_table(table, header, rows, used)


def architectures(given: Given) -> str:
    """Return the GPU architectures with the CUDA releases that compile for them."""
    table = given.facts.gpus
    rows = [
        (
            name,
            gpu.name,
            f"CUDA {gpu.since_cuda}" if gpu.since_cuda else "not recorded",
            f"CUDA {gpu.until_cuda_major}.x" if gpu.until_cuda_major else "no limit recorded",
            f"R{gpu.last_driver}" if gpu.last_driver else "no limit recorded",
            gpu.source,
        )
        for name, gpu in sorted(table.gpus.items(), key=lambda item: int(item[0][3:]))
    ]
    header = ("capability", "architecture", "compiled since", "compiled until", "last driver",
              "source")  # fmt: skip
    notes = "\n".join(f"{note.text} ({note.source})\n" for note in table.notes)
    used = [gpu.source for gpu in table.gpus.values()] + [note.source for note in table.notes]
    return f"{format_markdown_table(header, rows)}\n\n{notes}\n{source_list(table, used)}"


def cards(given: Given) -> str:
    """Return what GPUs can reach, which measured rates are held against."""
    table = given.facts.gpu_cards
    rows = [
        (
            " / ".join(card.names),
            f"{card.half_tflops:g}",
            f"{card.tb_per_s:g}",
            str(card.watts),
            card.source,
        )
        for card in sorted(table.cards, key=lambda card: card.half_tflops)
    ]
    header = ("GPU", "bf16/fp16 dense, TFLOP/s", "memory, TB/s", "board, W", "source")
    notes = "\n\n".join(f"{note.text} ({note.source})" for note in table.notes)
    used = [card.source for card in table.cards] + [note.source for note in table.notes]
    return f"{format_markdown_table(header, rows)}\n\n{notes}\n\n{source_list(table, used)}"
