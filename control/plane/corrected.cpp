// What corrections leave of an objective's counts. A question for each of thousands of corrections would cost more than
// all else in an answer: whole hours are read in one, and so are minutes that are near each other.
#include <algorithm>
#include <vector>

#include "control/plane/policy_json.h"
#include "control/plane/views.h"
#include "control/slo/evaluator.h"

namespace bellrock::plane {
namespace {

using slo::Events;
using slo::Minutes;
using store::StoreSnapshot;

// Another question costs as much as reading what lies between, about.
constexpr std::int64_t kNearSeconds = 6 * kHourSeconds;

// Of each span the whole hours, which are kept for longer than minutes are, and the minutes before and behind them.
struct Parts {
  std::vector<Minutes> hours, minutes;
};

Parts parts_of(const Span& span, std::span<const Minutes> taken_out) {
  Parts parts;
  const auto add = [](std::vector<Minutes>& to, std::int64_t from, std::int64_t until) {
    if (from < until) to.push_back({from, until});
  };
  for (const auto& out : taken_out) {
    const std::int64_t from = std::max(span.from, out.from), to = std::min(span.to, out.to);
    if (from >= to) continue;
    const std::int64_t hours_from = std::min((from + kHourSeconds - 1) / kHourSeconds * kHourSeconds, to);
    const std::int64_t hours_to = std::max(to / kHourSeconds * kHourSeconds, hours_from);
    add(parts.minutes, from, hours_from);
    add(parts.hours, hours_from, hours_to);
    add(parts.minutes, hours_to, to);
  }
  return parts;
}

// What the spans hold, by one question about all the time from the first to the last.
Result<Events, store::StoreError> events_within(StoreSnapshot& snapshot, const slo::Objective& objective,
                                                std::span<const Minutes> spans, std::int64_t step_s) {
  store::SeriesQuery query;
  query.journey = objective.journey;
  query.kind = CellKind::kObjective;
  query.scope = CellScope::kTotal;
  query.item = objective.name;
  query.from = spans.front().from;
  query.to = spans.back().to;
  TRY_ASSIGN(const auto counts, snapshot.counts(query, step_s));
  std::vector<std::uint64_t> within(counts.keys.size());
  std::size_t series = 0;
  auto span = spans.begin();
  for (const auto& slice : counts.slices) {  // by series, then by time
    if (slice.series != series) span = spans.begin();
    series = slice.series;
    while (span != spans.end() && span->to <= slice.start_unix_s) ++span;
    if (span != spans.end() && span->from <= slice.start_unix_s) within[series] += slice.n;
  }
  control::SloCounts verdicts;
  for (std::size_t i = 0; i < within.size(); ++i) slo::add_verdict(objective, counts.keys[i], within[i], verdicts);
  return events_of(verdicts);
}

}  // namespace

Result<Events, store::StoreError> corrected_events(StoreSnapshot& snapshot, const slo::Objective& objective,
                                                   const Span& span, Events events,
                                                   std::span<const Minutes> taken_out) {
  const Parts parts = parts_of(span, taken_out);
  if (!parts.hours.empty()) {
    TRY_ASSIGN(const Events hours, events_within(snapshot, objective, parts.hours, kHourSeconds));
    events -= hours;
  }
  for (auto first = parts.minutes.begin(); first != parts.minutes.end();) {
    auto last = std::next(first);
    while (last != parts.minutes.end() && last->from - std::prev(last)->to <= kNearSeconds) ++last;
    TRY_ASSIGN(const Events minutes, events_within(snapshot, objective, {first, last}, slo::kMinuteSeconds));
    events -= minutes;
    first = last;
  }
  return events;
}

}  // namespace bellrock::plane
