"""`python -m sapcore`: the command line."""

import sys

from sapcore.cli import main

if __name__ == "__main__":
    sys.exit(main())
