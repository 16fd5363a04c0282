"""Start CNN Studio: `make run`, `uv run main.py`, or `python main.py` where it is installed."""

import sys

from cnnstudio.start import main

if __name__ == "__main__":
    sys.exit(main())
