"""Rules for all tests.

Where EIGENFORM_DATA points at the folder of test meshes, a test that skips is a failure, unless the reason names
something this machine cannot have: a graphics card, another operating system, a program such as ffmpeg, root's rights.
"""

from __future__ import annotations

import os
import re

import pytest

EXCUSES = re.compile(r"cuda|gpu|mps|windows|macos|linux|ffmpeg|root|xvfb|display", re.IGNORECASE)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("EIGENFORM_DATA") or hasattr(session.config, "workerinput"):
        return
    for report in reporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not EXCUSES.search(reason):
            reporter.write_line(f"ERROR: {report.nodeid} skipped although EIGENFORM_DATA is set: {reason}", red=True)
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
