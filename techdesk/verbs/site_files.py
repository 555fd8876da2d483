"""What the files of a site say: its policies, customers, people on call and texts. The demo has its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from techdesk.config.places import config_folder
from techdesk.config.settings import Settings, load
from techdesk.verbs.speech import say

if TYPE_CHECKING:
    from techdesk.config.macros import Canned, Macro
    from techdesk.model import Instant
    from techdesk.policies.book import PolicyBook
    from techdesk.rules.customer import CustomerBook
    from techdesk.rules.rota import Rota
    from techdesk.sla.evaluation import Evaluation
    from techdesk.sla.history import History
    from techdesk.sla.policy import Policy


class SiteFiles:
    """Each read when it is asked for; for the store the book of policies, of which a list needs nothing."""

    def __init__(self, settings: Settings, *, demo: Path | None = None) -> None:
        """``demo``: the folder of the demo's desk, where all of the demo's files lie and nothing else's."""
        self._settings = settings
        self._demo = demo
        self._book: PolicyBook | None = None

    # -- as the store wants it: a list's clocks are in its rows

    @property
    def book(self) -> PolicyBook:
        """The policies, with the site's own and the settings' rules."""
        if self._book is None:
            from techdesk.policies.book import Assignment, PolicyBook

            rules = [
                Assignment(policy=rule.policy, organisation=rule.organisation, queue=rule.queue, tag=rule.tag)
                for rule in self._settings.policy_rules
            ]
            default = self._settings.default_policy
            folder = (self._demo or config_folder()) / "policies"
            self._book = PolicyBook.load(folder, assignments=rules, default=default)
        return self._book

    def choose(
        self, organisation: str = "", queue: str = "", tags: Sequence[str] = (), hint: str = ""
    ) -> str:
        return self.book.choose(organisation, queue, tags, hint)

    def get(self, name: str, version: str = "") -> Policy | None:
        return self.book.get(name, version)

    def evaluate(self, policy_name: str, history: History, now: Instant) -> Evaluation:
        return self.book.evaluate(policy_name, history, now)

    # -- people and texts

    def customers(self) -> CustomerBook:
        """What is known of customers. A file with a mistake counts as none, and is told of."""
        files = self._settings.customers_at() if self._demo is None else self._of_demo("customers.toml")
        if not files:
            from techdesk.rules.customer import CustomerBook

            return CustomerBook()
        from techdesk.work.customer_files import load_customers

        book, problems = load_customers(files)
        for problem in problems:
            say(problem.words)
        return book

    def rota(self, now: Instant) -> Rota:
        """Who is on call and at the desk."""
        settings = self._settings
        if self._demo is None:
            on_call, hours = settings.at(settings.on_call_files), settings.at(settings.desk_hours_files)
        else:
            on_call, hours = self._of_demo("on-call.ics"), self._of_demo("desk-hours.toml")
        if not (on_call or hours):
            from techdesk.rules.rota import Rota

            return Rota()
        from techdesk.work.rota_files import load_rota

        return load_rota(on_call, hours, now)

    def texts(self) -> tuple[dict[str, Canned], dict[str, Macro]]:
        """Canned replies and macros: the settings', and for the demo its own beside them."""
        replies, macros = self._settings.replies, self._settings.macros
        own = load(self._demo / "texts.toml") if self._demo is not None else None
        if isinstance(own, Settings):
            return own.replies | replies, own.macros | macros
        return replies, macros

    def _of_demo(self, name: str) -> tuple[Path, ...]:
        """A file of the demo as those of the settings are given; none where the demo has no such file."""
        assert self._demo is not None
        file = self._demo / name
        return (file,) if file.exists() else ()
