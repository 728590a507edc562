#include "tools/fleet/node.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "control/flow/histogram.h"
#include "tools/fleet/chance.h"
#include "tools/fleet/page_views.h"

namespace bellrock::fleet {
namespace {

using control::Histogram;
using control::SeriesKey;
using journey::Journey;

control::Id128 make_id(std::uint64_t seed) {
  Random random(seed);
  control::Id128 id{};
  for (auto& byte : id) byte = static_cast<std::uint8_t>(random.next());
  return id;
}

SeriesKey key_of(const Journey& journey, CellKind kind, std::string item) {
  return {journey.name, journey.version, kind, std::move(item), "", CellScope::kTotal, {}};
}

SeriesKey key_of(const Journey& journey, const journey::Objective& objective, Verdict verdict) {
  return {journey.name,
          objective.version,
          CellKind::kObjective,
          objective.name,
          std::string(kVerdictNames[static_cast<std::size_t>(verdict)]),
          CellScope::kTotal,
          {}};
}

std::string name_of(Outcome outcome) { return std::string(kOutcomeNames[static_cast<std::size_t>(outcome)]); }

void add(std::map<SeriesKey, Histogram>& cells, const SeriesKey& key, std::uint64_t n) {
  if (n != 0) cells[key].n += n;
}

// `n` latencies in a few buckets on one side of a threshold.
void measure(Histogram& into, std::uint64_t n, Duration threshold, bool below, Random& random) {
  const double seconds = static_cast<double>(std::max<Duration>(threshold, 1)) / 1e9;
  const auto edge = static_cast<std::int32_t>(std::floor(std::log2(seconds) * control::kBucketsPerOctave));
  while (n > 0) {
    constexpr std::uint64_t kPieces = 8;
    const std::uint64_t piece = n <= kPieces ? 1 : n / kPieces;
    const std::int32_t away = 2 + static_cast<std::int32_t>(random.below(96));
    const std::int32_t bucket =
        std::clamp(below ? edge - away : edge + away, control::kBucketMin, control::kBucketEnd - 1);
    const auto ns = static_cast<std::uint64_t>(control::bucket_upper_ns(bucket));
    into.min_ns = into.n == 0 ? ns : std::min(into.min_ns, ns);
    into.max_ns = std::max(into.max_ns, ns);
    into.sum_ns += ns * piece;
    into.n += piece;
    into.buckets[bucket] += piece;
    n -= piece;
  }
}

}  // namespace

Node::Node(const Plan& plan, const journey::Definition& definition, std::size_t index)
    : plan_(plan), definition_(definition), index_(index), name_(fmt::format("sim-{:04}", index)) {
  boot_ = make_id(derive_all(plan.options.seed, 2, index, boots_));
  board_ = make_id(derive_all(plan.options.seed, 3, index, boards_));
  snapshot_ = config::content_hash(definition);
}

void Node::lose_board() {
  for (const auto& [journey, open] : open_) board_lost_[journey] += open;
  open_.clear();
  board_ = make_id(derive_all(plan_.options.seed, 3, index_, ++boards_));
}

void Node::lose_state() {
  boot_ = make_id(derive_all(plan_.options.seed, 2, index_, ++boots_));
  seq_ = 0;
  lose_board();
  board_lost_.clear();
}

control::DeltaFrame Node::count(std::int64_t from, std::int64_t to, std::int64_t window_s,
                                std::uint64_t oldest_seq_held) {
  control::DeltaFrame frame;
  frame.node = name_;
  frame.boot = boot_;
  frame.board_id = board_;
  frame.snapshot = snapshot_;
  frame.seq = ++seq_;
  frame.oldest_seq_held = oldest_seq_held == 0 ? frame.seq : oldest_seq_held;
  frame.sent_unix_ms = (to + off_s_) * 1'000;
  Random random(derive_all(plan_.options.seed, 4, index_, from));
  for (std::int64_t at = from; at < to; at += window_s) {
    auto& cells = frame.windows[at + off_s_];
    for (std::size_t i = 0; i < definition_.journeys.size(); ++i) count_journey(i, at, window_s, random, cells);
    count_page_views(plan_.options.pages, random, cells);
    if (cells.empty()) frame.windows.erase(at + off_s_);
    for (const auto& [key, histogram] : cells) frame.recorded += histogram.n;
  }
  packets_ += frame.recorded * 5;
  frame.open = open_;
  frame.board_lost = std::exchange(board_lost_, {});
  frame.counters = {{"packets", packets_}, {"passed", packets_}, {"event.recorded", frame.recorded}};
  frame.edge = control::EdgeState{true, plan_.options.from * 1'000};
  return frame;
}

void Node::count_journey(std::size_t index, std::int64_t at, std::int64_t window_s, Random& random, Cells& cells) {
  const Journey& journey = definition_.journeys[index];
  const Weather now = weather(plan_, index, at);
  const double mean =
      now.attempts_per_minute * static_cast<double>(window_s) / 60 / static_cast<double>(plan_.options.nodes);
  const std::uint64_t ended = poisson(random, mean);
  Ends ends;
  ends.unknown = binomial(random, ended, now.unknown);
  ends.failed = binomial(random, ended - ends.unknown, now.failing);
  ends.success = ended - ends.unknown - ends.failed;
  // Some are open at the end of the window: starts = ended + what has become more.
  std::uint64_t& open = open_[journey.name];
  const std::uint64_t least = open > ended ? open - ended : 0;
  const std::uint64_t after = std::max(least, random.below(std::min<std::uint64_t>(ended, 3) + 1));
  const std::uint64_t starts = ended + after - open;
  open = after;
  add(cells, key_of(journey, CellKind::kStart, ""), starts);
  for (const auto& step : journey.steps) {
    if (step.kind == journey::StepKind::kCommit) add(cells, key_of(journey, CellKind::kStep, step.name), ended);
    if (step.kind == journey::StepKind::kSuccess) add(cells, key_of(journey, CellKind::kStep, step.name), ends.success);
  }
  add(cells, key_of(journey, CellKind::kOutcome, name_of(Outcome::kSuccess)), ends.success);
  add(cells, key_of(journey, CellKind::kOutcome, name_of(Outcome::kFailedSystem)), ends.failed);
  add(cells, key_of(journey, CellKind::kOutcome, name_of(Outcome::kUnknown)), ends.unknown);
  for (const auto& objective : journey.objectives) {
    count_objective(journey, objective, ends, random, cells);
    count_dimensions(journey, objective, ends, cells);
  }
}

void Node::count_objective(const Journey& journey, const journey::Objective& objective, const Ends& ends,
                           Random& random, Cells& cells) {
  add(cells, key_of(journey, objective, Verdict::kUnknown), ends.unknown);
  if (objective.sli == journey::Sli::kSuccess) {
    add(cells, key_of(journey, objective, Verdict::kGood), ends.success);
    add(cells, key_of(journey, objective, Verdict::kBad), ends.failed);
    return;
  }
  add(cells, key_of(journey, objective, Verdict::kBadFailed), ends.failed);
  // A tenth of what may be slow is.
  const double slow = static_cast<double>(1'000'000'000 - objective.target_e9) / 1e10;
  const std::uint64_t late = binomial(random, ends.success, slow);
  if (late != 0) measure(cells[key_of(journey, objective, Verdict::kBad)], late, objective.threshold, false, random);
  if (late == ends.success) return;
  measure(cells[key_of(journey, objective, Verdict::kGood)], ends.success - late, objective.threshold, true, random);
}

// By the first dimension; the others stay at their first value.
void Node::count_dimensions(const Journey& journey, const journey::Objective& objective, const Ends& ends,
                            Cells& cells) const {
  if (journey.dimensions.empty() || objective.sli != journey::Sli::kSuccess) return;
  const auto& first = definition_.dimensions[journey.dimensions[0].index()];
  const std::size_t values = first.values.size();
  for (std::size_t value = 0; value < values; ++value) {
    SeriesKey key = key_of(journey, objective, Verdict::kGood);
    key.scope = CellScope::kDimensioned;
    for (const auto id : journey.dimensions) {
      const auto& dimension = definition_.dimensions[id.index()];
      key.dimensions.emplace_back(dimension.name, dimension.values[id == journey.dimensions[0] ? value : 0]);
    }
    std::sort(key.dimensions.begin(), key.dimensions.end());
    const auto part = [&](std::uint64_t n) { return n / values + (value < n % values); };
    add(cells, key, part(ends.success));
    key.detail = kVerdictNames[static_cast<std::size_t>(Verdict::kBad)];
    add(cells, key, part(ends.failed));
  }
}

}  // namespace bellrock::fleet
