"""The JSON Schema of the current export document, generated from its models.

``python -m hfs_server.importers.hfs_json.schema`` writes it to ``schemas/``. The rule not to
break: the schemas of released versions stay there unchanged.
"""

from __future__ import annotations

import json
from pathlib import Path

from hfs_server.importers.hfs_json.models import SessionExport
from hfs_server.session import EXPORT_SCHEMA_VERSION

FILE_NAME = f"hfs-export-{EXPORT_SCHEMA_VERSION}.schema.json"


def schema_text() -> str:
    """The content of the schema file."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:hfs:export:{EXPORT_SCHEMA_VERSION}",
        **SessionExport.model_json_schema(),
    }
    return json.dumps(schema, indent=2) + "\n"


if __name__ == "__main__":
    (Path("schemas") / FILE_NAME).write_text(schema_text(), encoding="utf-8", newline="\n")
