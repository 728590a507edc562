// The tables of the ClickHouse store. Times are Unix seconds, at the start of a cell, unless the name says otherwise.
// A cell's sum of nanoseconds is sum_high * 2^32 + sum_low, each half a sum of its own that never runs over.
#pragma once

#include <array>
#include <string>

namespace bellrock::store {

inline constexpr std::uint32_t kClickHouseSchemaVersion = 4;

// Which series a row is of; `dimensions` as in SQLite: lines of name, value, name, value.
inline constexpr const char* kKeyColumns = "journey, version, kind, item, detail, scope, dimensions";
#define BELLROCK_KEY \
  "journey String, version UInt64, kind UInt8, item String, detail String, scope UInt8, dimensions String"
#define BELLROCK_CELL                                                                                                  \
  "n UInt64, sum_high UInt64, sum_low UInt64, min UInt64, max UInt64, measured UInt64, zero UInt64, overflow UInt64, " \
  "bucketsMap Nested(index Int16, count UInt64)"

struct Table {
  const char* name;
  const char* columns;
  const char* partition;  // deletion is by partition
  const char* order;
  const char* engine = "MergeTree()";
};

inline constexpr std::array kTables = {
    // Of each frame applied, one row, by the hour in which it was received. It makes the frame's cells visible:
    // (intake,
    // ordinal) are its own, and the ordinals of one intake rise. Old ones are folded into the six tables after it.
    Table{"frames",
          "hour UInt32, intake UInt64, ordinal UInt64, node String, boot String, seq UInt64, "
          "digest String, board_id String, snapshot String, received_ms Int64, heard Int64, oldest_seq_held UInt64, "
          "recorded UInt64, n UInt64, oldest_window Int64, lost Nested(first UInt64, last UInt64), open String, "
          "counters String, edge Int8, edge_since_ms Int64, board_lost Nested(journey String, n UInt64)",
          "hour", "(node, boot, seq)"},
    // Of each source what its folded frames said; `frames_run` of `runs` says which rows count. Of the sequence numbers
    // from base_seq to frozen_below it is settled how many came and how many were lost.
    Table{"sources",
          "run UInt64, node String, boot String, applied UInt64, newest_seq UInt64, recorded UInt64, n UInt64, "
          "first_seen_ms Int64, last_seen_ms Int64, base_seq UInt64, oldest_seq_held UInt64, repeated UInt64, "
          "conflicts UInt64, board_id String, snapshot "
          "String, open String, counters String, edge Int8, edge_since_ms Int64, levels_since UInt64, frozen_below "
          "UInt64, frozen_came UInt64, frozen_lost UInt64, lost Nested(first UInt64, last UInt64)",
          "run", "(node, boot)"},
    // Of the same run, when each source last declared frames lost that it had not declared before. Since version 3.
    Table{"losses", "run UInt64, node String, boot String, last_ms Int64", "run", "(node, boot)"},
    // Of each source what its newest frame that knows says of its clock: it holds where that is the newest of all.
    // Visible at once, whatever becomes of the frame. Since version 4.
    Table{"clocks", "node String, boot String, seq UInt64, offset_ms Int64, uncertain_ms Int64", "tuple()",
          "(node, boot)", "ReplacingMergeTree(seq)"},
    // Folded frames that may still be repeated. What is true once stays so: a fold that was killed does no harm here.
    Table{"remembered", "hour UInt32, node String, boot String, seq UInt64, digest String", "tuple()",
          "(node, boot, seq)", "ReplacingMergeTree()"},
    Table{"heard", "minute Int64", "intDiv(minute, 86400)", "minute", "ReplacingMergeTree()"},
    // By the hour; 0: all that is older than what is kept. Of the run that `frames_run` says.
    Table{"board_lost", "run UInt64, journey String, start Int64, n UInt64", "run", "(journey, start)"},
    // All that there have ever been.
    Table{"series", BELLROCK_KEY, "tuple()", "(journey, version, kind, item, detail, scope, dimensions)",
          "ReplacingMergeTree()"},
    // Windows of 10 s, by the hour in which they were received.
    Table{"cells", "hour UInt32, intake UInt64, ordinal UInt64, start Int64, " BELLROCK_KEY ", " BELLROCK_CELL, "hour",
          "(journey, kind, scope, item, detail, version, dimensions, start)"},
    // The same added up by runs of the roll-up. A run's rows are visible when `runs` has it.
    Table{"minutes", "run UInt64, start Int64, " BELLROCK_KEY ", " BELLROCK_CELL, "intDiv(start, 86400)",
          "(journey, kind, scope, item, detail, version, dimensions, start)"},
    Table{"hours", "run UInt64, start Int64, " BELLROCK_KEY ", " BELLROCK_CELL, "intDiv(start, 86400)",
          "(journey, kind, scope, item, detail, version, dimensions, start)"},
    // n over all time of series of scope total, up to a run.
    Table{"lifetime", "run UInt64, " BELLROCK_KEY ", n UInt64", "run", "(journey, kind, item, detail, version)"},
    // What is rolled up and what is gone: of each run one row, which holds all that the runs before it did.
    Table{"runs",
          "number UInt64, run UInt64, made Int64, lifetime_run UInt64, first_hour UInt32, before Int64, minutes_before "
          "Int64, trimmed UInt64, frames_run UInt64, frames_before UInt32, last_ordinal UInt64, covered Nested(intake "
          "UInt64, ordinal UInt64), twins Nested(intake UInt64, ordinal UInt64), runs Array(UInt64)",
          "intDiv(number, 100)", "number"},
    // Folded as frames are.
    Table{"repeats", "node String, boot String, at_ms Int64, repeated UInt64, conflicts UInt64",
          "intDiv(at_ms, 3600000)", "(node, boot, at_ms)", "SummingMergeTree()"},
    // Two centres may give the same id: `writer` tells their entries apart.
    Table{"journal",
          "id Int64, writer UInt64, change UInt64, made Int64, kind String, journey String, objective String, key "
          "String, body String",
          "intDiv(made, 2592000)", "(id, writer)", "ReplacingMergeTree(change)"},
    // Visible at once, whatever becomes of their frame: a storyboard that is written twice is one. Since version 2.
    Table{"storyboards", "journey String, outcome String, minute Int64, rank UInt64, body String",
          "intDiv(minute, 86400)", "(journey, outcome, minute, rank)", "ReplacingMergeTree()"},
    Table{"aside", "ordinal UInt64, received_ms Int64, reason String, size UInt64, bytes String", "intDiv(ordinal, 50)",
          "ordinal"},
    Table{"schema", "version UInt32", "tuple()", "version"},
};

#undef BELLROCK_KEY
#undef BELLROCK_CELL

// `replica`: empty, or where in ZooKeeper the tables are and under which name this server has its copy.
struct Replica {
  std::string folder = {}, name = {};
};

inline std::string engine_of(const Table& table, const Replica& replica) {
  std::string engine = table.engine;
  if (replica.folder.empty()) return engine;
  engine.insert(engine.find('(') + 1, "'" + replica.folder + "/" + table.name + "', '" + replica.name + "'" +
                                          (engine.ends_with("()") ? "" : ", "));
  return "Replicated" + engine;
}

inline std::string create_statement(const Table& table, const Replica& replica = {}) {
  return std::string("CREATE TABLE IF NOT EXISTS ") + table.name + " (" + table.columns +
         ") ENGINE = " + engine_of(table, replica) + " PARTITION BY " + table.partition + " ORDER BY " + table.order;
}

}  // namespace bellrock::store
