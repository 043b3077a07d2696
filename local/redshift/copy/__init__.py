"""COPY: its text, the objects that it reads, and their records as rows."""
