"""What tasks share: defaults, retries, alerts and assets."""
