"""The workbench on what the real demo desk holds, pulled over HTTP once."""

from __future__ import annotations

from pathlib import Path
from random import Random

from techdesk.actions.workbench import Workbench
from techdesk.clock import SystemClock
from techdesk.config.settings import ProfileSettings
from techdesk.desks.native import NativeDesk
from techdesk.model import Scope
from techdesk.policies.book import PolicyBook
from techdesk.store.database import Database
from techdesk.sync.engine import SyncEngine
from techdesk.sync.server_clock import ServerTime
from techdesk.work.customer_files import load_customers
from tests.sync.demo_desk import DemoDesk


class DemoBench:
    """One techdesk without its screens, on a running demo desk."""

    def __init__(self, folder: Path, demo: DemoDesk, desk_folder: Path) -> None:
        self.demo = demo
        self.clock = SystemClock()
        book = PolicyBook.load(desk_folder / "policies")
        self.database = Database.open(folder, book)
        self.feed = self.database.feed()
        self._time = ServerTime(self.clock)
        self.desk = NativeDesk(demo.connection, self._time)
        self.engine = SyncEngine(
            self.feed, self.desk, self.clock, Random(1), Scope(), lambda: None, server_time=self._time
        )
        customers, problems = load_customers([desk_folder / "customers.toml"])
        assert not problems
        self.workbench = Workbench(
            self.database, book, self.clock, ProfileSettings(name="demo", url=demo.url), customers=customers
        )
        self.workbench.capabilities = self.desk.capabilities

    async def close(self) -> None:
        await self.desk.close()
        self.database.close()

    def scenes(self) -> dict[str, list[str]]:
        """Ids of the tickets of each scene, as the desk's control tells them."""
        found: dict[str, list[str]] = self.demo.get("/_control")["scenes"]
        return found

    def stale(self) -> dict[int, str]:
        """Scene of each of the 96 tickets of the stale set, by its key."""
        found = {}
        for scene, tickets in self.scenes().items():
            for ticket_id in tickets if scene.startswith("stale:") else ():
                key = self.workbench.reader.key_of(ticket_id)
                assert key is not None
                found[key] = scene
        return found
