"""The fixture of the sanitizer's tests, until they stand beside the other exporters' tests."""

from tests.unit.exporters.conftest import headings_of

__all__ = ["headings_of"]
