"""`python -m cnnstudio` is the command line `cnnstudio-cli`; `main.py` or the command `cnnstudio` opens the window."""

import sys


def main() -> int:
    """Run the command line; returns its exit code. Ctrl+C ends it quietly from the first moment on."""
    try:
        from cnnstudio.cli import main as run  # takes most of the start

        return run()
    except KeyboardInterrupt:
        print("cnnstudio-cli: interrupted", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
