"""The Redshift cluster and its IAM role."""
