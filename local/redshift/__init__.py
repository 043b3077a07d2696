"""A local endpoint that behaves as Amazon Redshift does; see README.md beside this file."""
