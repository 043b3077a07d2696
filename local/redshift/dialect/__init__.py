"""What the endpoint does with a statement: let it through, rewrite it, run it, refuse it."""

from local.redshift.dialect.plans import LONG, Copy, Forward, Plan, Refuse, Run, plans, split

__all__ = ["LONG", "Copy", "Forward", "Plan", "Refuse", "Run", "plans", "split"]
