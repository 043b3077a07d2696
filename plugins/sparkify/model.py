"""The warehouse's tables and the sources they are loaded from, each declared once.

The DAG, the checks, the plan, the page Trust, the writers' locks, the local bucket and the tests
read the declarations here. The columns of the tables are in include/sql/migrations.
docs/extending.md explains how to add a table.
"""

from __future__ import annotations

from dataclasses import dataclass

from sparkify.window import PartitionUnit


@dataclass(frozen=True, slots=True)
class Partitioned:
    """A source with files for each hour, day or month.

    A run loads the partitions that its window touches.

    :param key: the key of a partition's file with strftime's directives, as
        `log_data/%Y/%m/%d.json`, or with a slash at its end the partition's folder. Without
        directives it names one file, and a run may touch one partition only.
    """

    key: str
    unit: PartitionUnit = "day"

    @property
    def prefix(self) -> str:
        """The folder that all partitions are below: `log_data/` of `log_data/%Y/…`."""
        folder = self.key.partition("%")[0].rpartition("/")[0]
        return f"{folder}/" if folder else ""


@dataclass(frozen=True, slots=True)
class Folder:
    """A source whose files belong to no time. A run loads those that are new or changed.

    :param key: the folder, with a slash at its end.
    """

    key: str

    @property
    def prefix(self) -> str:
        return self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """The personal data in the rows of a table. `sparkify_forget_user` erases it.

    :param owner: the column with the id of the person. A pseudonym takes its place.
    :param columns: the columns that become null.
    :param field: the key of the owner in the source's records, where it is not the column's name.
    """

    owner: str
    columns: tuple[str, ...]
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StagingTable:
    """A staging table: the records of one source, one row each.

    :param columns: the columns to load, in the order of the jsonpaths file. The table has a
        column `load_id` beside them.
    :param key: the columns that tell rows apart.
    :param key_owner: a column that all rows of one key must share. Rows of one key that differ
        in it fail the load, because the key does not tell them apart.
    :param event_time: the column of event time; a partitioned source needs one.
    :param json_paths: the key of the jsonpaths file in the source's bucket; None: COPY matches
        fields and columns by name.
    :param copy_options: more options of COPY, as `TIMEFORMAT 'epochmillisecs'`.
    :param contract: the JSON Schema of a record, below include/contracts.
    :param personal: which columns are personal data, if any are.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    source: Partitioned | Folder
    key_owner: str | None = None
    event_time: str | None = None
    json_paths: str | None = None
    copy_options: tuple[str, ...] = ()
    contract: str | None = None
    personal: Personal | None = None

    def __post_init__(self) -> None:
        if isinstance(self.source, Partitioned) != (self.event_time is not None):
            raise ValueError(
                f"{self.name}: a partitioned source needs an event_time, and a folder has none"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class StarTable:
    """A fact or dimension table.

    :param key: the columns that tell rows apart.
    :param loaded_from: the staging table whose rows it is made of.
    :param fact: it has one row for each event. Its rows are replaced by window, not merged by key.
    :param event_time: the column that says which window a row belongs to; None where the source
        is a folder.
    :param late_source: a staging table whose new rows change rows of any window.
    :param personal: which columns are personal data, if any are.
    """

    name: str
    key: tuple[str, ...]
    loaded_from: StagingTable
    fact: bool = False
    event_time: str | None = None
    late_source: StagingTable | None = None
    personal: Personal | None = None

    def __post_init__(self) -> None:
        if isinstance(self.loaded_from.source, Folder) and self.event_time is not None:
            raise ValueError(
                f"{self.name}: rows of {self.loaded_from.name} belong to no window, so that it"
                " can have no event_time"
            )
        if self.fact and self.event_time is None:
            raise ValueError(f"{self.name}: a fact table is loaded by window: give its event_time")


Table = StagingTable | StarTable

_FASTER_COPY = ("COMPUPDATE OFF", "STATUPDATE OFF")  # the migrations say the encodings

STAGING_EVENTS = StagingTable(
    name="staging_events",
    columns=(
        *("artist", "auth", "first_name", "gender", "item_in_session", "last_name", "length"),
        *("level", "location", "method", "page", "registration", "session_id", "song", "status"),
        *("ts", "user_agent", "user_id"),
    ),
    key=("session_id", "item_in_session"),
    source=Partitioned("log_data/%Y/%m/%Y-%m-%d-events.json"),
    key_owner="user_id",
    event_time="ts",
    json_paths="log_json_path.json",
    copy_options=("TIMEFORMAT 'epochmillisecs'", "EMPTYASNULL", *_FASTER_COPY),
    contract="events.json",
    personal=Personal(
        owner="user_id",
        # The moment of registration has milliseconds, so it identifies a user.
        columns=("first_name", "last_name", "gender", "location", "user_agent", "registration"),
        field="userId",
    ),
)
STAGING_SONGS = StagingTable(
    name="staging_songs",
    columns=(
        *("num_songs", "artist_id", "artist_latitude", "artist_longitude", "artist_location"),
        *("artist_name", "song_id", "title", "duration", "year"),
    ),
    key=("song_id",),
    source=Folder("song_data/"),
    copy_options=("EMPTYASNULL", *_FASTER_COPY),
    contract="songs.json",
)
SONGPLAYS = StarTable(
    name="songplays",
    key=("songplay_id",),
    loaded_from=STAGING_EVENTS,
    fact=True,
    event_time="start_time",
    late_source=STAGING_SONGS,
    personal=Personal(owner="user_id", columns=("location", "user_agent")),
)
PAGE_VIEWS = StarTable(
    name="page_views",
    key=("page_view_id",),
    loaded_from=STAGING_EVENTS,
    fact=True,
    event_time="start_time",
    personal=Personal(
        owner="user_id",
        columns=("location", "user_agent", "device", "operating_system", "browser"),
    ),
)
USERS = StarTable(
    name="users",
    key=("user_id",),
    loaded_from=STAGING_EVENTS,
    event_time="last_play_at",
    personal=Personal(owner="user_id", columns=("first_name", "last_name", "gender")),
)
TIME = StarTable(
    name="time", key=("start_time",), loaded_from=STAGING_EVENTS, event_time="start_time"
)
SONGS = StarTable(name="songs", key=("song_id",), loaded_from=STAGING_SONGS)
ARTISTS = StarTable(name="artists", key=("artist_id",), loaded_from=STAGING_SONGS)

STAGING: tuple[StagingTable, ...] = (STAGING_EVENTS, STAGING_SONGS)
STAR: tuple[StarTable, ...] = (SONGPLAYS, PAGE_VIEWS, USERS, TIME, SONGS, ARTISTS)
TABLES: tuple[Table, ...] = (*STAGING, *STAR)
