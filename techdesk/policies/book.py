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
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from techdesk.model import Instant
from techdesk.sla.calendar import Calendar, CalendarSpec
from techdesk.sla.evaluate import Evaluator, age_only
from techdesk.sla.evaluation import Evaluation
from techdesk.sla.history import History
from techdesk.sla.policy import Policy
from techdesk.sla.policy_table import PolicyError
from techdesk.sla.policy_text import parse_overlay, parse_policy

SHIPPED = Path(__file__).parent
NOT_SHIPPED = {
    "phonism": "Phonism",
    "wildix": "Wildix",
    "zynstra": "Zynstra",
    "data-dynamics": "Data Dynamics",
}
"""Policies that are known by name and whose rules do not ship yet: name -> title."""


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
    """Every policy by name. Cheap to make: a file is read when its policy is first asked for.

    A book belongs to one thread, since its calendars grow while they are asked; another loads its own.
    """

    def __init__(
        self, files: dict[str, Path], assignments: Sequence[Assignment] = (), default: str = ""
    ) -> None:
        self._files = files
        self._assignments = tuple(assignments)
        self._default = default
        self._policies: dict[str, Policy | PolicyError] = {}
        self._evaluators: dict[str, Evaluator | str] = {}
        self._calendars: dict[CalendarSpec, Calendar] = {}

    @classmethod
    def load(
        cls,
        site_folder: Path | None = None,
        *,
        assignments: Sequence[Assignment] = (),
        default: str = "",
    ) -> PolicyBook:
        """The shipped policies and those of a site's folder, which win by name (the file's stem).

        A folder that is not there holds no policies. ``default`` is for tickets that nothing else gives one.
        """
        files = {file.stem: file for file in SHIPPED.glob("*.toml")}
        if site_folder is not None and site_folder.is_dir():
            files |= {file.stem: file for file in sorted(site_folder.glob("*.toml"))}
        return cls(files, assignments, default)

    def names(self) -> tuple[str, ...]:
        """Names of the policies that have a file, in order."""
        return tuple(sorted(self._files))

    def title(self, name: str) -> str:
        """A policy's name for people, also of one that does not ship or cannot be read."""
        policy = self._read(name)
        return policy.title if isinstance(policy, Policy) else NOT_SHIPPED.get(name, name)

    def get(self, name: str) -> Policy | None:
        """The policy of a name; None where it has no file. Raises PolicyError for a file with a fault."""
        policy = self._read(name)
        if isinstance(policy, PolicyError):
            raise policy
        return policy

    def check(self) -> tuple[PolicyError, ...]:
        """Read every file and return what is wrong, for ``techdesk doctor``."""
        read = [self._read(name) for name in self.names()]
        return tuple(policy for policy in read if isinstance(policy, PolicyError))

    def calendar(self, policy: Policy, name: str) -> Calendar:
        """A compiled calendar of a policy, kept, and shared by equal ones. Raises KeyError."""
        spec = policy.calendars[name]
        calendar = self._calendars.get(spec)
        if calendar is None:
            calendar = self._calendars[spec] = Calendar(spec)
        return calendar

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

    def evaluate(self, policy_name: str, history: History, now: Instant) -> Evaluation:
        """Every target of a ticket under a policy; its age only, with a note, where that cannot run."""
        evaluator = self._evaluators.get(policy_name)
        if evaluator is None:
            evaluator = self._evaluators[policy_name] = self._evaluator(policy_name)
        if isinstance(evaluator, str):
            return age_only(history, policy_name, evaluator)
        return evaluator.evaluate(history, now)

    def _evaluator(self, name: str) -> Evaluator | str:
        """What runs a policy, or why nothing does."""
        policy = self._read(name)
        if isinstance(policy, Policy):
            return Evaluator(policy, _Compiled(self, policy))
        if policy is not None:
            return f"No countdown: the policy file has a fault. {policy}. Age only."
        if name in NOT_SHIPPED:
            return f"No countdown: techdesk does not ship the rules of {NOT_SHIPPED[name]} yet. Age only."
        return "" if not name else f"No countdown: there is no policy file for {name!r}. Age only."

    def _read(self, name: str) -> Policy | PolicyError | None:
        if name in self._policies:
            return self._policies[name]
        file = self._files.get(name)
        if file is None:
            return None
        try:
            policy: Policy | PolicyError = _read_file(name, file)
        except PolicyError as error:
            policy = error
        self._policies[name] = policy
        return policy


def _read_file(name: str, file: Path) -> Policy:
    text = _text(file)
    overlay = None
    if file.parent != SHIPPED:
        overlay = parse_overlay(text, str(file))
    if overlay is None:
        policy = parse_policy(text, str(file))
        if policy.name != name:
            raise PolicyError(str(file), 1, f"the name {policy.name!r} is not the file's", f"{name!r}")
        return policy
    base = SHIPPED / f"{overlay.extends}.toml"
    shipped = sorted(shipped.stem for shipped in SHIPPED.glob("*.toml"))
    if overlay.extends not in shipped or overlay.extends != name:
        problem = f"a file that extends {overlay.extends!r} is named like it, and extends a shipped policy"
        raise PolicyError(str(file), 1, problem, ", ".join(f"{stem}.toml" for stem in shipped))
    return parse_policy(_text(base), str(base), overlay)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(str(file), 1, f"cannot be read: {error}") from error


def _name(text: str) -> str:
    """A policy's name as files have it: ``Data Dynamics`` is ``data-dynamics``."""
    return "-".join(text.casefold().split())
