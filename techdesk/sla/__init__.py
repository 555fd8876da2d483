"""The SLA clock: calendars, targets, evaluation and explanation. Pure: no I/O and no clock of its own."""
