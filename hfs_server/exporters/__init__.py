"""Formats that sessions are written in."""
