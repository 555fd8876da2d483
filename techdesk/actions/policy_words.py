"""The words that a policy has for its customers, with what is known of the ticket filled in.

A policy's templates (``Rulebook.templates``) stand beside the canned replies of the settings: a referral (W1,
PH5, DD9), what is still missing (W6, D18), what is asked for and why (DD14, DD18), what a fix may be (DD5).
"""

from __future__ import annotations

from collections.abc import Mapping

from techdesk.actions.filling import Filled, fill
from techdesk.config.macros import Canned
from techdesk.model import Instant
from techdesk.rules.checklists import questions
from techdesk.rules.entitlement import last_day
from techdesk.rules.facts import Evidence, Facts, Wish
from techdesk.rules.gate import Case
from techdesk.rules.intake import lacking
from techdesk.rules.versions import listed_version, support_ends
from techdesk.sla.policy import Policy
from techdesk.sla.rulebook import Moment

PREFIX = "policy:"
"""Before the id of a policy's words, beside those of the settings."""
_FIX, _EFFORT = "fix", "effort"
"""Words whose ``{reason}`` is what the severity's line says of a fix (DD5), or of the effort (PH8)."""


def offered(replies: Mapping[str, Canned], policy: Policy | None) -> dict[str, Canned]:
    """Every text that may go into a reply: the settings' by title, then the policy's in its own order."""
    made = dict(sorted(replies.items(), key=lambda each: each[1].title.casefold()))
    for template in policy.rulebook.templates if policy is not None else ():
        title = f"{template.title} ({policy.title if policy is not None else ''} {template.source})"
        made[PREFIX + template.id] = Canned(id=PREFIX + template.id, title=title, text=template.text)
    return made


def filled_words(
    canned: Canned, values: Mapping[str, str], standing: tuple[Facts, Evidence] | None, now: Instant
) -> Filled:
    """A text with what is known filled in; ``values``: what holds for every text (``filling.values_of``)."""
    if standing is None:
        return fill(canned.text, values)
    known = _known(*standing, now)
    if canned.id in (PREFIX + _FIX, PREFIX + _EFFORT):
        known["reason"] = _promise(standing[0], canned.id.removeprefix(PREFIX))
    if not canned.id.startswith(PREFIX):
        return fill(canned.text, {**known, **values})
    # What is missing is a list of questions, which ends the sentence that it stands in.
    text = canned.text.replace("{items}. ", "{items}").replace("{items}.", "{items}")
    made = fill(text, {**known, **values})
    return Filled(made.text.replace(": \n", ":\n").rstrip("\n"), made.unknown)


def _known(facts: Facts, evidence: Evidence, now: Instant) -> dict[str, str]:
    customer, policy = facts.customer, facts.policy
    known = {"customer": facts.organisation_name, "items": _missing(facts, evidence, now)}
    if customer is not None:
        known |= {
            "partner": customer.partner,
            "reseller": customer.partner,
            "tier": customer.tier,
            "product": customer.product,
            "version": customer.version,
        }
    if policy is None:
        return known
    severity, priority = policy.severity(facts.severity), policy.priority(facts.priority)
    known["severity"] = f"severity {severity.title or severity.label}" if severity is not None else ""
    known["priority"] = f"priority {priority.label}" if priority is not None else ""
    if customer is not None and customer.version:
        version = listed_version(policy, customer.product, customer.version)
        ends = support_ends(version, policy.last_month) if version is not None else None
        known["date"] = last_day(ends) if ends is not None else ""
        known["product"] = customer.product or (version.product if version is not None else "")
    return known


def _missing(facts: Facts, evidence: Evidence, now: Instant) -> str:
    """The questions for what the ticket still has to say, each on a line; empty where nothing is missing."""
    policy = facts.policy
    checklist = (
        next((c for c in policy.rulebook.checklists if c.at is Moment.INTAKE), None) if policy else None
    )
    if checklist is None:
        return ""
    wish = Wish(text=evidence.told)
    case = Case(action="ticket.reply", ticket=facts, actor="", now=now, evidence=evidence, wish=wish)
    asked = questions(lacking(case, checklist.id))
    return "\n\n" + "\n".join(f"- {each}" for each in asked) + "\n\n" if asked else ""


def _promise(facts: Facts, of: str) -> str:
    grade = facts.policy.severity(facts.severity) if facts.policy is not None else None
    if grade is None:
        return ""
    return grade.fix if of == _FIX else grade.effort
