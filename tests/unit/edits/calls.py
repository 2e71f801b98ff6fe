"""Calls of tools as they are in sessions, and what each does to files.

The sessions worked in ``/home/me/app``. A row is a tool, the input of its call, and the edits:
kind, path, lines that were put in.
"""

from __future__ import annotations

from typing import Any

Row = tuple[str, Any, list[tuple[str, str, tuple[str, ...]]]]

APP = "/home/me/app"
A = f"{APP}/a.py"
PATCH = """*** Begin Patch
*** Add File: new.py
+import first
*** Update File: a.py
@@ def run():
 kept
-removed
+added line
*** Update File: old.py
*** Move to: moved/old.py
@@
+and more
*** Delete File: gone.py
*** End Patch"""
PATCHED = [
    ("create", f"{APP}/new.py", ("import first",)),
    ("edit", A, ("added line",)),
    ("delete", f"{APP}/old.py", ()),
    ("edit", f"{APP}/moved/old.py", ("and more",)),
    ("delete", f"{APP}/gone.py", ()),
]
IN_JAVASCRIPT = PATCH.replace("\n", "\\n")
BLOCK = "<<<<<<< SEARCH\n{hint}kept\nremoved\n=======\nkept\nadded line\n>>>>>>> REPLACE"
CLINE_BLOCK = "------- SEARCH\nremoved\n=======\nadded line\n+++++++ REPLACE"
UNIFIED = """diff --git a/a.py b/a.py
--- a/a.py
+++ b/a.py
@@ -1,2 +1,2 @@
 kept
--- removed
+added line
--- /dev/null
+++ b/new.py
@@ -0,0 +1 @@
+import first
--- a/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-removed"""
ADDED = [("edit", A, ("added line",))]
WRITTEN = [("write", A, ("added line", "second line"))]
CREATED = [("create", A, ("added line", "second line"))]
READ = [("read", A, ())]
TEXT = "added line\nsecond line"
PAIR = {"old_string": "removed", "new_string": "added line"}

CLAUDE_CODE: list[Row] = [
    ("Edit", {"file_path": A, **PAIR, "replace_all": False}, ADDED),
    ("Edit", {"file_path": A, "old_string": "", "new_string": TEXT}, WRITTEN),
    ("MultiEdit", {"file_path": A, "edits": [PAIR, {"old_string": "x", "new_string": "x = 10"}]},
     [("edit", A, ("added line", "x = 10"))]),
    ("Write", {"file_path": A, "content": TEXT}, WRITTEN),
    ("NotebookEdit", {"notebook_path": A, "new_source": "added line", "cell_id": "1"}, ADDED),
    ("NotebookEdit", {"notebook_path": A, "new_source": "", "edit_mode": "delete"},
     [("edit", A, ())]),
    ("Read", {"file_path": A, "limit": 10}, READ),
    ("Bash", {"command": "cat > a.py <<'EOF'\nadded line\nsecond line\nEOF\npytest"}, WRITTEN),
    ("Bash", {"command": "cat <<EOF > a.py\nadded line\nsecond line\nEOF"}, WRITTEN),
    ("Bash", {"command": "cd /home/me/app && cat >> a.py <<-EOF\nadded line\n\tEOF"}, ADDED),
    ("Bash", {"command": "tee -a a.py <<END >/dev/null\nadded line\nEND"}, ADDED),
    ("Bash", {"command": "python - <<'EOF'\nopen('a.py')\nEOF"}, []),
    ("Bash", {"command": "cat a.py > b.py"}, []),
    ("Grep", {"pattern": "x", "path": "src", "output_mode": "content"}, []),
    ("TodoWrite", {"todos": [{"content": "edit a.py", "status": "pending"}]}, []),
]  # fmt: skip

CODEX: list[Row] = [
    ("apply_patch", PATCH, PATCHED),
    ("apply_patch", {"input": PATCH}, PATCHED),
    ("apply_patch", {"patch": PATCH}, PATCHED),
    ("shell", {"command": ["apply_patch", PATCH]}, PATCHED),
    ("shell", {"command": ["bash", "-lc", f"apply_patch <<'EOF'\n{PATCH}\nEOF"]}, PATCHED),
    ("shell", {"command": ["bash", "-lc", f"cd {APP} && applypatch << P\n{PATCH}\nP\n"],
               "workdir": "/elsewhere"}, PATCHED),
    ("exec_command", {"cmd": f"apply_patch <<'PATCH'\n{PATCH}\nPATCH", "workdir": APP}, PATCHED),
    ("shell_command", {"command": f"apply_patch <<'PATCH'\n{PATCH}\nPATCH"}, PATCHED),
    ("local_shell", {"type": "exec", "command": ["apply_patch", PATCH]}, PATCHED),
    ("exec", f'const patch = "{IN_JAVASCRIPT}";\nawait tools.apply_patch(patch);', PATCHED),
    ("exec", f"await tools.apply_patch('{IN_JAVASCRIPT}');", PATCHED),
    ("exec", f"await tools.apply_patch(`{PATCH}`);", PATCHED),
    ("exec", "await tools.apply_patch(patchText);", []),
    ("shell", {"command": ["bash", "-lc", "ls"]}, []),
    ("apply_patch", "*** Begin Patch\n*** Update File: a.py\n@@\n-3.10\n+3.10\n*** End Patch",
     [("edit", A, ())]),
    ("apply_patch", "*** Begin Patch\n*** End Patch", []),
]  # fmt: skip

