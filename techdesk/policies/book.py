"""The policies that this techdesk knows: those it ships and those of the site, read when first asked for.

A site puts files into one folder. ``acme.toml`` there is a policy of its own. A file named like a shipped
policy takes its place; or, with ``extends = "dynamix"``, changes no more than readings and holidays of it::

    schema = 1
    extends = "dynamix"
    version = "site 3"
    [readings]
    reopen-clocks = "new_targets"
    [holidays.miami]
    add = [2026-12-24]

Older versions wait in ``archive`` for the tickets that were opened under them (``policies.versions``).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

from msgspec import Struct

from techdesk import __version__
from techdesk.model import Instant
from techdesk.sla.evaluation import Evaluation
from techdesk.sla.history import History
from techdesk.sla.policy_error import PolicyError

if (
    TYPE_CHECKING
):  # a list of tickets reads no policy: what reads and runs them is loaded when one is asked for
    from techdesk.policies.public_holidays import PublicHolidays
    from techdesk.policies.versions import VersionReader
    from techdesk.sla.calendar import Calendar, CalendarSpec
    from techdesk.sla.evaluate import Evaluator
    from techdesk.sla.explain import Explanation
    from techdesk.sla.policy import Policy

SHIPPED = Path(__file__).parent
RECKONING = 2
"""Another number whenever the clocks reckon otherwise from the same log: lists are computed anew once."""


class Assignment(Struct, frozen=True, kw_only=True):
    """Gives a policy to the tickets that meet every condition it states; one without conditions meets all."""

    policy: str
    organisation: str = ""
    """Name of the organisation."""
    queue: str = ""
    """Name of the queue."""
    tag: str = ""


class _Compiled:
    """Calendars of one policy by name, compiled when first asked for."""

    def __init__(self, book: PolicyBook, policy: Policy) -> None:
        self._book = book
        self._policy = policy

    def __getitem__(self, name: str) -> Calendar:
        return self._book.calendar(self._policy, name)


class PolicyBook:
    """Every policy by name and version. Cheap to make: a file is read when its policy is first asked for.

    ``evaluate`` and ``explain`` may be asked from any thread, one at a time; a calendar that ``calendar``
    hands out belongs to the thread that asked for it while it is in use.
    """

    def __init__(
        self,
        shipped: Path,
        site: Path | None = None,
        assignments: Sequence[Assignment] = (),
        default: str = "",
    ) -> None:
        self._shipped = shipped
        self._site = site
        files = [*shipped.glob("*.toml"), *(site.glob("*.toml") if site is not None else ())]
        self._names = tuple(sorted({file.stem for file in files}))
        self._assignments = tuple(assignments)
        self._default = default
        self._policies: dict[str, Policy | PolicyError] = {}
        self._versions: dict[str, tuple[Policy, ...]] = {}
        self._evaluators: dict[tuple[str, str], Evaluator] = {}
        self._calendars: dict[CalendarSpec, Calendar] = {}
        self._lock = RLock()

    @classmethod
    def load(
        cls,
        site_folder: Path | None = None,
        *,
        assignments: Sequence[Assignment] = (),
        default: str = "",
        shipped: Path = SHIPPED,
    ) -> PolicyBook:
        """The shipped policies and those of a site's folder, which win by name (the file's stem).

        A folder that is not there holds no policies. ``default`` is for tickets that nothing else gives one.
        """
        site = site_folder if site_folder is not None and site_folder.is_dir() else None
        return cls(shipped, site, assignments, default)

    @cached_property
    def holidays(self) -> PublicHolidays:
        """Expanded public holidays: the site's, then those that ship."""
        from techdesk.policies.public_holidays import PublicHolidays

        return PublicHolidays([*([self._site] if self._site is not None else ()), self._shipped])

    @cached_property
    def _reader(self) -> VersionReader:
        from techdesk.policies.versions import VersionReader

        return VersionReader(self._shipped, self._site, self.holidays)

    def fingerprint(self) -> str:
        """Another text whenever ``evaluate`` may answer otherwise: other policies, choice or program.

        The cache keeps it beside the clocks that were computed, and computes them anew where it differs.
        """
        from hashlib import sha256  # after the first paint

        told = sha256(repr((__version__, RECKONING, self._assignments, self._default)).encode())
        for folder in filter(None, (self._shipped, self._site)):
            for file in sorted(folder.rglob("*")):
                if file.suffix in (".toml", ".json"):
                    told.update(f"\n{file.relative_to(folder)}\n".encode() + file.read_bytes())
        return told.hexdigest()

    def names(self) -> tuple[str, ...]:
        """Names of the policies that have a file, in order."""
        return self._names

    def title(self, name: str) -> str:
        """A policy's name for people, also of one that has no file or cannot be read."""
        policy = self._read(name)
        return name if policy is None or isinstance(policy, PolicyError) else policy.title

    def get(self, name: str, version: str = "") -> Policy | None:
        """The policy of a name, by default the version in force.

        None where it has no file, or no such version. Raises PolicyError for a file with a fault.
        """
        policy = self._read(name)
        if isinstance(policy, PolicyError):
            raise policy
        if policy is None or version in ("", policy.version):
            return policy
        return next((each for each in self.versions(name) if each.version == version), None)

    def read(self, file: Path) -> Policy:
        """A policy file that lies anywhere, as it would be under its name. Raises PolicyError."""
        return self._reader.beside(file.parent).file(file)

    def versions(self, name: str) -> tuple[Policy, ...]:
        """Every version of a policy, oldest first; the last is in force. Raises PolicyError."""
        policy = self.get(name)
        if policy is None:
            return ()
        if name not in self._versions:
            self._versions[name] = self._reader.all(name, policy)
        return self._versions[name]

    def pinned(self, name: str, history: History) -> str:
        """The version that a ticket was opened or last regraded under; empty where the policy cannot run."""
        from techdesk.policies.versions import pin

        try:
            versions = self.versions(name)
        except PolicyError:
            return ""
        return pin(versions, history).version if versions else ""

    def check(self) -> tuple[PolicyError, ...]:
        """Read every file, the archive's too, and return what is wrong, for ``techdesk doctor``."""
        faults = []
        for name in self.names():
            try:
                self.versions(name)
            except PolicyError as error:
                faults.append(error)
        return tuple(faults)

    def calendar(self, policy: Policy, name: str) -> Calendar:
        """A compiled calendar of a policy, kept, and shared by equal ones. Raises KeyError."""
        from techdesk.sla.calendar import Calendar

        spec = policy.calendars[name]
        calendar = self._calendars.get(spec)
        if calendar is None:
            calendar = self._calendars[spec] = Calendar(spec)
        return calendar

    def calendars(self, policy: Policy) -> _Compiled:
        """Compiled calendars of a policy by name, made when first asked for."""
        return _Compiled(self, policy)

    def choose(
        self, organisation: str = "", queue: str = "", tags: Sequence[str] = (), hint: str = ""
    ) -> str:
        """Name of the policy that a ticket falls under, or empty. Case does not matter.

        The first assignment that fits wins; then ``hint``, what the desk itself says of the organisation;
        then the default.
        """
        tagged = {tag.casefold() for tag in tags}
        for rule in self._assignments:
            if rule.organisation and rule.organisation.casefold() != organisation.casefold():
                continue
            if rule.queue and rule.queue.casefold() != queue.casefold():
                continue
            if rule.tag and rule.tag.casefold() not in tagged:
                continue
            return _name(rule.policy)
        return _name(hint) or _name(self._default)

    def evaluate(
        self, policy_name: str, history: History, now: Instant, version: str | None = None
    ) -> Evaluation:
        """Every target of a ticket under a policy; its age only, with a note, where that cannot run.

        ``version`` None is the one that the ticket was opened or last regraded under; so is one that is in
        no archive any more. ``Evaluation.version`` says which it was.
        """
        with self._lock:
            evaluator = self._evaluator(policy_name, history, version)
            if isinstance(evaluator, str):
                return _age_only(history, policy_name, evaluator)
            return evaluator.evaluate(history, now)

    def explain(
        self, policy_name: str, history: History, now: Instant, version: str | None = None
    ) -> Explanation:
        """How each deadline of a ticket came about; with a note only, where the policy cannot run."""
        from techdesk.sla.explain import explain_with, unexplained

        with self._lock:
            evaluator = self._evaluator(policy_name, history, version)
            if isinstance(evaluator, str):
                return unexplained(_age_only(history, policy_name, evaluator))
            return explain_with(evaluator, history, now, self.calendars(evaluator.policy))

    def _evaluator(self, name: str, history: History, version: str | None) -> Evaluator | str:
        """What runs a policy, or why nothing does."""
        try:
            versions = self._versions[name] if name in self._versions else self.versions(name)
        except PolicyError as error:
            return f"No countdown: the policy file has a fault. {error}. Age only."
        if not versions:
            return "" if not name else f"No countdown: there is no policy file for {name!r}. Age only."
        policy = versions[-1]
        if len(versions) > 1:
            from techdesk.policies.versions import pin

            wanted = [each for each in versions if each.version == version]
            policy = wanted[-1] if wanted else pin(versions, history)
        key = (name, policy.version)
        evaluator = self._evaluators.get(key)
        if evaluator is None:
            from techdesk.sla.evaluate import Evaluator

            evaluator = self._evaluators[key] = Evaluator(policy, self.calendars(policy))
        return evaluator

    def _read(self, name: str) -> Policy | PolicyError | None:
        if name in self._policies:
            return self._policies[name]
        if name not in self._names:
            return None
        try:
            policy: Policy | PolicyError = self._reader.current(name)
        except PolicyError as error:
            policy = error
        self._policies[name] = policy
        return policy


def _age_only(history: History, name: str, note: str) -> Evaluation:
    from techdesk.sla.evaluate import age_only

    return age_only(history, name, note)


def _name(text: str) -> str:
    """A policy's name as files have it: ``Data Dynamics`` is ``data-dynamics``."""
    return "-".join(text.casefold().split())
