"""The terminal program, as far as the store is concerned: SQLAlchemy on the three tables.

``python terminal.py PATH`` works on a store until its stdin ends; it then
prints what it did as one JSON object. Anything that fails ends it with a traceback.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Integer, String, Text, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

TIMEOUT_SECONDS = 120
"""How long it waits for a locked store: the program itself five seconds, on a machine of its own.

How long we lock it for is measured by ``tests/torture/test_lock_length.py`` alone.
"""


def utc_now() -> datetime:
    """The present time as the program writes it: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


class Base(DeclarativeBase):
    """The program's tables."""


class ChatSession(Base):
    """A session."""

    __tablename__ = "sessions"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(DateTime, default=utc_now)
    updated_at: Mapped[datetime | None] = mapped_column(DateTime)
    messages: Mapped[list[ChatMessage]] = relationship(
        order_by="ChatMessage.id", cascade="all, delete-orphan"
    )
    checkpoints: Mapped[list[ChatCheckpoint]] = relationship(
        order_by="ChatCheckpoint.id", cascade="all, delete-orphan"
    )


class ChatMessage(Base):
    """A message of a session."""

    __tablename__ = "messages"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    role: Mapped[str] = mapped_column(String(50))
    content: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime, default=utc_now)


class ChatCheckpoint(Base):
    """A kept state of a session."""

    __tablename__ = "checkpoints"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    message_index: Mapped[int] = mapped_column(Integer)
    trigger_event: Mapped[str] = mapped_column(String(100))
    state_json: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime, default=utc_now)


class Terminal:
    """The program with one store open; ``journal_mode`` as its version has it."""

    def __init__(self, path: Path, journal_mode: str = "WAL") -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": TIMEOUT_SECONDS})

        @event.listens_for(self._engine, "connect")
        def set_journal_mode(connection: Any, _: object) -> None:
            connection.execute(f"PRAGMA journal_mode = {journal_mode}").close()

        Base.metadata.create_all(self._engine)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the store."""
        self._engine.dispose()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction of SQLAlchemy."""
        with Session(self._engine) as session, session.begin():
            yield session

    def list(self) -> list[tuple[int, str, list[tuple[str, str]]]]:
        """Every session: id, name, and the role and content of each message."""
        with self.session() as session:
            chats = session.scalars(select(ChatSession).order_by(ChatSession.id)).all()
            return [
                (chat.id, chat.name, [(said.role, said.content) for said in chat.messages])
                for chat in chats
            ]

    def names(self) -> dict[int, str]:
        """The sessions' names by id."""
        with self.session() as session:
            chats = session.execute(select(ChatSession.id, ChatSession.name)).all()
            return {chat.id: chat.name for chat in chats}

    def add_session(self, name: str, *prompts: str, created_at: datetime | None = None) -> int:
        """Adds a session with these messages of the user; returns its id."""
        created_at = created_at or utc_now()
        with self.session() as session:
            chat = ChatSession(name=name, created_at=created_at)
            chat.messages = [
                ChatMessage(role="user", content=prompt, created_at=created_at)
                for prompt in prompts
            ]
            session.add(chat)
            session.flush()
            return chat.id

    def add_message(self, session_id: int, role: str, content: str) -> None:
        """Adds a message, which is the session's last activity."""
        with self.session() as session:
            chat = session.get_one(ChatSession, session_id)
            chat.messages.append(ChatMessage(role=role, content=content))
            chat.updated_at = utc_now()

    def add_checkpoint(self, session_id: int, index: int, trigger: str, state_json: str) -> None:
        """Keeps a state."""
        with self.session() as session:
            session.add(
                ChatCheckpoint(
                    session_id=session_id,
                    message_index=index,
                    trigger_event=trigger,
                    state_json=state_json,
                )
            )

    def delete_session(self, session_id: int) -> None:
        """Deletes a session with all that belongs to it."""
        with self.session() as session:
            session.delete(session.get_one(ChatSession, session_id))


def make_store(path: Path) -> None:
    """Makes a store of thirty sessions."""
    with Terminal(path) as terminal:
        for number in range(30):
            terminal.add_session(f"No {number}", "x" * 5000)


def work_until_input_ends(path: Path) -> dict[str, Any]:
    """Lists, adds and deletes, as fast as a busy user might; returns what it did."""
    stop = threading.Event()

    def stop_at_end_of_input() -> None:
        sys.stdin.read()
        stop.set()

    threading.Thread(target=stop_at_end_of_input, daemon=True).start()
    rounds, said = 0, 0
    with Terminal(path) as terminal:
        kept = terminal.add_session("Kept by the terminal", "first")
        print("ready", flush=True)
        while not stop.is_set():
            short = terminal.add_session(f"Short {rounds}", "gone soon")
            terminal.add_message(kept, "assistant", f"answer {rounds}")
            assert short in terminal.names()
            terminal.delete_session(short)
            rounds += 1
            said += 1
            stop.wait(0.01)
    return {"session": kept, "messages": said + 1, "rounds": rounds}


if __name__ == "__main__":
    print(json.dumps(work_until_input_ends(Path(sys.argv[1]))), flush=True)
