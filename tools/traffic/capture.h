// What the capture point sees: merges the connections' packets by time, leaves out what the options hide, writes the
// rest, and tells each transaction's truth when its bytes were first seen and whether all of them were.
#pragma once

#include <cstdint>
#include <memory>
#include <queue>
#include <vector>

#include "tools/traffic/connection.h"
#include "tools/traffic/options.h"
#include "tools/traffic/pcap_out.h"
#include "tools/traffic/random.h"

namespace bellrock::traffic {

class Capture {
 public:
  Capture(const Options& options, PcapOut& out, Truth& truth);
  // Takes a sealed connection. None of its packets is earlier than the last write_before.
  void add(std::unique_ptr<Connection> connection);
  void write_before(std::int64_t time_us);
  void finish();

 private:
  struct Seen {
    std::uint32_t begin, end;  // offsets in the stream
    std::int64_t time_us;
    bool late;  // carried by a later copy
  };
  struct Live {
    std::unique_ptr<Connection> connection;
    std::uint64_t id = 0;
    std::size_t next = 0;
    std::int64_t stream = -1;
    bool saw_syn = false;
    std::int64_t hidden_before_us = 0;
    std::vector<Seen> seen[2];
    // Where the capture of each stream begins: the lowest offset that a captured packet stood at, or that one with
    // bytes awaited from the other side. What was sent from there on has passed the capture.
    std::uint32_t from[2] = {UINT32_MAX, UINT32_MAX};
    std::int64_t time_us() const { return connection->packets()[next].time_us; }
  };
  struct Later {
    bool operator()(const std::unique_ptr<Live>& a, const std::unique_ptr<Live>& b) const {
      return a->time_us() != b->time_us() ? a->time_us() > b->time_us() : a->id > b->id;
    }
  };

  void emit(Live& live);
  bool hidden(const Live& live, const PlannedPacket& packet);
  void choose_mid_stream(Live& live);
  void write(std::int64_t time_us, const std::uint8_t* frame, std::size_t bytes);
  void maybe_noise(std::int64_t time_us);
  void settle(Live& live);
  static void complete_times(const Live& live, TransactionTruth& t);
  static std::int64_t first_seen_ns(const std::vector<Seen>& seen, std::uint32_t offset);

  const Options& options_;
  PcapOut& out_;
  Truth& truth_;
  Random random_;
  std::uint64_t next_id_ = 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> gaps_;
  std::priority_queue<std::unique_ptr<Live>, std::vector<std::unique_ptr<Live>>, Later> live_;
};

}  // namespace bellrock::traffic
