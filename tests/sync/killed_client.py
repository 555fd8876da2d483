"""A techdesk without a screen, made to be killed: queues work as fast as it can and syncs it.

``python -m tests.sync.killed_client URL TOKEN FOLDER`` loads everything once and forks a client for each line
it reads: ``work SEED`` runs until it is killed, ``drain`` until nothing is left to send, ``share SEED COUNT``
queues so many beside other processes and syncs when it leads. It says the client's process id, and ``ended``
when it is no more. What the store has acknowledged is in ``FOLDER/acknowledged``.
"""

from __future__ import annotations

import asyncio
import os
import sys
import uuid
from pathlib import Path
from random import Random

from techdesk.clock import SystemClock
from techdesk.desks.native import NativeDesk
from techdesk.desks.port import Connection
from techdesk.model import FieldValue, NewFile, Operation, OperationKind, Scope
from techdesk.store.database import Database
from techdesk.sync.engine import SyncEngine
from techdesk.sync.leader import Leadership
from techdesk.sync.server_clock import ServerTime
from tests.sync.no_policies import NoPolicies

BULK = 40


def attached(operation: str) -> bytes:
    """What the file of this operation holds: several pages of the cache, several packets of a connection."""
    return operation.encode() * 2000


class Client:
    """One process's life."""

    def __init__(self, url: str, token: str, folder: Path, seed: int) -> None:
        self.random = Random(seed)
        self.clock = SystemClock()
        self.database = Database.open(folder, NoPolicies())
        self.reader, self.writer, self.feed = (
            self.database.reader(), self.database.writer(), self.database.feed(),
        )  # fmt: skip
        self.desk = NativeDesk(Connection(url=url, token=token), ServerTime(self.clock))
        self.engine = SyncEngine(
            self.feed, self.desk, self.clock, self.random, Scope(closed_days=5), lambda: None
        )
        self.log = os.open(folder / "acknowledged", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def work(self) -> None:
        """Sync and queue, for ever."""
        syncing = asyncio.create_task(self.sync())
        while not syncing.done():
            self.queue()
            await asyncio.sleep(0.002)
        await syncing

    async def sync(self) -> None:
        self.feed.reschedule_interrupted()
        while True:
            await self.engine.round()
            await asyncio.sleep(0.005)

    async def share(self, count: int, leadership: Leadership) -> None:
        """Queue so many operations beside other processes, and sync whenever no other one does.

        Ends when all that anybody has queued is sent.
        """
        leads = False
        queued = 0
        while queued < count or self.pending():
            if queued < count:
                self.queue(alone=True)
                queued += 1
            if leadership.take():
                if not leads:
                    self.feed.reschedule_interrupted()
                leads = True
                await self.engine.round()
            await asyncio.sleep(0.001)

    async def drain(self) -> None:
        """Until nothing is pending (what waits for a person stays)."""
        self.feed.reschedule_interrupted()
        while await self.engine.round() is not None or self.pending():  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    def pending(self) -> bool:
        return any(row.state.is_pending for row in self.reader.operations())

    def queue(self, *, alone: bool = False) -> None:
        """One key press, or several at once; ``alone``: always one."""
        keys = list(self.reader.keys(None, me="", now=self.clock.now()))
        if len(keys) < BULK or (len(self.reader.operations()) > 200 and not alone):
            return
        several = self.random.random() < 0.05 and not alone
        chosen = self.random.sample(keys, BULK if several else 1)
        kind = self.random.choice([OperationKind.UPDATE, OperationKind.REPLY, OperationKind.COMMENT])
        if len(chosen) > 1:
            kind = OperationKind.UPDATE
        operations = [self.operation(key, kind) for key in chosen]
        self.writer.enqueue(operations).result()
        os.write(self.log, "".join(f"{operation.id}\n" for operation in operations).encode())

    def operation(self, key: int, kind: OperationKind) -> Operation:
        sets: dict[str, FieldValue] = {}
        base: dict[str, FieldValue] = {}
        identity = uuid.UUID(int=self.random.getrandbits(128)).hex
        if kind is OperationKind.UPDATE:
            row = self.reader.row(key)
            sets, base = {"priority": self.random.randint(1, 5)}, {"priority": row.priority if row else None}
        elif self.random.random() < 0.3:
            file = NewFile(id=f"file-{identity}", name=f"{identity}.txt", content=attached(identity))
            self.writer.keep_file(file, self.clock.now()).result()
            sets = {"files": [file.id]}
        return Operation(
            id=identity,
            batch=identity,
            ticket=key,
            kind=kind,
            action="test",
            sets=sets,
            base=base,
            text="" if kind is OperationKind.UPDATE else f"Written by {identity}",
            created=self.clock.now(),
            hold_until=0,
            actor="bea",
        )


def _live(url: str, token: str, folder: Path, order: str) -> None:
    leadership = Leadership(folder)
    Database.open(folder, NoPolicies()).close()
    what, *numbers = order.split()
    client = Client(url, token, folder, int(numbers[0]) if numbers else 0)
    if what == "share":
        asyncio.run(client.share(int(numbers[1]), leadership))
    else:
        assert leadership.take(), "the killed leader's lock is free"
        asyncio.run(client.drain() if what == "drain" else client.work())
    client.database.close()


def main() -> None:
    """Fork a client for each order."""
    url, token, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    while order := sys.stdin.readline().strip():
        child = os.fork()
        if child == 0:
            code = 1
            try:
                _live(url, token, folder, order)
                code = 0
            finally:
                os._exit(code)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(f"ended {os.waitstatus_to_exitcode(status)}", flush=True)


if __name__ == "__main__":
    main()
