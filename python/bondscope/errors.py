"""What goes wrong with files, in one exception."""


class BadFile(Exception):
    """A file that is damaged, foreign, or of a version that this module does not read. The message names it."""
