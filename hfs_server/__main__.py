"""``python -m hfs_server`` is the same as ``hfs-server``."""

from hfs_server.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
