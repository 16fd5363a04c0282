"""The device menu: NumPy is listed at once, other devices when they have been detected and tested."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from cnnstudio.engine.device_selection import Device, devices
from cnnstudio.gui.state.studio import Studio
from cnnstudio.gui.window.device_menu import DeviceMenu


def lines(menu: DeviceMenu) -> list[str]:
    return [action.text() for action in menu.actions()]


def test_devices_are_detected_when_the_menu_opens(studio: Studio, qtbot: QtBot) -> None:
    menu = DeviceMenu(studio, None)
    qtbot.addWidget(menu)
    with qtbot.waitSignal(studio.devices.changed, timeout=60_000):
        menu.aboutToShow.emit()
        assert lines(menu)[0].startswith("Fastest")
        assert lines(menu)[1].startswith("NumPy")
        assert lines(menu)[-1] == "Detecting devices…"
    assert "Detecting devices…" not in lines(menu)
    assert len(lines(menu)) == 1 + len(devices())


def test_the_chosen_device_is_checked_and_remembered(studio: Studio, qtbot: QtBot) -> None:
    menu = DeviceMenu(studio, None)
    qtbot.addWidget(menu)
    with qtbot.waitSignal(studio.devices.changed, timeout=60_000):
        menu.aboutToShow.emit()
    menu.actions()[0].trigger()
    assert studio.run.device == studio.settings.device == "auto"
    menu.aboutToShow.emit()
    assert [action.isChecked() for action in menu.actions()][:2] == [True, False]


def test_a_long_reason_is_shortened_and_its_tooltip_has_all_of_it(
    studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    reason = "pyopencl is not installed. " + "Install it with a command that is far too long for a menu. " * 3
    found = [Device("numpy", "NumPy"), Device("opencl", "OpenCL", reason)]
    monkeypatch.setattr("cnnstudio.gui.state.device_list.devices", lambda: found)
    menu = DeviceMenu(studio, None)
    qtbot.addWidget(menu)
    menu.aboutToShow.emit()
    qtbot.waitUntil(lambda: "Detecting devices…" not in lines(menu))
    assert len(lines(menu)[-1]) < 80
    assert lines(menu)[-1].endswith("…")
    assert reason.strip() in menu.actions()[-1].toolTip()


def test_a_failing_search_is_reported_and_leaves_numpy(
    studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("the driver is broken")

    monkeypatch.setattr("cnnstudio.gui.state.device_list.devices", fail)
    messages: list[str] = []
    studio.message.connect(lambda kind, text: messages.append(text))
    menu = DeviceMenu(studio, None)
    qtbot.addWidget(menu)
    menu.aboutToShow.emit()
    qtbot.waitUntil(lambda: messages == ["Detecting devices failed: the driver is broken"])
    assert lines(menu)[1].startswith("NumPy")
    assert "Detecting devices…" not in lines(menu)
