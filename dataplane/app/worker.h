// The run-to-completion loop of one core: burst, events, commit, answers, and the bank flip if one is asked for. The
// same loop serves captures and live ports, and both modes; what differs is the Port (io/port.h) and the stages between
// a packet and its events: Pipeline listens, Endpoint serves.
#pragma once

#include <memory>
#include <type_traits>

#include "dataplane/app/core.h"
#include "dataplane/app/endpoint.h"
#include "dataplane/app/pipeline.h"
#include "dataplane/app/router.h"
#include "dataplane/base/cycles.h"
#include "dataplane/io/port.h"

namespace bellrock::app {

// Those that last as long as the board; its core has the one that rotates.
struct WorkerKeys {
  SipKey owner;
  SipKey flows;
};

struct WorkerSetup {
  const journey::Definition& definition;
  board::Board& board;
  WorkerKeys keys;
  std::uint32_t index = 0;
  std::uint32_t workers = 1;
  Pace pace = Pace::kFile;
  bool ordered = true;  // every worker reads the whole capture and keeps its own flows; else the device distributes
  void (*wait)() = nullptr;
  Trace* trace = nullptr;
  const EndpointSetup* endpoint = nullptr;  // for workers that serve
};

// A port that knows of packets which never reached a burst.
template <typename P>
concept CountsItself = requires(P port, Counters& counters) {
  port.count(counters, false);
};

template <typename P>
concept SeesTimeGoBack = requires(const P port) {
  port.time_backwards();
};

template <io::Port Port, class Stages = Pipeline>
class Worker {
 public:
  Worker(const WorkerSetup& setup, Port& port)
      : port_(port),
        pace_(setup.pace),
        counts_time_(setup.index == 0 || !setup.ordered),
        core_(setup.definition, setup.board, setup.index, setup.pace, setup.wait),
        router_(core_, setup.board, setup.index, setup.workers, setup.ordered, kServes),
        stages_(make_stages(setup, core_, router_)) {}

  // One poll iteration. `tick` is wall time for live ports, which an idle link's windows follow; files ignore it.
  // False: the port has ended and everything it gave is on the board.
  bool run_once(Instant tick) {
    const std::uint64_t began = pace_ == Pace::kLive ? cycles_now() : 0;
    if constexpr (kServes) stages_.borrow(port_);
    const auto burst = port_.rx_burst(tick);
    const std::uint64_t received = pace_ == Pace::kLive ? cycles_now() : 0;
    if (burst.empty() && port_.ended()) return finish();
    stages_.on_burst(
        burst, [this](const Packet& packet) { before(packet.time, packet.ordinal); },
        [this](const Packet& packet) { router_.on_packet_done(packet.ordinal + 1); });
    if (router_.dead()) return false;
    if (!burst.empty()) next_ordinal_ = burst.back().ordinal + 1;
    if (pace_ == Pace::kLive) pass_time(std::max(tick, last_));
    port_.release(burst);
    if constexpr (CountsItself<Port>) port_.count(core_.packet_counters(), false);
    if constexpr (SeesTimeGoBack<Port>) count_time_backwards();
    core_.view().control.polls.store(++polls_);
    router_.publish(next_ordinal_);
    router_.consume();
    if (pace_ == Pace::kLive && last_.seen()) core_.pass(last_);
    core_.set_connections(stages_.connections());
    core_.commit_position(next_ordinal_);
    const std::uint64_t committed = pace_ == Pace::kLive ? cycles_now() : 0;
    if constexpr (kServes) stages_.send(port_);
    core_.seal_if_asked();
    if (pace_ == Pace::kLive && !burst.empty()) count_cycles(began, received, committed);
    return true;
  }

  // A replayed kill, when `events` of packet `ordinal` are done: run_once ends there, and nothing more is committed.
  void die_in(std::uint64_t ordinal, std::uint64_t events) { router_.die_in(ordinal, events); }
  [[nodiscard]] bool dead() const { return router_.dead(); }

  // All workers have read up to the same packet: what was handed over or held is applied, and nothing is left of it.
  void settle() {
    router_.finish();
    core_.release_all();
    stop();
  }

  // Stopped from outside, between two bursts: what was read is committed, and the bank is given to the agent.
  void stop() {
    if constexpr (kServes) {
      stages_.close_all(port_);
      stages_.give_back(port_);
    }
    count_last();
    core_.commit_position(next_ordinal_);
    core_.seal_if_possible();
  }

  [[nodiscard]] std::uint64_t next_ordinal() const { return next_ordinal_; }
  Core& core() { return core_; }
  Stages& stages() { return stages_; }

 private:
  static constexpr bool kServes = std::is_same_v<Stages, Endpoint>;

  static Stages make_stages(const WorkerSetup& setup, Core& core, Router& router) {
    const Keys keys{core.session_keys({}), setup.keys.owner, setup.keys.flows};
    if constexpr (kServes) {
      return Stages(setup.definition, keys, *setup.endpoint, core.packet_counters(), router);
    } else {
      return Stages(setup.definition, keys, setup.ordered ? Share{setup.index, setup.workers} : Share{},
                    core.packet_counters(), router, setup.trace);
    }
  }

  // An idle link's time: its connections' deadlines fire, and its windows roll.
  void pass_time(Instant now) {
    before(now, next_ordinal_);
    stages_.expire(now, next_ordinal_);
    router_.on_packet_done(next_ordinal_);
  }

  // Windows roll before the first packet of the next one. Connections that were idle until then end first.
  void before(Instant time, std::uint64_t ordinal) {
    if (time <= last_) return;
    last_ = time;
    if (window_of(time) == window_) return;
    window_ = window_of(time);
    stages_.expire(time, ordinal);
    if (router_.dead()) return;
    router_.on_window(time, ordinal);
    stages_.set_session_keys(core_.session_keys(time));
  }

  // Moved to the board with the next poll's counts.
  void count_cycles(std::uint64_t began, std::uint64_t received, std::uint64_t committed) {
    const std::uint64_t ended = cycles_now();
    core_.packet_counters().add(PacketCount::kBusyCycles, ended - began);
    core_.packet_counters().add(PacketCount::kPortCycles, (received - began) + (kServes ? ended - committed : 0));
  }

  void count_last() {
    if constexpr (CountsItself<Port>) port_.count(core_.packet_counters(), true);
  }

  void count_time_backwards() {
    // A capture is read by all workers, but its times are counted once.
    const std::uint64_t total = port_.time_backwards();
    if (counts_time_) core_.packet_counters().add(PacketCount::kTimeBackwards, total - time_backwards_);
    time_backwards_ = total;
  }

  // What was due before the last packet's time happens, though no later packet shows it.
  bool finish() {
    count_last();
    stages_.expire(last_, next_ordinal_);
    if (router_.dead()) return false;
    router_.on_packet_done(next_ordinal_);
    stages_.finish(last_);
    core_.set_connections(0);
    core_.commit_position(next_ordinal_);
    router_.finish();
    core_.catch_up(last_);
    core_.commit_position(next_ordinal_);
    core_.seal_last();
    return false;
  }

  Port& port_;
  const Pace pace_;
  const bool counts_time_;
  Core core_;
  Router router_;
  Stages stages_;
  Instant last_;
  std::int64_t window_ = -1;
  std::uint64_t polls_ = 0, time_backwards_ = 0;
  std::uint64_t next_ordinal_ = core_.position();
};

}  // namespace bellrock::app
