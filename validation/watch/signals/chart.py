"""Chart: the rows of NVIDIA's end-of-life chart, which was last changed in December 2024.

Pure; imports facts only.
"""

from functools import lru_cache

from validation.facts.load import Facts
from validation.facts.platforms import ChartRow
from validation.watch.signals.statement import Statement, evidence, latest_day
from validation.watch.signals.subject import Subject


def chart(subject: Subject, facts: Facts) -> tuple[Statement, ...]:
    """Return what the chart says of the tag's CUDA version; nothing where it has no row."""
    row = _rows(facts).get(subject.release) if subject.kind == "cuda" else None
    if row is None:
        return ()
    end, gone = latest_day(row.eol), latest_day(row.deletion_estimate)
    says = f"CUDA {subject.release}: end of life {end}, estimated deletion {gone}"
    told = evidence("chart", says, facts.cuda_eol, row.source, gone)
    return (Statement(topic="chart", end=end, deletion=gone, evidence=told),)


@lru_cache(maxsize=4)
def _rows(facts: Facts) -> dict[str, ChartRow]:
    return {name: row for row in facts.cuda_eol.chart for name in row.cuda}
