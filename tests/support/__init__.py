"""Shared test code: runners, sample rows, AWS clients, file lists."""
