// A worker that serves, with a board as the agent makes one, the shop's configuration and the journey of this folder,
// over a port in memory. One thread: time is virtual, and what the agent would harvest meanwhile is harvested between
// two bursts, outside of what is measured.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <string>

#include "bench/app/anonymous_board.h"
#include "bench/serve/clients.h"
#include "bench/serve/wire.h"
#include "control/config/loader.h"
#include "control/harvest/harvester.h"
#include "dataplane/app/worker.h"

namespace bellrock::bench {

class Stage {
 public:
  explicit Stage(std::uint32_t connections)
      : definition_(make_definition(connections)),
        board_(anonymous_board(definition_, {3, 4})),
        harvester_(board_, definition_) {
    const app::WorkerSetup setup{.definition = definition_,
                                 .board = board_,
                                 .keys = {.owner = {3, 4}, .flows = {5, 6}},
                                 .pace = app::Pace::kLive,
                                 .ordered = false,
                                 .endpoint = &endpoint_};
    worker_ = std::make_unique<app::Worker<MemoryWire, app::Endpoint>>(setup, wire_);
    poll();
  }

  // One poll, of what was shown to the wire. The seconds that it took.
  double poll(Duration passed = 20 * kMicrosecond) {
    now_ = now_ + passed;
    const auto began = std::chrono::steady_clock::now();
    worker_->run_once(now_);
    const auto took = std::chrono::steady_clock::now() - began;
    if (now_.ns - harvested_.ns > kSecond / 4) harvest();
    return std::chrono::duration<double>(took).count();
  }
  // What the worker has sent since: each must be right, and say `status` where it carries bytes.
  bool hear(Clients& clients, std::string_view status) {
    bool good = true;
    for (const OutFrame& frame : wire_.sent()) good &= clients.hear(frame, status);
    wire_.forget_sent();
    return good;
  }

  // Attempts of this folder's journey that began; and those that succeeded, with a latency in its histogram, whose sum
  // is `latency_ns`. As the agent would send them.
  struct Counted {
    std::uint64_t begun = 0, shown = 0, latency_ns = 0;
  };
  Counted counted() {
    for (int i = 0; i < 2; ++i) {
      harvest();
      poll();
    }
    harvest();
    return counted_;
  }
  template <typename E>
  [[nodiscard]] std::uint64_t count(E what) {
    return board_.core(0).counters[counter::id(what)];
  }

  [[nodiscard]] Instant now() const { return now_; }
  MemoryWire& wire() { return wire_; }
  app::Worker<MemoryWire, app::Endpoint>& worker() { return *worker_; }

 private:
  static journey::Definition make_definition(std::uint32_t connections) {
    const std::array<std::string, 2> files{BELLROCK_SOURCE "/config/shop", BELLROCK_SOURCE "/bench/serve/journey.yaml"};
    auto loaded = config::load(files);
    CHECK(loaded.ok());
    loaded.definition.serve.on = true;
    loaded.definition.serve.addresses = {{0, 0xffff'0000'0000 | Clients::kServer}};
    loaded.definition.serve.requests_per_connection = 0;
    loaded.definition.serve.idle = kHour;
    loaded.definition.limits.connections_per_core = connections;
    return std::move(loaded.definition);
  }
  void harvest() {
    harvested_ = now_;
    while (const auto frame = harvester_.collect()) {
      for (const auto& [start, window] : frame->windows) {
        for (const auto& [key, histogram] : window) add(key, histogram);
      }
      harvester_.mark_drained();
    }
    harvester_.ask();
  }
  void add(const control::SeriesKey& key, const control::Histogram& histogram) {
    if (key.journey != "lookup" || key.scope != CellScope::kTotal) return;
    if (key.kind == CellKind::kStart) counted_.begun += histogram.n;
    if (key.kind == CellKind::kObjective && key.item == "fast") {
      counted_.shown += histogram.n;
      counted_.latency_ns += histogram.sum_ns;
    }
  }

  const app::EndpointSetup endpoint_{
      .mac = Clients::kServerMac, .mtu = 1'500, .secret = {1, 2}, .snippet = {}, .snippet_gzip = {}};
  const journey::Definition definition_;
  board::Board board_;
  harvest::Harvester harvester_;
  MemoryWire wire_;
  std::unique_ptr<app::Worker<MemoryWire, app::Endpoint>> worker_;
  Instant now_{1'764'000'000 * kSecond}, harvested_;
  Counted counted_;
};

}  // namespace bellrock::bench
