#include "control/cli/replay/run.h"

#include <time.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

#include "control/flow/histogram.h"
#include "control/harvest/harvester.h"
#include "dataplane/app/patience.h"
#include "dataplane/app/until_port.h"
#include "dataplane/app/worker.h"
#include "dataplane/io/pcap_file.h"
#include "dataplane/journey/snapshot.h"
#include "dataplane/sketch/bank_reader.h"

namespace bellrock::cli {
namespace {

SipKey key_from(std::uint64_t seed, std::uint64_t purpose) {
  const std::uint64_t words[2] = {seed, purpose};
  const auto hash = siphash128({seed, purpose}, Bytes(reinterpret_cast<const std::uint8_t*>(words), sizeof words));
  return {hash.low, hash.high};
}

// A worker that has sealed its bank waits for the harvest, and the harvest for workers: short of a window's work.
constexpr Duration kHarvestEvery = 100 * kMicrosecond;
void wait_for_harvest() {
  constexpr timespec kPause{0, kHarvestEvery / 2};
  nanosleep(&kPause, nullptr);
}

// One worker: its own view of the file, its own traces.
struct Lane {
  io::PcapFile file;
  app::Trace trace;
  std::vector<journey::OutcomeRecord> outcomes;
};

// Ends of idle connections are numbered behind the events of the packet before.
std::uint64_t packet_of(const RestartPoint& point) { return point.ordinal - (point.ends ? 1 : 0); }
std::uint64_t events_of(const RestartPoint& point) {
  return point.events_done + (point.ends ? app::Order::kExpiryBase : 0);
}

// The process before died there too: this one has come to nothing new.
bool died_there(const board::CoreControl& control, const RestartPoint& point) {
  return point.events_done > 0 && control.events_done == events_of(point) && control.part_end == packet_of(point) + 1;
}

class Run {
 public:
  Run(const journey::Definition& definition, const ReplayOptions& options)
      : definition_(definition), options_(options) {
    definition_.limits.workers = options.workers;
  }

  Result<ReplayResult> operator()() {
    TRY(open_files());
    TRY(make_board());
    harvester_ = std::make_unique<harvest::Harvester>(*board_, definition_, harvest::Harvester::Mode::kReplay);
    std::vector<std::thread> threads;
    for (std::uint32_t i = 0; i < options_.workers; ++i) threads.emplace_back([this, i] { run_lane(i); });
    const auto on_frame = [this](control::DeltaFrame&& frame) { take(frame); };
    for (app::Patience patience(kHarvestEvery); running_.load(std::memory_order_acquire) > 0;) {
      const std::uint64_t before = result_.frames;
      harvester_->drain(on_frame);
      result_.frames != before ? patience.renew() : patience.wait();
    }
    for (auto& thread : threads) thread.join();
    harvester_->finish(on_frame);
    result_.counters = harvester_->counters();
    result_.open = harvester_->open();
    result_.live = count_live();
    collect_traces();
    return std::move(result_);
  }

 private:
  Status<> open_files() {
    if (options_.rebase_to_now) {
      TRY_ASSIGN(const auto extent, io::measure_pcap(options_.pcap));
      timespec now{};
      clock_gettime(CLOCK_REALTIME, &now);
      shift_ = (now.tv_sec * kSecond - extent.last.ns) / kWindow * kWindow;
    }
    for (std::uint32_t i = 0; i < options_.workers; ++i) {
      TRY_ASSIGN(auto file, io::PcapFile::open(options_.pcap, shift_));
      lanes_.push_back(std::make_unique<Lane>(Lane{std::move(file), {}, {}}));
    }
    return Done{};
  }

  Status<> make_board() {
    const auto snapshot = journey::encode(definition_);
    board::BoardSpec spec;
    spec.sizes = board::sizes_for(definition_, snapshot.size());
    spec.session_key = key_from(options_.seed, 1);
    spec.keys.owner = key_from(options_.seed, 2);
    spec.snapshot = snapshot;
    auto board = board::Board::create_anonymous(spec);
    if (!board.ok()) return Failure{Error{board.error().what, board.error().detail}};
    board_ = std::make_unique<board::Board>(std::move(board).value());
    keys_ = {.owner = spec.keys.owner, .flows = key_from(options_.seed, 3)};
    return Done{};
  }

  // A restarted process opens the capture again and passes over what is done.
  bool reopen(Lane& lane, std::uint64_t position) {
    auto file = io::PcapFile::open(options_.pcap, shift_);
    if (!file.ok()) return false;
    lane.file = std::move(file).value();
    return lane.file.seek(position).ok();
  }

