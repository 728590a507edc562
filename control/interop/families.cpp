#include "control/interop/families.h"

#include <algorithm>

namespace bellrock::interop {
namespace {

// Of one kind of cell: its count, what else it holds (no name: nothing), and what item and detail are called.
struct Shape {
  Family count, more;
  std::string_view item, detail;
  Reads reads = Reads::kHistogram;
};

const Shape* shape_of(CellKind kind) {
  static constexpr Shape kStart{{"bellrock_journey_starts", "bellrock.journey.starts", "Attempts opened."}, {}, {}, {}};
  static constexpr Shape kStep{
      {"bellrock_journey_steps", "bellrock.journey.steps", "Attempts that reached a step."},
      {"bellrock_step_seconds", "bellrock.step.duration", "From an attempt's start to a step."},
      "step",
      {}};
  static constexpr Shape kOutcome{
      {"bellrock_journey_outcomes", "bellrock.journey.outcomes", "Attempts by how they ended."},
      {"bellrock_attempt_seconds", "bellrock.attempt.duration", "Duration of attempts by how they ended."},
      "outcome",
      {}};
  static constexpr Shape kObjective{
      {"bellrock_objective_events", "bellrock.objective.events", "Attempts by what they were for an objective."},
      {"bellrock_objective_seconds", "bellrock.objective.duration", "What a latency objective measured."},
      "objective",
      "verdict"};
  static constexpr Shape kValue{
      {"bellrock_journey_valued", "bellrock.journey.valued", "Attempts that had a value in money."},
      {"bellrock_journey_value_minor_units", "bellrock.journey.value", "Their value, in the currency's minor units."},
      "outcome",
      "currency",
      Reads::kAmount};
  switch (kind) {
    case CellKind::kStart:
      return &kStart;
    case CellKind::kStep:
      return &kStep;
    case CellKind::kOutcome:
      return &kOutcome;
    case CellKind::kObjective:
      return &kObjective;
    case CellKind::kValue:
      return &kValue;
    case CellKind::kDistinct:  // coupons are no latencies
    case CellKind::kClick:
    case CellKind::kClickMap:
    case CellKind::kFrustration:
    case CellKind::kRecovery:
    case CellKind::kCoverage:
    case CellKind::kSplit:
    case CellKind::kStray:
    case CellKind::kError:
    case CellKind::kVital:  // a page's: what the families have for it is a journey
      return nullptr;
    case CellKind::kEffect:    // bands by outcome tell nothing until they are put together, as the API does
    case CellKind::kFeedback:  // few answers are no figure, and only the API sees how many there are
      return nullptr;
  }
  return nullptr;
}

std::size_t buckets_in(const control::Buckets& buckets, Width width) {
  if (width == Width::kOccupied || buckets.empty()) return buckets.size();
  return static_cast<std::size_t>(buckets.rbegin()->first - buckets.begin()->first) + 1;
}

control::Buckets halved(const control::Buckets& buckets) {
  control::Buckets half;
  for (const auto& [index, count] : buckets) half[index >> 1] += count;  // towards minus infinity, as edges are
  return half;
}

// At scale 0 a bucket is an octave.
static_assert(kBucketsLeast == (control::kBucketEnd - control::kBucketMin) / control::kBucketsPerOctave + 1);
static_assert(control::kBucketMin % control::kBucketsPerOctave == 0);  // so the zero bucket's edge is one of any scale

}  // namespace

std::vector<Sample> samples_of(const Totals& totals) {
  std::vector<Sample> samples;
  for (const auto& [key, value] : totals) {
    const Shape* const shape = shape_of(key.kind);
    if (shape == nullptr) continue;
    Labels labels{{"journey", key.journey}};
    if (!shape->item.empty()) labels.emplace_back(shape->item, key.item);
    if (!shape->detail.empty()) labels.emplace_back(shape->detail, key.detail);
    std::sort(labels.begin(), labels.end());
    samples.push_back({&shape->count, labels, &value, Reads::kCount});
    const bool has_more = shape->reads == Reads::kAmount || control::measured(value) != 0;
    if (!shape->more.prometheus.empty() && has_more)
      samples.push_back({&shape->more, std::move(labels), &value, shape->reads});
  }
  return samples;
}

Scaled buckets_of(const control::Distribution& value, Width width, std::size_t buckets_max) {
  Scaled scaled{kScale, value.buckets};
  if (value.overflow != 0) scaled.buckets[kOverflowBucket] += value.overflow;
  while (scaled.scale > 0 && buckets_in(scaled.buckets, width) > buckets_max) {
    scaled.buckets = halved(scaled.buckets);
    --scaled.scale;
  }
  return scaled;
}

double sum_seconds(const control::Distribution& value) { return static_cast<double>(value.sum_ns) / 1e9; }

}  // namespace bellrock::interop
