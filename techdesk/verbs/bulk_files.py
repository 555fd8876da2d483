"""Plans and reports as files."""

from __future__ import annotations

import sys
from pathlib import Path

from techdesk.verbs.session import Session
from techdesk.verbs.speech import Exit, Failed, as_json, say
from techdesk.work.plans import NotAPlan, Plan, decode


def read_plan(name: str) -> Plan:
    """The plan of a file, or of standard input for ``-``. Raises ``Failed``."""
    from techdesk.actions.planning import BULK

    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise Failed(Exit.ERROR, f"{name} cannot be read: {error.strerror or error}.") from None
    try:
        plan = decode(data)
        if plan.action not in BULK:
            raise NotAPlan(f"'{plan.action}' is nothing that is done to many tickets.")
        return plan
    except NotAPlan as error:
        remedy = "'techdesk plan close LIMIT > plan.json' makes one."
        raise Failed(Exit.ERROR, f"{name}: {error}", remedy) from None


def save_report(session: Session, batch: str, name: str, *, plan: Plan | None = None) -> None:
    """Write the report of a run: JSON for a name that ends in .json, else CSV. Raises ``Failed``."""
    from techdesk.actions.applying import document_of
    from techdesk.work.bulk_report import as_csv, as_data, lines, write

    reader = session.reader
    plan = plan or document_of(reader.batch_document(batch))
    if plan is None:
        raise Failed(Exit.NOT_FOUND, "The plan of this run is no longer kept.")
    made = lines(plan, reader.batch_tickets(batch))
    path = Path(name)
    if path.suffix.lower() == ".json":
        text = as_json(as_data(plan, reader.batch(batch), made, session.clock.now())) + "\n"
    else:
        text = as_csv(made)
    try:
        write(path, text)
    except OSError as error:
        raise Failed(
            Exit.ERROR, f"The report cannot be written to {name}: {error.strerror or error}."
        ) from None
    say(f"the report is in {name}.")
