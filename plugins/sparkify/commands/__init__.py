"""Commands for the terminal: `python -m sparkify.commands.<name>`."""
