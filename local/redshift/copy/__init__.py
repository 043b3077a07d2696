"""COPY: parsing the statement, reading objects from S3, converting their records to rows."""