COPILOT: list[Row] = [
    ("replace_string_in_file",
     {"filePath": A, "oldString": "removed", "newString": "added line"}, ADDED),
    ("multi_replace_string_in_file",
     {"explanation": "", "replacements": [
         {"filePath": A, "oldString": "x", "newString": "added line"},
         {"filePath": f"{APP}/b", "oldString": "x", "newString": "x = 10"}]},
     [*ADDED, ("edit", f"{APP}/b", ("x = 10",))]),
    ("insert_edit_into_file",
     {"filePath": A, "code": "// ...existing code...\nadded line\n// ...existing code..."}, ADDED),
    ("create_file", {"filePath": A, "content": TEXT}, CREATED),
    ("textEditGroup", {"filePath": A, "edits": [{"newText": "added line"}]}, ADDED),
    ("edit_notebook_file", {"filePath": A, "editType": "insert", "newCode": ["added line"]}, ADDED),
    ("apply_patch", {"input": PATCH, "explanation": "why"}, PATCHED),
    ("read_file", {"filePath": A, "startLine": 1, "endLine": 9}, READ),
    ("create", {"path": A, "file_text": TEXT}, CREATED),
    ("edit", {"path": A, "old_str": "removed", "new_str": "added line"}, ADDED),
    ("view", {"path": A}, READ),
    ("str_replace_editor", {"command": "create", "path": A, "file_text": TEXT}, CREATED),
    ("list_dir", {"path": APP}, []),
    ("semantic_search", {"query": "x"}, []),
]  # fmt: skip

CLINE: list[Row] = [
    ("write_to_file", {"path": "a.py", "content": TEXT}, WRITTEN),
    ("newFileCreated", {"path": "a.py", "content": TEXT}, CREATED),
    ("replace_in_file", {"path": "a.py", "diff": BLOCK.format(hint="")}, ADDED),
    ("editedExistingFile", {"path": "a.py", "diff": CLINE_BLOCK, "content": TEXT}, ADDED),
    ("fileDeleted", {"path": "a.py"}, [("delete", A, ())]),
    ("fileDeleted", {"path": "new.py", "diff": PATCH}, PATCHED),
    ("appliedDiff", {"batchDiffs": [{"path": "a.py", "diff": CLINE_BLOCK}]}, ADDED),
    ("readFile", {"batchFiles": [{"path": "a.py", "content": A}]}, READ),
    ("apply_diff", {"path": "a.py", "diff": BLOCK.format(hint=":start_line:7\n-------\n")}, ADDED),
    (
        "apply_diff",
        {
            "args": {
                "file": [
                    {
                        "path": "a.py",
                        "diff": [{"content": BLOCK.format(hint=":start_line:7\n-------\n")}],
                    }
                ]
            }
        },
        ADDED,
    ),
    ("appliedDiff", {"path": "a.py", "diff": "@@ -1 +1 @@\n-removed\n+added line"}, ADDED),
    ("insert_content", {"path": "a.py", "line": 3, "content": "added line"}, ADDED),
    ("search_and_replace", {"path": "a.py", "search": "x", "replace": "added line"}, ADDED),
    ("readFile", {"path": "a.py", "content": A}, READ),
    ("read_file", {"args": {"file": [{"path": "a.py"}]}}, READ),
    ("listFilesTopLevel", {"path": "src", "content": "a.py"}, []),
    ("searchFiles", {"path": "src", "regex": "x", "content": "a.py"}, []),
]

