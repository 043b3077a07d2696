"""What several tests use: runners, sample rows, clients of the AWS server, readers of files."""
