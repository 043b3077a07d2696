"""PostgreSQL's wire protocol: messages, exchanges and TLS."""
