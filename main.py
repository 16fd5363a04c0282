"""Open the window of CNN Studio."""

import sys

from cnnstudio.gui.app import main

if __name__ == "__main__":
    sys.exit(main())
