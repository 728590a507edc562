#include "tests/system/dashboard/plant_signals.h"

#include <algorithm>
#include <array>

#include "control/flow/distinct.h"
#include "control/flow/feedback_name.h"
#include "control/flow/histogram.h"

namespace bellrock::planted {
namespace {

constexpr std::int64_t kMinuteSeconds = 60, kHourSeconds = 3'600;

// One answer in total, and by its latency; without a band it found no room there.
struct Given {
  const char* outcome;
  Question question;
  std::size_t answer;
  std::uint64_t n;
  const char* band;
};

void answer(Cells& cells, const std::string& journey, std::uint64_t version, const Given& given) {
  control::SeriesKey key{journey,
                         version,
                         CellKind::kFeedback,
                         given.outcome,
                         control::feedback_detail(given.question, given.answer),
                         CellScope::kTotal,
                         {}};
  cells[key].n += given.n;
  key.scope = given.band == nullptr ? CellScope::kOverflow : CellScope::kDimensioned;
  if (given.band != nullptr) key.dimensions = {{control::kAnswerDimension, given.band}};
  cells[key].n += given.n;
}

struct Pressed {
  const char *kind, *device;  // without a device it found no room there
  std::uint64_t n;
};

void click(Cells& cells, const std::string& page, const Pressed& pressed) {
  if (pressed.n == 0) return;
  control::SeriesKey key{page, 0, CellKind::kClick, pressed.kind, "", CellScope::kTotal, {}};
  cells[key].n += pressed.n;
  key.scope = pressed.device == nullptr ? CellScope::kOverflow : CellScope::kDimensioned;
  if (pressed.device != nullptr) key.dimensions = {{"device", pressed.device}};
  cells[key].n += pressed.n;
}

struct Viewed {
  const char *page, *sign, *device;
  std::uint64_t n;
};

void view(Cells& cells, const Viewed& viewed) {
  if (viewed.n == 0) return;
  control::SeriesKey key{viewed.page, 0, CellKind::kFrustration, viewed.sign, "", CellScope::kTotal, {}};
  cells[key].n += viewed.n;
  key.scope = CellScope::kDimensioned;
  key.dimensions = {{"device", viewed.device}};
  cells[key].n += viewed.n;
}

// splitmix64: numbers of visitors to keys that look drawn.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ x >> 27) * 0x94d049bb133111ebull;
  return x ^ x >> 31;
}

}  // namespace

void plant_feedback(Cells& cells, const journey::Journey& journey, const When& when) {
  const std::uint64_t version = journey.feedback.version, n = when.minutes;
  for (const Given& given : {Given{"success", Question::kNps, 10, 2 * n, "0ms"},
                             {"success", Question::kNps, 9, n, "200ms"},
                             {"success", Question::kNps, 8, n, "200ms"},
                             {"success", Question::kNps, 7, n, "400ms"},
                             {"success", Question::kNps, 3, n, "1600ms"},
                             {"success", Question::kCsat, 5, 2 * n, "0ms"},
                             {"success", Question::kCsat, 4, n, "400ms"},
                             {"success", Question::kCsat, 2, n, "1600ms"},
                             {"success", Question::kCes, 6, 2 * n, "0ms"},
                             {"success", Question::kCes, 2, n, "1600ms"},
                             {"abandoned", Question::kCsat, 1, n, "unmeasured"},
                             {"abandoned", Question::kCsat, 3, n, "unmeasured"}}) {
    answer(cells, journey.name, version, given);
  }
  if (when.outage) {
    answer(cells, journey.name, version, {"failed.system", Question::kNps, 0, 2, "800ms"});
    answer(cells, journey.name, version, {"failed.system", Question::kNps, 6, 1, "unmeasured"});
  }
  if (when.at % kHourSeconds != 0) return;
  answer(cells, journey.name, version, {"failed.user", Question::kNps, 5, 1, "unmeasured"});
  answer(cells, journey.name, version, {"success", Question::kNps, 9, 1, nullptr});
  answer(cells, journey.name, version, {"success", Question::kNps, 4, 1, "3200ms"});
  answer(cells, journey.name, version + 1, {"success", Question::kNps, 0, 3, "0ms"});
}

void plant_clicks(Cells& cells, const std::string& strange, const When& when) {
  const std::uint64_t n = when.minutes, hourly = when.at % kHourSeconds == 0 ? 1 : 0;
  for (const Pressed& pressed : {Pressed{"click", "desktop", 50 * n},
                                 {"click", "phone", 30 * n},
                                 {"rage", "phone", n},
                                 {"dead", "desktop", n},
                                 {"dead", "phone", 2 * n},
                                 {"error", "phone", when.outage ? 9 : hourly}}) {
    click(cells, "/checkout", pressed);
  }
  for (const Pressed& pressed : {Pressed{"click", "desktop", 40 * n},
                                 {"click", "tablet", 3 * n},
                                 {"rage", "desktop", hourly},
                                 {"dead", nullptr, hourly},
                                 {"dead", "unknown", hourly}}) {
    click(cells, "/product/{id}", pressed);
  }
  click(cells, "__other__", {"error", "desktop", 2 * hourly});
  click(cells, strange, {"dead", "phone", 7 * hourly});
  click(cells, strange, {"rage", strange.c_str(), 3 * hourly});
}

void plant_frustration(Cells& cells, const When& when) {
  const std::uint64_t n = when.minutes, hourly = when.at % kHourSeconds == 0 ? 1 : 0;
  for (const Viewed& viewed : {Viewed{"/checkout", "views", "desktop", 30 * n},
                               {"/checkout", "views", "phone", 20 * n},
                               {"/checkout", "back", "phone", n},
                               {"/checkout", "retry", "desktop", when.outage ? 4 : hourly},
                               {"/product/{id}", "views", "phone", 90 * n},
                               {"/product/{id}", "loop", "phone", 2 * n},
                               {"/product/{id}", "thrash", "phone", hourly}}) {
    view(cells, viewed);
  }
}

Visitors plant_visitors(Cells& cells, const journey::Journey& journey, const When& when) {
  constexpr std::int64_t kEvery = 5 * kMinuteSeconds;  // every window would be most of what a frame weighs
  constexpr std::uint64_t kNew = 20;
  if (when.at % kEvery != 0) return {};
  const Visitors visitors{static_cast<std::uint64_t>(when.at / kEvery) * kNew, 2 * kNew};
  for (std::uint64_t visitor = visitors.first; visitor < visitors.first + visitors.n; ++visitor) {
    const Coupon coupon = coupon_of(SessionKey{{mixed(visitor), mixed(~visitor)}}, JourneyId{0u});
    control::Histogram& cell = cells[{journey.name,
                                      journey.version,
                                      CellKind::kDistinct,
                                      control::distinct_item(coupon.cell),
                                      "",
                                      CellScope::kTotal,
                                      {}}];
    const auto ns = static_cast<std::uint64_t>(coupon_time(coupon.slot));
    cell.min_ns = cell.n == 0 ? ns : std::min(cell.min_ns, ns);
    cell.max_ns = std::max(cell.max_ns, ns);
    cell.sum_ns += ns;
    ++cell.n;
    ++cell.buckets[control::kBucketMin + coupon.slot];
  }
  return visitors;
}

}  // namespace bellrock::planted