OTHERS: list[Row] = [
    # opencode
    ("edit", {"filePath": A, "oldString": "removed", "newString": "added line"}, ADDED),
    ("write", {"filePath": A, "content": TEXT}, WRITTEN),
    ("patch", {"patchText": PATCH}, PATCHED),
    ("multiedit", {"filePath": A, "edits": [{"oldString": "x", "newString": "added line"}]}, ADDED),
    ("read", {"filePath": A, "offset": 1}, READ),
    # Gemini CLI, Qwen Code
    ("replace", {"file_path": "a.py", **PAIR, "instruction": "why"}, ADDED),
    ("write_file", {"file_path": "a.py", "content": TEXT}, WRITTEN),
    ("read_file", {"absolute_path": A}, READ),
    ("read_many_files", {"paths": ["a.py"]}, READ),
    # Cursor
    ("edit_file", {"target_file": "a.py", "instructions": "why",
                   "code_edit": "# ... existing code ...\nadded line"}, ADDED),
    ("search_replace", {"file_path": "a.py", **PAIR}, ADDED),
    ("StrReplace", {"path": A, **PAIR}, ADDED),
    ("Write", {"path": A, "contents": TEXT}, WRITTEN),
    ("delete_file", {"target_file": "a.py"}, [("delete", A, ())]),
    ("read_file", {"target_file": "a.py"}, READ),
    ("edit_file_v2", {"relativeWorkspacePath": "a.py"}, [("edit", A, ())]),
    # Kimi, Droid, Amp, Goose, pi, Zed, Continue
    ("StrReplaceFile", {"path": "a.py", "edit": {"old": "x", "new": "added line"}}, ADDED),
    ("WriteFile", {"path": "a.py", "content": TEXT}, WRITTEN),
    ("ReadFile", {"path": "a.py"}, READ),
    ("MultiEdit", {"file_path": A, "changes": [{"old_str": "x", "new_str": "added line"}]}, ADDED),
    ("Create", {"file_path": A, "content": TEXT}, CREATED),
    ("edit_file", {"path": A, "old_str": "removed", "new_str": "added line"}, ADDED),
    ("developer__text_editor",
     {"command": "str_replace", "path": A, "old_str": "x", "new_str": "added line"}, ADDED),
    ("text_editor", {"command": "write", "path": A, "file_text": TEXT}, WRITTEN),
    ("text_editor", {"command": "view", "path": A}, READ),
    ("text_editor", {"command": "undo_edit", "path": A}, []),
    ("edit", {"path": A, "before": "x", "after": "added line"}, ADDED),
    ("edit", {"path": A, "oldText": "x", "newText": "added line"}, ADDED),
    ("edit_file", {"path": "app/a.py", "mode": "edit", "display_description": "why"},
     [("edit", f"{APP}/app/a.py", ())]),
    ("delete_path", {"path": "a.py"}, [("delete", A, ())]),
    ("edit_existing_file", {"filepath": "a.py", "changes": "added line"}, ADDED),
    ("create_new_file", {"filepath": "a.py", "contents": TEXT}, CREATED),
    ("single_find_and_replace", {"filepath": "a.py", **PAIR}, ADDED),
    # Any tool
    ("mcp__filesystem__write_file", {"path": A, "content": TEXT}, WRITTEN),
    ("mcp__filesystem__read_text_file", {"path": A}, READ),
    ("Edit", '{"file_path": "a.py", "old_string": "x", "new_string": "added line"}', ADDED),
    ("an unknown tool", {"path": "a.py", "old_string": "x", "new_string": "added line"}, ADDED),
    ("git", {"diff": UNIFIED}, [
        ("edit", A, ("added line",)),
        ("create", f"{APP}/new.py", ("import first",)),
        ("delete", f"{APP}/gone.py", ())]),
    ("mcp__github__create_or_update_file",
     {"owner": "me", "repo": "app", "path": "a.py", "content": TEXT}, []),
    ("create_directory", {"path": "src"}, []),
    ("git_diff", {"path": "a.py"}, []),
    ("get_edits", {"path": "a.py", "content": TEXT}, []),
    ("send_message", {"path": "a.py", "content": TEXT}, []),
    ("create_artifact", {"id": "a", "command": "create", "content": TEXT}, []),
]  # fmt: skip

NOT_READABLE: list[Row] = [
    (name, given, [])
    for name in ("Edit", "apply_patch", "Read", "Bash", "write")
    for given in (
        *(None, [], 5, "", "{", {}, {"file_path": 5}, {"file_path": "", "content": "x"}),
        *({"command": 5}, {"command": [5]}, {"edits": [None], "file_path": []}, {"file": [[]]}),
        *({"patch": None}, {"paths": 5}, {"action": {"action": {}}}, "*** Begin Patch"),
    )
]

ROWS = [*CLAUDE_CODE, *CODEX, *COPILOT, *CLINE, *OTHERS, *NOT_READABLE]
