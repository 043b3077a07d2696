"""What clients have sent: a record of statements, and SYS_QUERY_HISTORY."""
