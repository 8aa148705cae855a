"""The command line as a process of its own: the script `compliance`, and `python -m compliance`.

It knows what a short run need not pay for; everything else is `cli`'s.
"""

from __future__ import annotations

import gc
import os
import sys


def run() -> int:
    """Runs the command on the command line and returns its exit status."""
    # Nothing here does linear algebra, and starting its threads takes longer than one file takes to assess.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # What is loaded stays until the end: searching it for garbage, then and before, would take a fifth of a short run.
    gc.set_threshold(100_000)
    from compliance.cli import main

    status = main()
    gc.freeze()
    return status


if __name__ == "__main__":
    sys.exit(run())
