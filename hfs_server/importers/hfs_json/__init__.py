"""The export document, all versions: its models, schema, migrations and reader."""
