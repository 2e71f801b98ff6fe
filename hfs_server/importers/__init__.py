"""Formats that are read into sessions."""
