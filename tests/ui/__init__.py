"""Tests of the pages in a real browser: `make test-ui`, `make screenshots`."""
