"""Install the system libraries that Qt lacks here, or say which line does. Run by make; exits with 1 if any is left."""

import os
import shutil
import subprocess
import sys

from cnnstudio.libraries import install_line, missing_libraries


def main() -> int:
    missing = missing_libraries()
    if not missing:
        return 0
    packages = sorted(set(missing.values()))
    if os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing what Qt needs: {' '.join(packages)}", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], env=quiet, check=False
        )
        missing = missing_libraries()
        if not missing:
            return 0
    print(f"Qt needs {', '.join(missing)}. On Debian or Ubuntu run: {install_line(missing.values())}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
