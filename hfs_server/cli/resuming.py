"""The command that continues a session in the tool that wrote it."""

from __future__ import annotations

import os
import sys
from argparse import Namespace

from hfs_server.cli.output import one_line, print_error, print_json, print_line, print_notice
from hfs_server.cli.signals import run_in_loop
from hfs_server.cli.stores import opened, require_existing
from hfs_server.resume import RESUMABLE, ResumeCommand, resume_command, shell_line
from hfs_server.settings import Settings
from hfs_server.store.results import FoundSession


def resume_session(options: Namespace, settings: Settings) -> int:
    """Continues a session; returns only if its tool was not run in place of this program."""
    require_existing(settings)
    found = run_in_loop(_find(options.id, settings))
    session = found.session
    resume = resume_command(session.tool, found.tool_session_id, session.working_directory)
    if resume is None:
        print_error(f"Session {session.id} cannot be continued: {_why_not(session.tool)}")
        return 1
    if options.json:
        print_json(resume._asdict())
        return 0
    if session.working_directory and resume.directory is None:
        print_notice(_without_folder(session.working_directory))
    if options.is_printed:
        print_line(shell_line(resume))
        return 0
    return _run_when_confirmed(resume)


def _why_not(tool: str) -> str:
    if tool in RESUMABLE:
        return f"its id is not one that {tool} gives its sessions."
    return "no command of its tool is known."


def _without_folder(directory: str) -> str:
    if not directory.isprintable():
        return "The name of the session's folder has control characters; it is not used."
    return f"The session's folder is not on this machine: {one_line(directory)}"


async def _find(session_id: int, settings: Settings) -> FoundSession:
    async with opened(settings) as store:
        return await store.find(session_id)


def _run_when_confirmed(resume: ResumeCommand) -> int:
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty()):
        print_error("resume needs a terminal; use --print to get the command.")
        return 1
    # Found before the folder changes, which may hold a program of that name.
    import shutil

    name, *arguments = resume.command
    program = shutil.which(name)
    if program is None:
        print_error(f"The program {name} is not on PATH. Install it, or use --print.")
        return 1
    print(shell_line(resume), file=sys.stderr)
    print("Press Enter to run it, or Ctrl-C.", end=" ", file=sys.stderr, flush=True)
    if not sys.stdin.readline():
        return 1
    return _run([os.path.abspath(program), *arguments], resume.directory)


def _run(command: list[str], directory: str | None) -> int:
    if directory is not None:
        os.chdir(directory)
    if os.name != "nt":
        sys.stdout.flush()
        os.execv(command[0], command)  # noqa: S606
    import subprocess

    return subprocess.call(command)  # noqa: S603
