"""Mistakes of a user, told in one message and without a traceback of ours."""


class UserError(Exception):
    """Something the user can mend; `str(error)` says what was received and what would be right."""

    status = 1  # exit status of the command line


class UsageError(UserError):
    """The command itself asked for what does not exist."""

    status = 2


class ScriptError(UserError):
    """A figure script breaks its contract."""


class ResultError(UserError):
    """A result cannot be kept, or a kept one cannot be read."""


class BuildFailed(UserError):
    """At least one figure was not built; the message lists each with its reason."""
