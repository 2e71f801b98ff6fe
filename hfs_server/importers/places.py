"""Where tools keep their files on this machine.

The rule not to break: nothing is read here; a folder is named whether it exists or not.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path


class Places:
    """The folders of the user in which tools keep files, by the rules of each system."""

    def __init__(
        self,
        home: Path | None = None,
        environment: Mapping[str, str] = os.environ,
        platform: str = sys.platform,
    ) -> None:
        self.home = home or Path.home()
        self._environment = environment
        self._platform = platform

    def of_variable(self, name: str, *default: str) -> Path:
        """The folder that an environment variable names, else one below the home folder."""
        return self._absolute(name) or self.home.joinpath(*default)

    @property
    def config(self) -> Path:
        """Where applications keep their settings."""
        if self._platform == "win32":
            return self.of_variable("APPDATA", "AppData", "Roaming")
        if self._platform == "darwin":
            return self.home / "Library" / "Application Support"
        return self.of_variable("XDG_CONFIG_HOME", ".config")

    @property
    def data(self) -> Path:
        """Where programs of the terminal keep their data; many do so on every system."""
        return self.of_variable("XDG_DATA_HOME", ".local", "share")

    def _absolute(self, name: str) -> Path | None:
        value = self._environment.get(name, "")
        path = Path(value).expanduser() if value else None
        return path if path is not None and path.is_absolute() else None
