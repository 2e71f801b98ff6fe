"""Metadata of the same session on two machines that share a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hfs_server.export_all import export_all
from hfs_server.export_all.documents import Choice
from hfs_server.export_all.verifying import verify
from hfs_server.exporters import exporter_named
from hfs_server.import_session import import_file, import_paths
from hfs_server.importers.source_file import file_of
from testing.documents import document, message
from testing.exports import MANIFEST
from tests.unit.export_all.held import FACTS, held_facts
from tests.unit.store.sqlite.sessions import use

JSON = Choice(exporter_named("json"))


@pytest.mark.parametrize("mine", FACTS[1:], ids=",".join)
@pytest.mark.parametrize("other", FACTS, ids=",".join)
def test_each_machine_gets_the_keys_that_only_the_other_one_had(
    tmp_path: Path, mine: dict[str, Any], other: dict[str, Any]
) -> None:
    stores = [tmp_path / "one.db", tmp_path / "two.db"]
    folder = tmp_path / "shared"
    for path, facts in zip(stores, (mine, other), strict=True):
        text = json.dumps(document("x", metadata={"schema_version": "1.1.0", **facts}))
        use(path, lambda store, text=text: import_file(store, file_of(text)))
    use(stores[0], lambda store: export_all(store, folder, JSON))
    for _ in range(2):
        for path in reversed(stores):
            use(path, lambda store: import_paths(store, [folder]))
            use(path, lambda store: export_all(store, folder, JSON))
    first, second = (use(path, held_facts) for path in stores)
    assert first == second
    ((held,),) = first.values()
    for key in mine.keys() | other.keys():
        assert f'"{key}"' in held
    for path in stores:
        report = use(path, lambda store: export_all(store, folder, JSON))
        assert (report.written, report.unchanged, report.warnings) == (0, 1, [])


def import_document(path: Path, facts: dict[str, Any], *said: str) -> None:
    text = json.dumps(
        document(
            "x", *map(message, ("begun", *said)), metadata={"schema_version": "1.1.0", **facts}
        )
    )
    use(path, lambda store: import_file(store, file_of(text)))


@pytest.mark.parametrize("versions", [["same"], ["one", "other"]], ids=["one", "two"])
@pytest.mark.parametrize("before", FACTS[1:], ids=",".join)
@pytest.mark.parametrize("after", FACTS[1:], ids=",".join)
@pytest.mark.parametrize("is_exported", [True, False])
def test_both_machines_end_with_the_same_values_also_if_one_changed_after_an_exchange(
    tmp_path: Path,
    before: dict[str, Any],
    after: dict[str, Any],
    versions: list[str],
    is_exported: bool,
) -> None:
    """A file that was imported before has not changed, but the store has."""
    stores = [tmp_path / "one.db", tmp_path / "two.db"]
    folder = tmp_path / "shared"
    for said in versions:
        import_document(stores[0], before, said)
    use(stores[0], lambda store: export_all(store, folder, JSON))
    for path in stores:
        use(path, lambda store: import_paths(store, [folder]))
    import_document(stores[1], after, versions[0])
    if is_exported:
        use(stores[1], lambda store: export_all(store, folder, JSON))
    for _ in range(3):
        for path in stores:
            use(path, lambda store: import_paths(store, [folder]))
            use(path, lambda store: export_all(store, folder, JSON))
    first, second = (use(path, held_facts) for path in stores)
    assert first == second
    for path in stores:
        report = use(path, lambda store: export_all(store, folder, JSON))
        assert (report.written, report.removed, report.warnings) == (0, 0, [])


def test_a_document_by_itself_replaces_values_and_one_of_a_shared_folder_only_smaller_ones(
    tmp_path: Path,
) -> None:
    stores = [tmp_path / "one.db", tmp_path / "two.db"]
    folder = tmp_path / "shared"
    for path, summary in zip(stores, ("Bb", "A"), strict=True):
        import_document(path, {"summary": "Longer"})
        import_document(path, {"summary": summary})
        assert f'"summary": "{summary}"' in str(use(path, held_facts))
    use(stores[1], lambda store: export_all(store, folder, JSON))
    use(stores[0], lambda store: import_paths(store, [folder]))
    assert '"summary": "Bb"' in str(use(stores[0], held_facts))
    (exported,) = folder.glob("hfs_*.json")
    use(stores[0], lambda store: import_paths(store, [exported]))
    assert '"summary": "A"' in str(use(stores[0], held_facts))


def test_versions_of_a_session_whose_names_differ_on_each_machine_are_left_as_they_are(
    tmp_path: Path,
) -> None:
    stores = [tmp_path / "one.db", tmp_path / "two.db"]
    folder = tmp_path / "shared"
    for said in ("one", "other"):
        import_document(stores[0], {}, said)
    for path in stores:
        use(path, lambda store: export_all(store, folder, JSON))
        use(path, lambda store: import_paths(store, [folder]))
    for path in stores:
        use(path, lambda store, path=path: store.rename(1, f"Of {path.name}"))
        use(path, lambda store: export_all(store, folder, JSON))
    for path in stores:
        use(path, lambda store: import_paths(store, [folder]))
        report = use(path, lambda store: export_all(store, folder, JSON))
        assert (report.written, report.removed, report.warnings) == (0, 0, [])
    first, second = (use(path, held_facts) for path in stores)
    assert first == second
    assert len(list(folder.glob("hfs_*.json"))) == 2


def test_a_version_whose_file_the_manifest_lost_has_one_listed_file_again(tmp_path: Path) -> None:
    stores = [tmp_path / "one.db", tmp_path / "two.db"]
    folder = tmp_path / "shared"
    for said in ("one", "other"):
        import_document(stores[0], {}, said)
    for path in stores:
        use(path, lambda store: export_all(store, folder, JSON))
        use(path, lambda store: import_paths(store, [folder]))
    for number in (1, 2):
        use(stores[1], lambda store, number=number: store.rename(number, f"Of two {number}"))
    (folder / MANIFEST).unlink()
    for _ in range(2):
        for path in reversed(stores):
            use(path, lambda store: export_all(store, folder, JSON))
    for path in stores:
        assert use(path, lambda store: verify(store, folder)).problems == []
        report = use(path, lambda store: export_all(store, folder, JSON))
        assert (report.written, report.removed, report.warnings) == (0, 0, [])
    assert len(list(folder.glob("hfs_*.json"))) == 2
