"""The exceptions a caller is meant to catch. Each message is one sentence a person can act on."""


class InputError(ValueError):
    """Bad input or usage: says which file or value, what was found and what would work (exit status 2)."""


class NeedsMemory(InputError):
    """A run was refused before it started because it would not fit in memory."""


class Cancelled(Exception):
    """The person asked a running job to stop (exit status 130)."""
