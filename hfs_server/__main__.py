"""``python -m hfs_server`` is the same as ``hfs-server``."""

import sys


def main() -> int:
    """Runs the command line; an interruption while it loads prints no traceback."""
    try:
        from hfs_server.cli.commands import main as run

        return run()
    except KeyboardInterrupt:
        print("hfs-server: Interrupted; nothing is left half done.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
