"""Sample data in the shapes of Sparkify's source: invented, seeded, with every oddity of the real.

Purpose: a month to load on a laptop, and as many events as a benchmark wants.

What occurs, whatever the seed (given two days, 150 events and 20 songs):

- no newline at the end of a file; a day without events has no file
- user ids as strings, `""` with nulls beside it when logged out; quotes inside `userAgent`
- an artist called by the JSON number 311; escaped control characters; mis-decoded text
- an hour without an event each day (09:00 UTC) and the next without a play
- sessions that cross hours, and midnight: a row always lies in the file of its own UTC day
- a listener who goes from paid to free to paid inside one hour
- two listeners who play at the same millisecond
- artists with several names; songs of one title, and twins alike in title, artist and duration
- plays that match a song on title, artist and duration, and plays that miss by one of them
"""

from local.sample_data.writer import Parameters, Written, write

__all__ = ["Parameters", "Written", "write"]
