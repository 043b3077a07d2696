"""The Redshift cluster and its IAM role, as one CloudFormation stack."""
