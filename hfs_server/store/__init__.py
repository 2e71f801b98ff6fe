"""The terminal program's SQLite store; the only package that knows SQL."""
