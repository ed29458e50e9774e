"""``python -m eigenform``: the command line."""

import sys

from eigenform.cli import main

if __name__ == "__main__":
    sys.exit(main())
