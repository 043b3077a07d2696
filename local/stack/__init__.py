"""The laptop stack: S3, the Redshift endpoint and Airflow, started, watched and stopped."""
