"""What ``keep`` prints of what it shares."""

from __future__ import annotations

import pytest

from hfs_server.cli.keeping import _Lines
from hfs_server.import_report import ImportReport
from hfs_server.store.shapes import DELETED, REVEALING


def test_sessions_that_stay_as_the_team_sees_them_are_reported_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines, report = _Lines(), ImportReport()
    report.skipped.update({REVEALING: 2, DELETED: 1})
    lines.on_share(report)
    lines.on_share(report)
    assert capsys.readouterr().err == f"hfs-server: Not shared: 2 sessions {REVEALING}\n"
    lines.on_share(ImportReport())
    lines.on_share(report)
    assert "Not shared" in capsys.readouterr().err
