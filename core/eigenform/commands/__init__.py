"""The verbs of the command line, one module a family. None is imported before its verb is called."""
