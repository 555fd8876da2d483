"""The command line: which verbs there are. Each is loaded only when it is called (docs/cli.md)."""

from __future__ import annotations

import gc
import importlib

import click

from techdesk import __version__
from techdesk.verbs.options import choices, common
from techdesk.verbs.speech import Failed

_VERBS = {
    "demo": ("demonstrating", "demo", "Start a demo help desk and open its queue."),
    "connect": ("connecting", "connect", "Connect to a help desk, and keep the connection."),
    "sync": ("connecting", "sync", "Send what waits and fetch what changed, once."),
    "list": ("looking", "list_", "List tickets, most urgent first."),
    "show": ("looking", "show", "Show one ticket with its conversation."),
    "next": ("looking", "next_", "The next best ticket to work on; --skip passes one over."),
    "status": ("looking", "status", "Set the status of a ticket; alone, one line for a prompt or tmux."),
    "take": ("changing", "take", "Make yourself the owner of a ticket."),
    "assign": ("changing", "assign", "Give a ticket to somebody, or to nobody."),
    "priority": ("changing", "priority", "Set the priority."),
    "tag": ("changing", "tag", "Put tags on, or take them off."),
    "queue": ("tools", "queue", "Move a ticket to another queue."),
    "time": ("tools", "time", "Log working time."),
    "snooze": ("tools", "snooze", "Put a ticket off until an hour."),
    "watch": ("tools", "watch", "Put people on copy, or take them off."),
    "link": ("tools", "link", "Link a ticket to another."),
    "unlink": ("tools", "unlink", "Take a link off."),
    "merge": ("tools", "merge", "Merge a ticket into another; never undone once sent."),
    "attachments": ("files", "attachments", "List a ticket's files, or save one."),
    "macro": ("macros", "macro", "Apply a macro of the settings, after showing the difference."),
    "reply": ("writing", "reply", "Write to the customer."),
    "comment": ("writing", "comment", "Write an internal note, or log a call."),
    "resolve": ("writing", "resolve", "Tell the customer that it is resolved, and resolve it."),
    "close": ("writing", "close", "Close a ticket for a reason of its policy."),
    "reopen": ("writing", "reopen", "Open a resolved or closed ticket again."),
    "new": ("writing", "new", "Open a ticket."),
    "call": ("noting", "call", "Log a telephone call: who called, and what was said."),
    "record": ("noting", "record", "Note a fact that the rules ask for: an absence, a try, a tick."),
    "escalate": ("noting", "escalate", "Take a step of the escalation path, or ask for the dedicated team."),
    "handoff": ("noting", "handoff", "Hand a ticket over to another support level."),
    "plan": ("planning", "plan", "Plan a change of many tickets: what would be done, what is refused."),
    "apply": ("applying", "apply", "Carry out a plan, once."),
    "bulk": ("applying", "bulk", "Bulk runs, and what became of each ticket."),
    "undo": ("changing", "undo", "Take back your newest change; once sent, send the opposite."),
    "conflicts": ("deciding", "conflicts", "What waits for your decision, with both sides."),
    "settle": ("deciding", "settle", "Decide it: keep mine, take theirs ..."),
    "explain": ("policy", "explain", "How a ticket's deadlines came about."),
    "policy": ("policy", "policy", "Support policies: list, show, check, test, simulate."),
    "report": ("reporting", "report", "Objectives of the day: missed, due today and tomorrow, and whose."),
    "oncall": ("rota", "oncall", "Who is on call, until when, and who is next."),
    "journal": ("looking", "journal", "What was done, sent, refused and undone here."),
    "keys": ("keys", "keys", "Every action with its keys, as the settings have them."),
    "cache": ("cache", "cache", "Forget what the desk has; unsent work and drafts stay."),
    "doctor": ("checking", "doctor", "Where everything is, and what is wrong with it."),
}
"""Verb -> module under ``techdesk.verbs``, the command's name there, and the line for ``--help``."""


class Verbs(click.Group):
    """Commands that are imported when they are called, so that ``--help`` and ``--version`` load none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        module, name, _ = _VERBS[cmd_name]
        command = getattr(importlib.import_module(f"techdesk.verbs.{module}"), name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            found = super().resolve_command(ctx, args)
            # Off since the start (``__main__``), and nothing that was loaded till now is garbage.
            gc.freeze()
            gc.enable()
            return found
        except click.UsageError as error:
            from techdesk.config.problems import near

            raise click.UsageError(f"{error.message} {near(args[0], _VERBS)}".strip(), ctx) from None

    def invoke(self, ctx: click.Context) -> object:
        """What the file did to a verb is told in words: a full disk or a damaged page is no bug of ours."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Failed as problem:
            failed = problem
        except Exception as error:
            from techdesk.verbs.file_trouble import told

            trouble = told(error, choices())
            if trouble is None:
                raise
            failed = trouble
        failed.show()
        raise click.exceptions.Exit(failed.exit_code)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, words) for verb, (_, _, words) in _VERBS.items()])


@click.command(
    cls=Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="techdesk %(version)s")
@common
@click.pass_context
def command(context: click.Context, /) -> None:
    """A terminal workbench for support technicians.

    Without a verb the queue of the default profile is opened.

    Exit statuses: 0 done, 1 error, 2 usage, 3 refused by a rule, 4 help desk not reachable, 5 not found,
    6 queued but not confirmed yet, 7 a person has to decide, 8 no token or a refused one, 9 partly done,
    10 nothing to do.
    """
    if context.invoked_subcommand is None:
        from techdesk.verbs.opening import open_screens

        raise SystemExit(open_screens(choices()))
