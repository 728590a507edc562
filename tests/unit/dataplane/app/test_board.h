// A board, the shop's configuration and a worker over given packets, for tests of the whole loop in one thread: when
// the worker waits for a drained bank, the harvest runs in its place.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "control/config/loader.h"
#include "control/flow/delta_frame.h"
#include "control/harvest/harvester.h"
#include "dataplane/app/worker.h"
#include "dataplane/io/memory_port.h"
#include "dataplane/io/pcap_file.h"
#include "dataplane/journey/snapshot.h"

namespace bellrock::app {

inline io::MemoryPort read_capture(const std::string& path, std::size_t packets_max = SIZE_MAX) {
  auto file = io::PcapFile::open(path);
  io::MemoryPort port;
  Packet packet;
  for (auto more = file->next(packet); more.ok() && *more && port.size() < packets_max; more = file->next(packet)) {
    port.add(packet.time, packet.data, packet.wire_bytes, packet.link);
  }
  return port;
}

inline journey::Definition shop_definition() {
  const std::string directory = BELLROCK_SOURCE "/config/shop";
  return config::load(std::span(&directory, 1)).definition;
}

class TestBoard {
 public:
  explicit TestBoard(journey::Definition given) : definition(std::move(given)), board(make(definition)) {
    harvester = std::make_unique<harvest::Harvester>(board, definition, harvest::Harvester::Mode::kLive);
    current = this;
  }
  ~TestBoard() { current = nullptr; }

  [[nodiscard]] WorkerSetup setup(std::uint32_t index = 0) {
    return {.definition = definition,
            .board = board,
            .keys = {.owner = {3, 4}, .flows = {5, 6}},
            .index = index,
            .workers = board.workers(),
            .pace = Pace::kFile,
            .ordered = true,
            .wait = [] { current->harvest(); },
            .trace = nullptr};
  }

  void harvest() {
    while (auto frame = harvester->collect()) {
      for (const auto& [start, window] : frame->windows) {
        for (const auto& [key, histogram] : window) counts[key] += histogram.n;
      }
      harvester->mark_drained();
    }
  }

  // What was harvested of one journey's total series.
  [[nodiscard]] std::uint64_t total(CellKind kind, const std::string& journey, std::string_view item = {}) const {
    std::uint64_t n = 0;
    for (const auto& [key, count] : counts) {
      if (key.kind == kind && key.journey == journey && key.scope == CellScope::kTotal && key.item == item) n += count;
    }
    return n;
  }

  journey::Definition definition;
  board::Board board;
  std::unique_ptr<harvest::Harvester> harvester;
  std::map<control::SeriesKey, std::uint64_t> counts;

 private:
  static board::Board make(const journey::Definition& definition) {
    const auto snapshot = journey::encode(definition);
    board::BoardSpec spec;
    spec.sizes = board::sizes_for(definition, snapshot.size());
    spec.keys.owner = {3, 4};
    spec.snapshot = snapshot;
    return board::Board::create_anonymous(spec).value();
  }

  static inline TestBoard* current = nullptr;
};

}  // namespace bellrock::app
