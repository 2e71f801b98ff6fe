"""HFS sessions in the editor: a language server over the terminal program's store."""

__version__ = "0.1.0"
