"""Skip what this machine cannot run, for one reason each, and report the counts after pytest's own last line."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

OPENCL_FIXTURE = "opencl_device"  # whoever uses it needs a driver, and is marked `opencl`


@cache
def why_no_opencl() -> str:
    """Why no OpenCL test can run here, in one sentence; empty where a device passes its self-test."""
    from cnnstudio.engine.device_selection import found_devices
    from cnnstudio.engine.opencl.devices import why_no_devices

    found = found_devices()
    if any(not device.refused for device in found):
        return ""
    return why_no_devices() or "every OpenCL device fails its self-test"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that uses an OpenCL device."""
    for item in items:
        if OPENCL_FIXTURE in getattr(item, "fixturenames", ()):
            item.add_marker("opencl")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip tests marked `opencl` where there is no device."""
    if item.get_closest_marker("opencl") and why_no_opencl():
        pytest.skip(f"opencl: {why_no_opencl()}")


class SkipReport:
    """Counts skipped tests by reason and prints the counts last."""

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self._reporter = reporter
        self._reasons: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count one skipped test."""
        if report.skipped and isinstance(report.longrepr, tuple):
            self._reasons[str(report.longrepr[2]).removeprefix("Skipped: ")] += 1

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self):
        """Print after everything else that the session prints."""
        result = yield
        for reason, count in self._reasons.most_common():
            self._reporter.write_line(f"{count} skipped: {reason}")
        return result


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Report only where results are shown: not in the workers of pytest-xdist."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(SkipReport(reporter), "skip_report")
