// The tables of the ClickHouse store. Times are Unix seconds, at the start of a cell, unless the name says otherwise.
// A cell's sum of nanoseconds is sum_high * 2^32 + sum_low, each half a sum of its own that never runs over.
#pragma once

#include <array>
#include <string>

namespace bellrock::store {

inline constexpr std::uint32_t kClickHouseSchemaVersion = 1;

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
    // Of each frame applied, one row. It makes the frame's cells visible: (intake, ordinal) are its own, and the
    // ordinals of one intake rise.
    Table{"frames",
          "day UInt32, hour UInt32, intake UInt64, ordinal UInt64, node String, boot String, seq UInt64, "
          "digest String, board_id String, snapshot String, received_ms Int64, heard Int64, oldest_seq_held UInt64, "
          "recorded UInt64, n UInt64, oldest_window Int64, lost Nested(first UInt64, last UInt64), open String, "
          "counters String, edge Int8, edge_since_ms Int64, board_lost Nested(journey String, n UInt64)",
          "day", "(node, boot, seq)"},
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
          "number UInt64, run UInt64, lifetime_run UInt64, first_day UInt32, before Int64, minutes_before Int64, "
          "trimmed UInt64, covered Nested(intake UInt64, ordinal UInt64), twins Nested(intake UInt64, ordinal UInt64), "
          "runs Array(UInt64)",
          "intDiv(number, 100)", "number"},
    Table{"repeats", "node String, boot String, at_ms Int64, repeated UInt64, conflicts UInt64", "tuple()",
          "(node, boot, at_ms)", "SummingMergeTree()"},
    Table{"journal",
          "id Int64, change UInt64, made Int64, kind String, journey String, objective String, key String, body String",
          "intDiv(made, 2592000)", "id", "ReplacingMergeTree(change)"},
    Table{"aside", "ordinal UInt64, received_ms Int64, reason String, size UInt64, bytes String", "intDiv(ordinal, 50)",
          "ordinal"},
    Table{"schema", "version UInt32", "tuple()", "version"},
};

#undef BELLROCK_KEY
#undef BELLROCK_CELL

inline std::string create_statement(const Table& table) {
  return std::string("CREATE TABLE IF NOT EXISTS ") + table.name + " (" + table.columns + ") ENGINE = " + table.engine +
         " PARTITION BY " + table.partition + " ORDER BY " + table.order;
}

}  // namespace bellrock::store
