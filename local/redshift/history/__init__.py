"""The history of clients' statements: SYS_QUERY_HISTORY, and a file of statements as sent."""
