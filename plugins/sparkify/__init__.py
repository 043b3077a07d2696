"""Operators that load S3 objects into a star schema in Amazon Redshift."""
