// The tables of the SQLite store. Times are Unix seconds, at the start of a cell, unless the name says otherwise.
// A cell's sum of nanoseconds has 128 bits: sum_high * 2^64 + sum_low, where sum_low is an unsigned number stored in
// SQLite's signed 64 bits. `first` and `buckets` are what control/flow/bucket_codec.h makes.
#pragma once

namespace bellrock::store {

inline constexpr int kSchemaVersion = 7;
inline constexpr int kApplicationId = 0x42656c6c;  // "Bell"

// What version 2 added, run after kSchema as the later ones are: the state of each source's edge, as its newest frame
// says; no row: it does not say.
inline constexpr const char* kSchemaAddedIn2 = R"sql(
CREATE TABLE edges (
  source INTEGER PRIMARY KEY,
  running INTEGER NOT NULL,
  since_ms INTEGER NOT NULL
);
)sql";

inline constexpr const char* kSchema = R"sql(
CREATE TABLE sources (
  id INTEGER PRIMARY KEY,
  node TEXT NOT NULL,
  boot BLOB NOT NULL,
  board_id BLOB NOT NULL,
  snapshot BLOB NOT NULL,
  newest_seq INTEGER NOT NULL,      -- of the frame that `open` and `counters` are of
  base_seq INTEGER NOT NULL,        -- oldest_seq_held when the source was first seen
  oldest_seq_held INTEGER NOT NULL,
  forgotten_below INTEGER NOT NULL, -- frames below have no row any more
  applied INTEGER NOT NULL,
  applied_below_base INTEGER NOT NULL,
  repeated INTEGER NOT NULL,
  conflicts INTEGER NOT NULL,
  lost INTEGER NOT NULL,
  recorded INTEGER NOT NULL,
  first_seen_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  open TEXT NOT NULL,               -- lines: name=value
  counters TEXT NOT NULL,
  UNIQUE (node, boot)
);
-- Frames that may still be repeated.
CREATE TABLE frames (
  source INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (source, seq)
) WITHOUT ROWID;
-- Declared lost, joined, never overlapping.
CREATE TABLE lost (
  source INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (source, first)
) WITHOUT ROWID;
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  journey TEXT NOT NULL,
  version INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  item TEXT NOT NULL,
  detail TEXT NOT NULL,
  scope INTEGER NOT NULL,
  dimensions TEXT NOT NULL,         -- lines: name, value, name, value …
  ever INTEGER NOT NULL,            -- n over all time, kept for series of scope total only
  UNIQUE (journey, version, kind, item, detail, scope, dimensions)
);
-- Windows of 10 s, and the same added up by hour. `minutes` is in kSchemaAddedIn3.
CREATE TABLE cells (
  series INTEGER NOT NULL, start INTEGER NOT NULL,
  n INTEGER NOT NULL, sum_high INTEGER NOT NULL, sum_low INTEGER NOT NULL, min INTEGER NOT NULL, max INTEGER NOT NULL,
  zero INTEGER NOT NULL, overflow INTEGER NOT NULL, first INTEGER NOT NULL, buckets BLOB NOT NULL,
  PRIMARY KEY (series, start)
) WITHOUT ROWID;
CREATE TABLE hours (
  series INTEGER NOT NULL, start INTEGER NOT NULL,
  n INTEGER NOT NULL, sum_high INTEGER NOT NULL, sum_low INTEGER NOT NULL, min INTEGER NOT NULL, max INTEGER NOT NULL,
  zero INTEGER NOT NULL, overflow INTEGER NOT NULL, first INTEGER NOT NULL, buckets BLOB NOT NULL,
  PRIMARY KEY (series, start)
) WITHOUT ROWID;
CREATE TABLE board_lost (
  journey TEXT NOT NULL, start INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (journey, start)
) WITHOUT ROWID;
-- Over all time.
CREATE TABLE board_lost_ever (journey TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE totals (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO totals VALUES ('trimmed', 0), ('refused', 0);
CREATE TABLE aside (
  id INTEGER PRIMARY KEY, received_ms INTEGER NOT NULL, reason TEXT NOT NULL, size INTEGER NOT NULL, bytes BLOB NOT NULL
);
)sql";

// What version 3 added.
inline constexpr const char* kSchemaAddedIn3 = R"sql(
-- Windows that are no longer kept, added up by minute.
CREATE TABLE minutes (
  series INTEGER NOT NULL, start INTEGER NOT NULL,
  n INTEGER NOT NULL, sum_high INTEGER NOT NULL, sum_low INTEGER NOT NULL, min INTEGER NOT NULL, max INTEGER NOT NULL,
  zero INTEGER NOT NULL, overflow INTEGER NOT NULL, first INTEGER NOT NULL, buckets BLOB NOT NULL,
  PRIMARY KEY (series, start)
) WITHOUT ROWID;
-- Minutes in which a node sent a frame, by the node's own time: silence of all nodes is not silence of the visitors.
CREATE TABLE heard (minute INTEGER PRIMARY KEY);
CREATE TABLE journal (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  made INTEGER NOT NULL,
  kind TEXT NOT NULL, journey TEXT NOT NULL, objective TEXT NOT NULL,
  key TEXT NOT NULL,                -- '' for none
  body TEXT NOT NULL
);
CREATE UNIQUE INDEX journal_keys ON journal (kind, key) WHERE key <> '';
)sql";

// What version 4 added.
inline constexpr const char* kSchemaAddedIn4 = R"sql(
-- Attempts that failed, step by step: of each minute those with the lowest ranks. `body` is as in a frame.
CREATE TABLE storyboards (
  journey TEXT NOT NULL, outcome TEXT NOT NULL, minute INTEGER NOT NULL, rank INTEGER NOT NULL,
  keep INTEGER NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (journey, outcome, minute, rank)
) WITHOUT ROWID;
)sql";

// What version 5 added. When older stores had a loss last is not known: at the latest when the source was last seen.
inline constexpr const char* kSchemaAddedIn5 = R"sql(
-- When each source last declared frames lost that it had not declared before; no row: never.
CREATE TABLE losses (source INTEGER PRIMARY KEY, last_ms INTEGER NOT NULL);
INSERT INTO losses SELECT id, last_seen_ms FROM sources WHERE lost > 0;
)sql";

// What version 6 added.
inline constexpr const char* kSchemaAddedIn6 = R"sql(
-- How far each source's clock is off, as its newest frame says; no row: it does not say.
CREATE TABLE clocks (source INTEGER PRIMARY KEY, offset_ms INTEGER NOT NULL, uncertain_ms INTEGER NOT NULL);
)sql";

// What version 7 added. Of older stores the centre's own time has to do.
inline constexpr const char* kSchemaAddedIn7 = R"sql(
-- The latest minute in which each source sent a frame, by its own time.
CREATE TABLE newest_minutes (source INTEGER PRIMARY KEY, minute INTEGER NOT NULL);
INSERT INTO newest_minutes SELECT id, last_seen_ms / 60000 * 60 FROM sources;
)sql";

}  // namespace bellrock::store
