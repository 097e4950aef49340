"""What one `test` showed: counts, every failure, and every skip with its reason, as text.

Pure; imports prove.receipt and report.table.
"""

from collections.abc import Sequence

from validation.prove.receipt import Counts, Proof, Receipt


def total(receipts: Sequence[Receipt]) -> Counts:
    """Return all proofs of several images by outcome."""
    return sum((receipt.counts for receipt in receipts), Counts())


def format_counts(counts: Counts) -> str:
    """Return "24 proofs ran: 23 passed, 1 failed; 2 were skipped"."""
    proofs = "proof" if counts.ran == 1 else "proofs"
    were = "was" if counts.skipped == 1 else "were"
    return (
        f"{counts.ran} {proofs} ran: {counts.passed} passed, {counts.failed} failed; "
        f"{counts.skipped} {were} skipped"
    )


def skips_by_reason(receipts: Sequence[Receipt]) -> dict[str, list[str]]:
    """Return {reason: names of the proofs that it kept from running}, in order."""
    found: dict[str, list[str]] = {}
    for receipt in receipts:
        for proof in receipt.proofs:
            if proof.outcome == "skipped":
                names = found.setdefault(proof.reason, [])
                names += [proof.name] if proof.name not in names else []
    return found


def format_summary(receipts: Sequence[Receipt]) -> str:
    """Return what a run of proofs came to, ready to print."""
    lines: list[str] = []
    for receipt in receipts:
        lines += _format_failures(receipt)
        if receipt.verdict == "incomplete":
            lines.append(f"incomplete: {receipt.image.id}: {'; '.join(receipt.why_missing())}")
    skips = skips_by_reason(receipts)
    if skips:
        lines.append("skipped:")
        lines += [f"  {', '.join(names)}: {reason}" for reason, names in skips.items()]
    notes = _notes(receipts)
    if notes:
        lines.append("notes:")
        lines += [f"  {note}" for note in notes]
    lines.append(format_counts(total(receipts)))
    return "\n".join(lines)


def _format_failures(receipt: Receipt) -> list[str]:
    lines: list[str] = []
    for proof in receipt.proofs:
        if proof.outcome == "failed":
            first, *rest = proof.reason.splitlines() or ["no reason was given"]
            lines.append(f"failed: {receipt.image.id}: {proof.name}: {first}")
            lines += [f"    {line}" for line in rest]
            lines += [f"  what it proves: {proof.about}"] if proof.about else []
    return lines


def _notes(receipts: Sequence[Receipt]) -> list[str]:
    return [
        f"{r.image.id}: {p.name}: {note}" for r in receipts for p in _noted(r) for note in p.notes
    ]


def _noted(receipt: Receipt) -> list[Proof]:
    return [proof for proof in receipt.proofs if proof.notes]
