"""`python -m cnnstudio` is the command line; `main.py` or the command `cnnstudio` opens the window."""

import sys

from cnnstudio.cli import main

sys.exit(main())
