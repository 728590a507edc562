// What a beacon costs by how many visitors are under way: from its bytes to the commit of what it counted, in batches
// of 32 as a port gives them, and without the connection that carries it. Visitors come in an order that no prefetcher
// knows, so that with a million each beacon finds its visitor's records in memory and not in a cache. Says what a
// visitor with an attempt takes on the board and beside it, and checks at the end that every attempt was counted, that
// a visitor takes 256 bytes at most, and that a beacon costs at most twice as much with a million as with a thousand.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "bench/app/anonymous_board.h"
#include "bench/serve/requests.h"
#include "control/config/loader.h"
#include "control/harvest/harvester.h"
#include "dataplane/app/intake.h"
#include "tests/support/allocation_guard.h"
#include "tests/unit/dataplane/journey/matcher_fixture.h"

namespace bellrock::app {
namespace {

constexpr std::size_t kBatch = 32;

journey::Definition shop_with_room(std::uint32_t visitors) {
  const std::array<std::string, 2> files{BELLROCK_SOURCE "/config/shop", BELLROCK_SOURCE "/bench/serve/journey.yaml"};
  auto loaded = config::load(files);
  CHECK(loaded.ok());
  loaded.definition.limits.sessions_per_core = loaded.definition.limits.attempts_per_core = visitors;
  return std::move(loaded.definition);
}

JourneyId journey_named(const journey::Definition& definition, std::string_view name) {
  for (std::size_t i = 0; i < definition.journeys.size(); ++i) {
    if (definition.journeys[i].name == name) return JourneyId{i};
  }
  std::abort();
}

// The body of a beacon that is whose one wants: all that differs between visitors is written over the digits of one.
class Body {
 public:
  explicit Body(std::string_view name) : text_(bench::RequestMaker().body({.visitor = 0, .name = name})) {
    for (std::size_t at = text_.find(kDigits); at != std::string::npos; at = text_.find(kDigits, at + 1))
      ids_.push_back(at);
    number_ = text_.find(bench::RequestMaker::kNumber);
    text_.reserve(text_.size() + 64);  // what a reader of whole vectors may touch
  }
  void is_of(std::uint32_t visitor, std::uint64_t number) {
    for (const std::size_t at : ids_) write(at, kDigits.size(), 1'000'000 + std::uint64_t{visitor});
    write(number_, bench::RequestMaker::kNumber.size(), 1'000'000'000 + number);
  }
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  static constexpr std::string_view kDigits = "1000000";
  void write(std::size_t at, std::size_t digits, std::uint64_t value) {
    for (std::size_t i = digits; i > 0; value /= 10) text_[at + --i] = static_cast<char>('0' + value % 10);
  }

  std::string text_;
  std::vector<std::size_t> ids_;
  std::size_t number_ = 0;
};

class Crowd {
 public:
  explicit Crowd(std::uint32_t visitors)
      : visitors_(visitors),
        definition_(shop_with_room(visitors)),
        board_(bench::anonymous_board(definition_, {3, 4})),
        harvester_(board_, definition_),
        core_(definition_, board_, 0, Pace::kLive, [] {}),
        router_(core_, board_, 0, 1, false, true),
        intake_(definition_, {core_.session_keys({}), {3, 4}, {5, 6}}, core_.packet_counters(), router_, nullptr),
        lookup_(journey_named(definition_, "lookup")) {}

  // Everybody begins, and half of them are shown what they looked up.
  void begin() {
    while (begun_.said < visitors_) say({&begun_, kBatch}, {});
    while (shown_.said < visitors_ / 2) say({&shown_, kBatch}, {});
  }
  // 16 who begin again, and 16 who have begun half the crowd ago. The seconds that these beacons took.
  double batch() { return say({&begun_, kBatch / 2}, {&shown_, kBatch / 2}); }

  [[nodiscard]] bool counted() {
    harvest();
    const journey::JourneyTotals& totals = core_.tracker().totals(lookup_);
    return totals.conserved() && totals.starts == begun_.said && totals.open == begun_.said - shown_.said &&
           core_.tracker().outcomes(lookup_, Outcome::kSuccess) == shown_.said;
  }
  [[nodiscard]] std::uint64_t said() const { return begun_.said + shown_.said; }
  [[nodiscard]] std::uint64_t allocations() const { return allocations_; }
  // Records, their index, and what the heap keeps beside them for deadlines.
  [[nodiscard]] double bytes_per_visitor() const {
    const std::size_t table =
        journey::SessionTable::bytes_needed(visitors_, visitors_) - journey::SessionTable::bytes_needed(0, 0);
    return static_cast<double>(table + journey::Deadlines::bytes_needed(visitors_)) / visitors_;
  }

 private:
  // One kind of beacon: who has said it, lap after lap.
  struct Saying {
    std::vector<Body> bodies;
    std::uint64_t second = 0;  // of the two that a visitor says in a lap
    std::uint64_t said = 0;
  };
  struct Part {
    Saying* saying = nullptr;
    std::size_t count = 0;
  };

