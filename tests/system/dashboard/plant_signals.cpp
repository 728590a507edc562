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

struct Seen {
  const char *page, *item, *detail, *browser;
  std::uint64_t n;
};

void see(Cells& cells, const Seen& seen) {
  if (seen.n == 0) return;
  control::SeriesKey key{seen.page, 0, CellKind::kCoverage, seen.item, seen.detail, CellScope::kTotal, {}};
  cells[key].n += seen.n;
  key.scope = CellScope::kDimensioned;
  key.dimensions = {{"browser", seen.browser}};
  cells[key].n += seen.n;
}

// So many loads had so much of a part: about 2^(index / 64) seconds.
void spend(Cells& cells, const char* page, const char* part, std::int32_t index, std::uint64_t n) {
  control::SeriesKey key{page, 0, CellKind::kSplit, part, "", CellScope::kTotal, {}};
  const auto ns = static_cast<std::uint64_t>(control::bucket_lower_ns(index) * 1.002);
  for (const CellScope scope : {CellScope::kTotal, CellScope::kDimensioned}) {
    key.scope = scope;
    if (scope == CellScope::kDimensioned) key.dimensions = {{"device", "phone"}};
    control::Histogram& cell = cells[key];
    cell.min_ns = cell.n == 0 ? ns : std::min(cell.min_ns, ns);
    cell.max_ns = std::max(cell.max_ns, ns);
    cell.sum_ns += ns * n;
    cell.buckets[index] += n;
    cell.n += n;
  }
}

// Errors of a page; without a code it found no room.
struct Told {
  const char *page, *code;
  std::uint64_t n;
};

void tell(Cells& cells, const Told& told) {
  if (told.n == 0) return;
  control::SeriesKey key{told.page, 0, CellKind::kError, "", "", CellScope::kTotal, {}};
  cells[key].n += told.n;
  key.scope = told.code == nullptr ? CellScope::kOverflow : CellScope::kDimensioned;
  if (told.code != nullptr) key.dimensions = {{"code", told.code}};
  cells[key].n += told.n;
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

void plant_coverage(Cells& cells, const When& when) {
  const std::uint64_t n = when.minutes, hourly = when.at % kHourSeconds == 0 ? 1 : 0;
  for (const Seen& seen : {Seen{"/checkout", "seen", "", "chrome", 60 * n},
                           {"/checkout", "covered", "", "chrome", 55 * n},
                           {"/checkout", "uncovered", "", "chrome", 4 * n},
                           {"/checkout", "unknown", "restart", "chrome", hourly},
                           {"/checkout", "seen", "", "safari", 20 * n},
                           {"/checkout", "covered", "", "safari", 9 * n},
                           {"/checkout", "uncovered", "", "safari", 11 * n},
                           {"/checkout", "beacon", "further", "chrome", 40 * n},
                           {"__other__", "seen", "", "firefox", 3 * n},
                           {"__other__", "covered", "", "firefox", 3 * n},
                           {"__other__", "beacon", "unseen", "firefox", 2 * n}}) {
    see(cells, seen);
  }
  spend(cells, "/checkout", "server", when.outage ? 64 : -192, 8 * n);  // 2 s, else 0.125 s
  spend(cells, "/checkout", "network", -256, 8 * n);
  spend(cells, "/checkout", "client", -64, 5 * n);
  cells[{"/checkout", 0, CellKind::kSplit, "unmatched", "no_timing", CellScope::kTotal, {}}].n += n;
  spend(cells, "/product/{id}", "server", -64, 9 * n);  // 0.5 s, and one in ten 4 s
  spend(cells, "/product/{id}", "server", 128, n);
  if (hourly != 0) spend(cells, "__other__", "server", 0, 1);
  spend(cells, "/api/cart", "call_server", -320, 6 * n);
  spend(cells, "/api/cart", "call_network", -256, 6 * n);
  cells[{"/api/cart", 0, CellKind::kSplit, "call_unmatched", "not_followed", CellScope::kTotal, {}}].n += 2 * n;
}

void plant_errors(Cells& cells, const std::string& strange, const When& when) {
  const std::uint64_t n = when.minutes, hourly = when.at % kHourSeconds == 0 ? 1 : 0;
  for (const Told& told : {Told{"/checkout", "E1043", when.outage ? 40 : n},
                           {"/checkout", "#9f86d081884c7d65", 2 * n},
                           {"/product/{id}", "E1043", 3 * n},
                           {"/product/{id}", strange.c_str(), hourly},
                           {"__other__", nullptr, hourly}}) {
    tell(cells, told);
  }
}

void plant_recovery(Cells& cells, const journey::Journey& journey, const When& when) {
  const auto count = [&](CellKind kind, std::uint64_t version, const char* item, const char* detail, std::uint64_t n) {
    if (n != 0) cells[{journey.name, version, kind, item, detail, CellScope::kTotal, {}}].n += n;
  };
  const std::uint64_t version = journey.recovery.version, n = when.minutes;
  count(CellKind::kRecovery, version, "broken", "errors", when.outage ? 9 : n);
  count(CellKind::kRecovery, version, "broken", "recovered", when.outage ? 1 : n);
  count(CellKind::kRecovery, version, "broken", "not_recovered", when.outage ? 7 : 0);
  count(CellKind::kRecovery, version, "broken", "unknown", when.outage ? 1 : 0);
  count(CellKind::kStray, journey.version, "orphan", "", n);
  count(CellKind::kStray, journey.version, "late", "", when.outage ? 2 : 0);
}

std::vector<control::Storyboard> plant_storyboards(const journey::Journey& journey, const std::string& strange,
                                                   const When& when) {
  if (!when.outage) return {};
  control::Storyboard story;
  story.start_unix_s = when.at;
  story.journey = journey.name;
  story.outcome = "failed.system";
  story.rank = 1 + mixed(static_cast<std::uint64_t>(when.at)) / 4;
  story.version = journey.version;
  story.keep = journey.stories_kept;
  story.lasted_ms = 9'000;
  story.dimensions = {{"device", "phone"}, {"release", strange}};
  story.steps = {{0, "open", Channel::kHttpRequest, "/checkout", 0, {}},
                 {7'000, "pay", Channel::kHttpRequest, "", 0, {}},
                 {9'000, "broken", Channel::kHttpResponse, "", 503, std::uint32_t{2'000}}};
  story.clicks = {{6'500, "/checkout", ClickKind::kRage, kNoClickPlace}};
  story.replay = "https://replay.example.com/s/" + std::to_string(when.at);
  return {story};
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
