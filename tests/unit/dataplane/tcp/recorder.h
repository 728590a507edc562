// A handler that writes down what the reassembler tells it, and checks the order it promises.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "dataplane/tcp/reassembler.h"

namespace bellrock::tcp {

struct Recorder {
  struct Stream {
    std::string bytes;                                // '?' for skipped ones, if they are few
    std::vector<std::pair<std::size_t, Instant>> at;  // length and time of every delivery
    std::uint64_t gap_bytes = 0;
    unsigned gaps = 0;
    unsigned ends = 0;
    Instant ended;
  };
  struct Record {
    ConnectionInfo info;
    Stream to_server, to_client;
    unsigned resets = 0;
    bool closed = false;
    CloseReason reason{};
    Instant closed_at;
    std::string log;                                            // "> bytes", "< gap 5", "> end" …, one line each
    std::vector<std::pair<Direction, std::uint64_t>> advances;  // data and gaps

    Stream& stream(Direction d) { return d == Direction::kToServer ? to_server : to_client; }
  };

  std::vector<Record> records;  // in the order of opening
  std::map<ConnectionIndex, std::size_t> open;

  Record& record(ConnectionIndex c) {
    EXPECT_TRUE(open.contains(c)) << "a call for a connection that is not open";
    return records[open[c]];
  }

  void on_open(ConnectionIndex c, const ConnectionInfo& info) {
    EXPECT_FALSE(open.contains(c));
    open[c] = records.size();
    records.push_back({});
    records.back().info = info;
  }
  void on_data(ConnectionIndex c, Direction d, Bytes bytes, Instant time) {
    Stream& stream = record(c).stream(d);
    EXPECT_FALSE(bytes.empty());
    EXPECT_EQ(stream.ends, 0U) << "data after the end";
    stream.bytes += text(bytes);
    stream.at.emplace_back(bytes.size(), time);
    record(c).advances.emplace_back(d, bytes.size());
    record(c).log += (d == Direction::kToServer ? "> " : "< ") + std::string(text(bytes)) + "\n";
  }
  void on_gap(ConnectionIndex c, Direction d, std::uint64_t bytes) {
    Stream& stream = record(c).stream(d);
    EXPECT_GT(bytes, 0U);
    EXPECT_EQ(stream.ends, 0U) << "a gap after the end";
    ++stream.gaps;
    stream.gap_bytes += bytes;
    record(c).advances.emplace_back(d, bytes);
    stream.bytes += bytes < 1'000'000 ? std::string(bytes, '?') : "?...?";
    record(c).log += (d == Direction::kToServer ? "> gap " : "< gap ") + std::to_string(bytes) + "\n";
  }
  void on_end(ConnectionIndex c, Direction d, Instant at) {
    Stream& stream = record(c).stream(d);
    EXPECT_EQ(stream.ends, 0U);
    ++stream.ends;
    stream.ended = at;
    record(c).log += d == Direction::kToServer ? "> end\n" : "< end\n";
  }
  void on_reset(ConnectionIndex c, Direction d, Instant) {
    ++record(c).resets;
    record(c).log += d == Direction::kToServer ? "> reset\n" : "< reset\n";
  }
  void on_close(ConnectionIndex c, CloseReason reason, Instant at) {
    Record& r = record(c);
    EXPECT_FALSE(r.closed);
    r.closed = true;
    r.reason = reason;
    r.closed_at = at;
    open.erase(c);
  }
};

}  // namespace bellrock::tcp
