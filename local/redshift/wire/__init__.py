"""PostgreSQL's wire protocol: messages, conversations and TLS."""