  void run_lane(std::uint32_t index) {
    Lane& lane = *lanes_[index];
    const app::WorkerSetup setup{.definition = definition_,
                                 .board = *board_,
                                 .keys = keys_,
                                 .index = index,
                                 .workers = options_.workers,
                                 .wait = wait_for_harvest,
                                 .trace = options_.trace_messages ? &lane.trace : nullptr};
    for (const RestartPoint& point : options_.restarts) {
      if (died_there(board_->core(index).control, point)) continue;
      // Connections that are idle end when a packet of a later window is there.
      app::UntilPort port{lane.file, point.ordinal + (point.events_done > 0 ? 1 : 0)};
      run_until_end(setup, port, lane, point);
      if (!reopen(lane, board_->core(index).control.position)) break;
    }
    run_until_end(setup, lane.file, lane);
    running_.fetch_sub(1, std::memory_order_release);
  }

  template <typename Port>
  void run_until_end(const app::WorkerSetup& setup, Port& port, Lane& lane, RestartPoint death = {}) {
    auto worker = std::make_unique<app::Worker<Port>>(setup, port);
    worker->die_in(packet_of(death), events_of(death));
    if (options_.trace_outcomes) {
      worker->core().tracker().set_trace([&lane](const journey::OutcomeRecord& o) { lane.outcomes.push_back(o); });
    }
    while (worker->run_once({})) {
      if constexpr (std::is_same_v<Port, app::UntilPort>) {
        if (port.stopped) return;
      }
    }
  }

  // How far a worker has read when it seals is chance, so counters are left out: the frames stay the same.
  void take(control::DeltaFrame& frame) {
    frame.counters.clear();
    ++result_.frames;
    result_.harvested += frame.recorded;
    for (const auto& [start, window] : frame.windows) {
      for (const auto& [key, histogram] : window) control::merge(result_.series[key], histogram);
    }
    if (!frame.storyboards.empty()) {
      auto& all = result_.storyboards;
      all.insert(all.end(), frame.storyboards.begin(), frame.storyboards.end());
      control::keep_lowest(all);
    }
    if (options_.on_frame) options_.on_frame(frame);
  }

  // What is still in the banks when everything has been harvested: it must be nothing, so it is counted, not assumed.
  std::uint64_t count_live() {
    std::uint64_t n = 0;
    sketch::CellCounts cell;
    for (std::uint32_t core = 0; core < options_.workers; ++core) {
      const sketch::BankReader reader(board_->core(core).shard, board_->sizes().cells, board_->sizes().pages);
      for (unsigned bank = 0; bank < 2; ++bank) {
        for (std::uint32_t i = 0; i < reader.used(); ++i) {
          const auto read = reader.read(bank, i, cell);
          if (read.ok() && *read) n += cell.n;
        }
      }
    }
    return n;
  }

  void collect_traces() {
    for (auto& lane : lanes_) {
      auto& trace = lane->trace;
      std::move(trace.connections.begin(), trace.connections.end(), std::back_inserter(result_.connections));
      std::move(trace.transactions.begin(), trace.transactions.end(), std::back_inserter(result_.transactions));
      std::move(trace.beacons.begin(), trace.beacons.end(), std::back_inserter(result_.beacons));
      std::move(lane->outcomes.begin(), lane->outcomes.end(), std::back_inserter(result_.outcomes));
    }
    std::sort(result_.connections.begin(), result_.connections.end());
    std::stable_sort(result_.transactions.begin(), result_.transactions.end(), [](const auto& a, const auto& b) {
      return std::tie(a.connection_ordinal, a.number) < std::tie(b.connection_ordinal, b.number);
    });
    std::stable_sort(result_.beacons.begin(), result_.beacons.end(), [](const auto& a, const auto& b) {
      return std::tie(a.ordinal, a.index) < std::tie(b.ordinal, b.index);
    });
    std::stable_sort(result_.outcomes.begin(), result_.outcomes.end(), [](const auto& a, const auto& b) {
      return std::tie(a.end, a.start, a.journey) < std::tie(b.end, b.start, b.journey);
    });
    if (const Error* error = lanes_[0]->file.error(); error != nullptr) result_.cut = *error;
  }

  journey::Definition definition_;
  const ReplayOptions& options_;
  Duration shift_ = 0;
  ReplayResult result_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::unique_ptr<board::Board> board_;
  std::unique_ptr<harvest::Harvester> harvester_;
  app::WorkerKeys keys_;
  std::atomic<std::uint32_t> running_{options_.workers};
};

}  // namespace

Result<ReplayResult> replay(const journey::Definition& definition, const ReplayOptions& options) {
  return Run(definition, options)();
}

}  // namespace bellrock::cli
