"""Redshift: connections, one session per task, statements, locks and migrations."""
