"""A local endpoint that behaves like Amazon Redshift; see README.md in this folder."""
