"""Redshift's SQL dialect: how the endpoint forwards, rewrites or refuses each statement."""

from local.redshift.dialect.plans import LONG, Copy, Forward, Plan, Refuse, Run, plans, split

__all__ = ["LONG", "Copy", "Forward", "Plan", "Refuse", "Run", "plans", "split"]