  double say(Part first, Part other) {
    for (const Part& part : {first, other}) prepare(part);
    now_ = now_ + 20 * kMicrosecond;
    const test::AllocationGuard guard;
    const auto began = std::chrono::steady_clock::now();
    read(first, other);
    const auto took = std::chrono::steady_clock::now() - began;
    allocations_ += guard.count();
    for (const Part& part : {first, other}) {
      if (part.saying != nullptr) part.saying->said += part.count;
    }
    if (now_ - harvested_ > kSecond / 4) harvest();
    return std::chrono::duration<double>(took).count();
  }
  void prepare(const Part& part) const {
    for (std::size_t i = 0; i < part.count; ++i) {
      const std::uint64_t at = part.saying->said + i;
      part.saying->bodies[i].is_of(visitor(at % visitors_), 1 + 2 * (at / visitors_) + part.saying->second);
    }
  }
  // Each once a lap: an odd factor permutes a power of two, and what lies outside of the crowd is passed over.
  [[nodiscard]] std::uint32_t visitor(std::uint64_t at) const {
    const std::uint64_t size = std::bit_ceil(std::uint64_t{visitors_});
    std::uint64_t found = at;
    do {
      found = (found * 0x9e3779b1 + 0x7f4a7c15) % size;
      found ^= found >> (std::bit_width(size) / 2);
    } while (found >= visitors_);
    return static_cast<std::uint32_t>(found);
  }

  void read(const Part& first, const Part& other) {
    roll();
    intake_.at({.time = now_, .ordinal = ordinal_, .noticed = {}});
    for (std::size_t i = 0; i < first.count; ++i) read(first.saying->bodies[i]);
    for (std::size_t i = 0; i < other.count; ++i) read(other.saying->bodies[i]);
    router_.on_packet_done(++ordinal_);
    core_.pass(now_);
    core_.commit_position(ordinal_);
    core_.seal_if_asked();
  }
  void read(const Body& body) {
    request_.request.body = bytes(body.text());
    request_.request.last = now_;
    RequestTag tag;
    intake_.tag_beacon(request_.request, tag);
    intake_.read_beacons(request_.request, tag);
  }
  void roll() {
    if (window_of(now_) == window_) return;
    window_ = window_of(now_);
    router_.on_window(now_, ordinal_);
  }
  void harvest() {
    harvested_ = now_;
    while (harvester_.collect()) harvester_.mark_drained();
    harvester_.ask();
  }

  const std::uint32_t visitors_;
  const journey::Definition definition_;
  board::Board board_;
  harvest::Harvester harvester_;
  Core core_;
  Router router_;
  Intake intake_;
  const JourneyId lookup_;
  Saying begun_{.bodies = {kBatch, Body("lookup.begun")}};
  Saying shown_{.bodies = {kBatch, Body("lookup.shown")}, .second = 1};
  journey::TextRequest request_{
      Method::kPost,  "POST",
      "/rum",         "",
      "shop.example", "Mozilla/5.0 (Linux; Android 10; K) Chrome/124.0.0.0 Mobile Safari/537.36"};
  Instant now_{1'764'000'000 * kSecond}, harvested_ = now_;
  std::int64_t window_ = -1;
  std::uint64_t ordinal_ = 0, allocations_ = 0;
};

// What a beacon may cost with the larger crowd, beside the smaller one.
constexpr double kTimesMax = 2;

// The cheapest run of each size. A run that is too short to say anything about time, as in tests, is not compared.
class Compared {
 public:
  // Whether this one is too dear.
  bool add(std::int64_t visitors, double seconds, double beacons) {
    constexpr double kWorthComparing = 0.4;
    if (seconds < kWorthComparing) return false;
    const auto [known, first] = cheapest_.try_emplace(visitors, seconds / beacons);
    if (!first) known->second = std::min(known->second, seconds / beacons);
    return known->second > kTimesMax * cheapest_.begin()->second;
  }

 private:
  std::map<std::int64_t, double> cheapest_;  // seconds of a beacon
};

void beacons_by_visitors(benchmark::State& state) {
  static Compared compared;
  double seconds = 0;
  Crowd crowd(static_cast<std::uint32_t>(state.range(0)));
  crowd.begin();
  const std::uint64_t before = crowd.said();
  for (auto _ : state) {
    const double took = crowd.batch();
    state.SetIterationTime(took);
    seconds += took;
  }
  const auto said = static_cast<double>(crowd.said() - before);
  if (!crowd.counted()) state.SkipWithError("an attempt is missing, or counted twice");
  if (crowd.allocations() != 0) state.SkipWithError("something was allocated");
  if (crowd.bytes_per_visitor() > 256) state.SkipWithError("a visitor takes more than 256 bytes");
  if (compared.add(state.range(0), seconds, said)) state.SkipWithError("a beacon costs more than twice as much");
  state.counters["per_beacon"] = benchmark::Counter(said, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["bytes_per_visitor"] = crowd.bytes_per_visitor();
}
BENCHMARK(beacons_by_visitors)->UseManualTime()->Arg(1'024)->Arg(1 << 20);

}  // namespace
}  // namespace bellrock::app
