"""Definitions of services that run a command from the user's login on, for each system.

The rule not to break: every word of the command reaches the program as it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from subprocess import list2cmdline
from typing import NamedTuple

from hfs_server.errors import DestinationNotWritable

Words = Sequence[str]
Variables = Mapping[str, str]

_NAME = "hfs-server-keep"
_DESCRIPTION = "Keeps the sessions of AI tools in the store of hfs-server"
_TASKS = "http://schemas.microsoft.com/windows/2004/02/mit/task"


class Service(NamedTuple):
    """A kind of service."""

    definition: Callable[[Words, Variables], str]
    """Its text, for a command and the environment variables that it needs."""
    advice: str
    """How to install it."""


def systemd_unit(words: Words, variables: Variables) -> str:
    """A unit of the user's systemd."""
    # systemd starts no program whose path has quotes; env does.
    words = ["/usr/bin/env", *words] if set("\"'\\") & set(words[0]) else words
    # The colon switches the expansion of variables in the command off.
    command = " ".join(map(_systemd_word, [":" + words[0], *words[1:]]))
    lines = [f"Environment={_systemd_word(f'{name}={variables[name]}')}" for name in variables]
    return "\n".join(
        [
            "[Unit]",
            f"Description={_DESCRIPTION}",
            "",
            "[Service]",
            f"ExecStart={command}",
            *lines,
            "Restart=on-failure",
            "RestartSec=30",
            "SuccessExitStatus=143",
            "Nice=10",
            "",
            "[Install]",
            "WantedBy=default.target",
            "",
        ]
    )


def launchd_plist(words: Words, variables: Variables) -> str:
    """A property list of an agent of macOS's launchd."""
    import plistlib

    agent = {
        "Label": _NAME,
        "ProgramArguments": [*words],
        "EnvironmentVariables": {**variables},
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ProcessType": "Background",
    }
    _require_text([*words, *variables.values()])
    return plistlib.dumps(agent).decode()


def windows_task(words: Words, _: Variables) -> str:
    """A task of Windows in ASCII, so that any encoding of a redirected output fits.

    Variables are those of the user, which a task has.
    """
    from xml.etree import ElementTree

    _require_text(words)
    task = ElementTree.Element("Task", version="1.2", xmlns=_TASKS)
    for path, text in {
        "RegistrationInfo/Description": _DESCRIPTION,
        "Triggers/LogonTrigger/Enabled": "true",
        "Triggers/LogonTrigger/UserId": _user(),
        "Principals/Principal/LogonType": "InteractiveToken",
        "Principals/Principal/RunLevel": "LeastPrivilege",
        "Settings/MultipleInstancesPolicy": "IgnoreNew",
        "Settings/DisallowStartIfOnBatteries": "false",
        "Settings/StopIfGoingOnBatteries": "false",
        "Settings/RestartOnFailure/Interval": "PT1M",
        "Settings/RestartOnFailure/Count": "100",
        "Settings/ExecutionTimeLimit": "PT0S",
        "Settings/Priority": "8",
        "Actions/Exec/Command": words[0],
        "Actions/Exec/Arguments": list2cmdline(words[1:]),
    }.items():
        element = task
        for name in path.split("/"):
            found = element.find(name)
            element = ElementTree.SubElement(element, name) if found is None else found
        element.text = text
    ElementTree.indent(task)
    return ElementTree.tostring(task).decode("ascii") + "\n"


def _systemd_word(word: str) -> str:
    """A word in quotes, with all that is not plain ASCII as the bytes that it has on disk."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    characters = (
        chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}" for byte in os.fsencode(escaped)
    )
    return f'"{"".join(characters)}"'


def _require_text(words: Iterable[str]) -> None:
    """Raises DestinationNotWritable for words that XML cannot hold."""
    if any(character < " " or "\ud800" <= character < "\ue000" for character in "".join(words)):
        raise DestinationNotWritable(
            "A path that is not valid Unicode, or has control characters, cannot be written to "
            "such a file. Choose another path."
        )


def _user() -> str:
    """The user at whose login a task begins: anyone's would need an administrator."""
    import getpass

    domain = os.environ.get("USERDOMAIN")
    return f"{domain}\\{getpass.getuser()}" if domain else getpass.getuser()


SERVICES = {
    "systemd": Service(
        systemd_unit,
        f"Save it as ~/.config/systemd/user/{_NAME}.service, then run: systemctl --user "
        f"daemon-reload && systemctl --user enable --now {_NAME}",
    ),
    "launchd": Service(
        launchd_plist,
        f"Save it as ~/Library/LaunchAgents/{_NAME}.plist, then run: launchctl bootstrap "
        f"gui/$(id -u) ~/Library/LaunchAgents/{_NAME}.plist",
    ),
    "windows": Service(
        windows_task,
        f"Save it as {_NAME}.xml, then run: schtasks /Create /TN {_NAME} /XML {_NAME}.xml",
    ),
}
