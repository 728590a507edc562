// What corrections leave of an objective's counts, whatever they are and however many.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "tests/unit/control/plane/centre.h"
#include "tests/unit/control/plane/counting_store.h"

namespace bellrock::plane {
namespace {

constexpr std::int64_t kFirst = store::kStart - store::kStart % kHourSeconds;
constexpr std::int64_t kDays = 3, kLast = kFirst + kDays * kDaySeconds;

std::int64_t below(std::int64_t n, std::mt19937& random) { return static_cast<std::int64_t>(random()) % n; }

// Counts of some windows of three days, all in one frame: more of some hours, none of others.
void fill(store::SeriesStore& store, std::mt19937& random) {
  control::DeltaFrame frame;
  frame.node = "edge";
  frame.seq = frame.oldest_seq_held = 1;
  frame.sent_unix_ms = kLast * 1'000;
  for (std::int64_t at = kFirst; at < kLast; at += 10 * (1 + below(at / kHourSeconds % 5 == 0 ? 300 : 12, random))) {
    auto& cells = frame.windows[at];
    for (const char* const verdict : {"good", "bad", "unknown", "excluded", "funnel", "of a later version"}) {
      const std::uint64_t n = random() % 4;
      if (n == 0) continue;
      cells[series(CellKind::kObjective, "success", verdict)].n = n;
      frame.recorded += n;
    }
    cells[series(CellKind::kObjective, "success", "good", 7)].n = 3;  // another version of it
    cells[series(CellKind::kObjective, "fast", "good")].n = 5;
    frame.recorded += 8;
  }
  const store::ReceivedFrame received{&frame, {1}, frame.sent_unix_ms};
  const auto applied = store.apply({&received, 1});
  ASSERT_TRUE(applied.ok());
  ASSERT_EQ(applied->front(), store::Applied::kApplied);
}

// Some short, some of hours, also beyond what is held.
std::vector<slo::Minutes> random_corrections(std::mt19937& random) {
  std::vector<slo::Correction> all(random() % 60);
  for (auto& one : all) {
    one.from = kFirst - kHourSeconds + 60 * below((kDays * 24 + 2) * 60, random);
    one.to = one.from + 60 * (1 + below(below(3, random) == 0 ? 1'000 : 70, random));
    if (below(4, random) == 0) one.from -= one.from % kHourSeconds;
  }
  return slo::taken_out(all, "checkout", "success", kLast);
}

TEST(Corrected, WhatIsLeftIsWhatAQuestionForEachCorrectionLeaves) {
  std::mt19937 random(20'261'128);
  Centre centre;
  fill(*centre.store, random);
  const auto& objective = *find_objective(centre.catalog, "checkout", "success");
  slo::Events last;
  for (int round = 0; round < 300; ++round) {
    if (round == 150) {  // then there are only hours of the first day, and minutes of the second
      ASSERT_TRUE(centre.store->trim({kLast - 6 * kHourSeconds, kFirst + kDaySeconds, kFirst}).ok());
    }
    const auto out = random_corrections(random);
    const std::int64_t from = kFirst + below(48, random) * kHourSeconds;
    const Span span{from, from + (1 + below(30, random)) * kHourSeconds};
    const auto snapshot = std::move(*centre.store->snapshot());
    const slo::Events all = *events_between(*snapshot, objective, span.from, span.to);
    slo::Events left = all;
    for (const auto& one : out) {
      const std::int64_t begin = std::max(span.from, one.from), end = std::min(span.to, one.to);
      if (begin < end) left -= *events_between(*snapshot, objective, begin, end);
    }
    const auto corrected = corrected_events(*snapshot, objective, span, all, out);
    ASSERT_TRUE(corrected.ok());
    ASSERT_EQ(*corrected, left) << "round " << round;
    if (left != all) last = left;
  }
  EXPECT_NE(last.all(), 0u);
}

TEST(Corrected, ThousandsOfCorrectionsAreAFewQuestions) {
  std::mt19937 random(1);
  Centre centre;
  fill(*centre.store, random);
  std::vector<slo::Minutes> out;
  for (std::int64_t at = kFirst; at < kLast; at += 120) out.push_back({at, at + 60});
  ASSERT_GT(out.size(), 2'000u);
  store::CountingStore counting(*centre.store);
  const auto snapshot = std::move(*counting.snapshot());
  const auto& objective = *find_objective(centre.catalog, "checkout", "success");
  const slo::Events all = *events_between(*snapshot, objective, kFirst, kLast);
  const auto left = corrected_events(*snapshot, objective, {kFirst, kLast}, all, out);
  ASSERT_TRUE(left.ok());
  EXPECT_LT(left->all(), all.all());
  EXPECT_EQ(counting.questions(), 2u);
}

}  // namespace
}  // namespace bellrock::plane
