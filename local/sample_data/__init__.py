"""Generates sample data in the format of Sparkify's source, with all its peculiarities.

Purpose: a month to load on a laptop, and any number of events for a benchmark.

With at least two days, 150 events and 20 songs, every seed produces:

- files without a newline at the end; no file for a day without events
- user ids as strings; `""` and nulls when logged out; quotes inside `userAgent`
- an artist whose name is the JSON number 311; escaped control characters; mis-decoded text
- one hour without events each day (09:00 UTC), and the next hour without plays
- sessions across hours and midnight; each row is in the file of its own UTC day
- a listener who changes from paid to free to paid within one hour
- two listeners who play at the same millisecond
- artists with several names; songs with equal titles; two songs equal in title, artist and duration
- plays that match a song on title, artist and duration, and plays that differ in one of them
"""

from local.sample_data.writer import Parameters, Written, write

__all__ = ["Parameters", "Written", "write"]
