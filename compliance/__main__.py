"""`python -m compliance` is the command line."""

import sys

from compliance.cli import main

sys.exit(main())
