"""Scoring portfolios already in columns: the time beside a CEL engine's, and the memory of a process of its own.

CEL judges a sample, one self-assessment at a time, and is scaled up by their number. Compiling its programs and
building its activations is not timed, nor is making up our columns. Both run on one core, whose seconds these are.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from statistics import median

from bench import cel, portfolio
from bench.measure import Row, side_by_side, spread
from compliance import engine
from compliance.audit import load_rules
from compliance.engine import Plan, Results, assess

PORTFOLIO, SLICES, SAMPLE = 100_000, 10, 1_000
TURNS = 7
ENOUGH_PATTERNS = 10_000


def rows() -> Iterator[Row]:
    """A portfolio with all findings, then one ten times as large, in slices, of which only figures are kept."""
    # Linux counts the memory of the process that starts another as that one's, so these go first.
    findings, figures = _alone("findings"), _alone("figures")
    plan = largest()
    frame = portfolio.frame(plan, PORTFOLIO, seed=0)
    found = assess(plan.code, frame)
    patterns = portfolio.patterns(found)
    print(
        f"scoring: {plan.code.name} with {len(plan.layout.provisions)} provisions, {len(plan.layout.requirements)}"
        f" requirements and {len(plan.questions)} questions; {patterns:,} patterns of what takes part in {len(found):,}"
    )
    assert patterns >= ENOUGH_PATTERNS
    other = cel.Engine(plan)
    documents = list(cel.documents(plan, frame.rows(0, SAMPLE)))
    prepared = [other.prepare(document) for document in documents]
    compared = assert_equal(other, documents, found)
    print(
        f"scoring: {len(other.programs)} CEL programs a self-assessment, run on a sample of {SAMPLE:,};"
        f" all {compared:,} outcomes compared are equal"
    )
    kept = [found]

    def ours() -> None:
        kept[0] = assess(plan.code, frame)  # a portfolio's last results are there until the next are

    sides = side_by_side(
        ours,
        lambda: [other.run(activation) for activation in prepared],
        TURNS,
        per=(PORTFOLIO, SAMPLE),
        clock=time.process_time,
    )
    taken = [s * PORTFOLIO for s in sides.ours]
    yield _row(PORTFOLIO, "all findings", taken, sides.theirs, findings["megabytes"], (0.6, 500))
    taken = [figures["seconds"]] * TURNS
    yield _row(PORTFOLIO * SLICES, "figures only", taken, sides.theirs, figures["megabytes"], (4, 1000))


def largest() -> Plan:
    """The plan of the shipped code with the most requirements."""
    return max((engine.plan(code) for code in load_rules().codes), key=lambda plan: len(plan.layout.requirements))


def assert_equal(other: cel.Engine, documents: Sequence[cel.Json], found: Results) -> int:
    """Holds every outcome that CEL comes to equal to the engine's, and says how many they were."""
    for row, document in enumerate(documents):
        outcomes = other.outcomes(document, other.run(other.prepare(document)))
        assert [engine.OUTCOMES.index(outcome) for outcome in outcomes] == found.outcome[:, row].tolist(), document
    return int(found.outcome[:, : len(documents)].size)


def _row(
    size: int, what: str, ours: Sequence[float], each: Sequence[float], megabytes: float, most: tuple[float, float]
) -> Row:
    """`ours` are seconds for all `size` self-assessments, `each` CEL's for one."""
    theirs = [s * size for s in each]
    faster = [b / a for a, b in zip(ours, theirs, strict=True)]
    return Row(
        f"scoring {size:,}, {what}",
        f"{spread(ours, ' s')}, {megabytes:.0f} MB",
        f"{cel.NAME} {version(cel.NAME)}: {spread(theirs, ' s')}",
        spread(faster, " x faster"),
        (
            (f"at most {most[0]} s", median(ours) <= most[0]),
            ("at least 100 x faster", median(faster) >= 100),
            (f"at most {most[1]} MB", megabytes <= most[1]),
        ),
    )


def _alone(what: str) -> dict[str, float]:
    """Seconds of scoring, and the peak of memory, in a process that does nothing else."""
    command = [sys.executable, "-m", "bench.scoring", what]
    said = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return dict(json.loads(said))


def main(what: str) -> None:
    """Scores one slice with all findings, or all slices with figures only, and prints what it took."""
    plan, only_figures = largest(), what == "figures"
    taken, kept = 0.0, []
    for seed in range(SLICES if only_figures else 1):
        frame = portfolio.frame(plan, PORTFOLIO, seed)
        start = time.process_time()
        found = assess(plan.code, frame, only_figures=only_figures)
        taken += time.process_time() - start
        kept.append((found.conclusion, found.figures, found.counts) if only_figures else found)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": taken, "megabytes": peak}))


if __name__ == "__main__":
    main(sys.argv[1])
