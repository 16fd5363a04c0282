"""Install the system libraries that Qt needs, or print the command that does; exits with 1 if any is missing."""

import os
import shutil
import subprocess
import sys

from cnnstudio.system_libraries import install_line, missing_libraries


def main() -> int:
    missing = missing_libraries()
    if not missing:
        return 0
    packages = sorted(set(missing.values()))
    if os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing what Qt needs: {' '.join(packages)}", flush=True)
        for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            _apt_get(*command)
        missing = missing_libraries()
        if not missing:
            return 0
    print(f"Qt needs {', '.join(missing)}. On Debian or Ubuntu run: {install_line(missing.values())}", file=sys.stderr)
    return 1


def _apt_get(*arguments: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "-qq", *arguments]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    sys.exit(main())
