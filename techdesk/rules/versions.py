"""Which version of the product a customer runs: what a file of the site says, and what the ticket says.

General support for a version ends with a month (POLICIES DD8); what is not known warns.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from techdesk.model import Instant
from techdesk.rules.entitlement import WORK, last_day
from techdesk.rules.gate import Case, Gate, only, reasoned, say
from techdesk.rules.verdicts import OK, Verdict
from techdesk.sla.policy import LastMonth, Policy
from techdesk.sla.rulebook import ProductVersion

_ITEM = "version"
"""Point of a checklist that asks for the version; its patterns find it in a text."""
_NUMBER = re.compile(r"\d+(?:\.\d+)+")
_READS = WORK | only("ticket.escalate")


def support_ends(version: ProductVersion, month: LastMonth = LastMonth.MONTH_END) -> Instant | None:
    """The first instant after general support for a version; None while no end is announced.

    ``month``: whether the month that is announced belongs to it. Its last day ends on this machine's clocks,
    as a date of a customer file does: so it is told as that day.
    """
    if not version.ends:
        return None
    year, number = (int(part) for part in version.ends.split("-"))
    last = date(year, number, monthrange(year, number)[1])
    if month is LastMonth.MONTH_BEGIN:
        last = date(year, number, 1) - timedelta(days=1)
    return int(datetime.combine(last + timedelta(days=1), time()).astimezone().timestamp())


def listed_version(policy: Policy, product: str, version: str) -> ProductVersion | None:
    """The line of the policy's table for a version; ``product`` may be empty where nobody named it."""
    wanted = product.casefold()
    return next(
        (
            each
            for each in policy.rulebook.versions
            if each.version == version and wanted in ("", each.product.casefold())
        ),
        None,
    )


def said_version(policy: Policy, told: str) -> str:
    """The version that a conversation names last; empty where it names none."""
    found = [match for pattern in _patterns(policy) for match in pattern.finditer(told)]
    if not found:
        return ""
    numbers = _NUMBER.findall(max(found, key=lambda match: match.start()).group())
    return numbers[-1] if numbers else ""


def apart(case: Case) -> dict[str, object] | None:
    """What to tell where the ticket names another version than the customer's file (W6, DD8)."""
    customer = case.ticket.customer
    if case.action not in _READS or customer is None or not customer.version:
        return None
    said = said_version(case.policy, case.evidence.told)
    if not said or _agree(said, customer.version):
        return None
    return {"version": said, "needed": customer.version}


def _supported(case: Case) -> Verdict:
    """DD8: each version is supported through the last day of its month; a reason lets it pass."""
    if case.wish.reason_for("DD8") or case.wish.owner == "":
        return OK
    customer, policy = case.ticket.customer, case.policy
    product = customer.product if customer is not None else ""
    number = customer.version if customer is not None else ""
    number = number or said_version(policy, case.evidence.told)
    if not number:
        return say(case, "DD8", "unknown", customer=case.who)
    version = listed_version(policy, product, number)
    if version is None:
        return say(case, "DD8", "unlisted", product=product or "the product", version=number)
    ends = support_ends(version, policy.last_month)
    if ends is None or ends > case.now:
        return OK
    values = {"product": version.product, "version": version.version, "date": last_day(ends)}
    return reasoned(say(case, "DD8", "ended", **values))


def _agree(one: str, other: str) -> bool:
    """Whether two numbers may mean one version: ``6.02`` and ``6.02.20261101`` do."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _patterns(policy: Policy) -> tuple[re.Pattern[str], ...]:
    """What finds a version in a text: the checklist's patterns, and the table's products with a number."""
    items = (item for checklist in policy.rulebook.checklists for item in checklist.items)
    written = [pattern for item in items if item.id == _ITEM for pattern in item.detect]
    products = dict.fromkeys(version.product for version in policy.rulebook.versions)
    written += [rf"(?i)\b{re.escape(product)}\s+v?(?:ersion\s+)?\d+(?:\.\d+)+" for product in products]
    return tuple(_compiled(pattern) for pattern in written)


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


VERSION_GATES: tuple[Gate, ...] = (Gate(rule="DD8", actions=_READS, ask=_supported),)
