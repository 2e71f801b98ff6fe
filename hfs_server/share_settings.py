"""Which sessions may leave this machine, and for which store.

The rule not to break: only the environment says so. Settings of an editor often come with a
project, and whoever wrote a project must not decide where its user's sessions go.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from hfs_server.exporters import REDACT_ALSO
from hfs_server.folders import absolute_folder
from hfs_server.store.address import Address

VARIABLES = ("HFS_SHARE", "HFS_SHARE_PROJECTS", "HFS_SHARE_REDACT")

_OFF = ("off", "no", "false", "0")
_ON = ("", "on", "yes", "true", "1")


class Sharing(NamedTuple):
    """A second store for the sessions of some projects."""

    address: Address
    projects: tuple[str, ...]
    """Absolute folders; what lies below them belongs to them."""
    redact: bool = True
    """Whether secrets are replaced before a session leaves."""
    redact_also: tuple[str, ...] = ()


def sharing_of(environment: Mapping[str, str]) -> tuple[Sharing | None, str | None]:
    """What is shared, None if nothing is, and a sentence about what is wrong."""
    address, projects, redaction = (environment.get(name, "").strip() for name in VARIABLES)
    if not address:
        return None, None
    try:
        place = Address(address)
    except ValueError as error:
        return None, f"HFS_SHARE: {error}. Nothing is shared."
    folders, problem = _folders(projects)
    if not folders:
        return None, problem or (
            "HFS_SHARE_PROJECTS names no folder of a project, so nothing is shared."
        )
    words = {each.strip().lower() for each in redaction.split(",")}
    if words <= {*_OFF}:
        return Sharing(place, folders, redact=False), problem
    also = tuple(each for each in REDACT_ALSO if each in words)
    if words - {*REDACT_ALSO, *_ON}:
        known = " or ".join(REDACT_ALSO)
        problem = f"HFS_SHARE_REDACT: expected off, on, {known}; secrets are redacted."
    return Sharing(place, folders, redact_also=also), problem


def _folders(text: str) -> tuple[tuple[str, ...], str | None]:
    found: list[str] = []
    problem = None
    for each in filter(None, (part.strip() for part in text.split(os.pathsep))):
        try:
            folder = absolute_folder(each)
        except ValueError:
            folder = ""
        if not os.path.isabs(folder) or os.path.dirname(os.path.normpath(folder)) == (
            os.path.normpath(folder)
        ):
            problem = (
                "HFS_SHARE_PROJECTS: expected absolute folders of projects, separated by "
                f"{os.pathsep}; others are ignored."
            )
        else:
            found.append(folder)
    return tuple(found), problem
