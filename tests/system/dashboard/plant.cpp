// Fills a centre with a planted history through its intake, as two nodes would, and prints the truth: what was counted
// in which window, as JSON.
//
//   dashboard_plant --centre URL --now UNIX_SECONDS --config DIR
//
// Four weeks: one window stands for an hour's attempts until three days ago, then there are minutes. Six hours ago the
// payment gateway failed for 25 minutes, mostly for phones; search is slow for three hours of each evening. Once an
// hour payments of all lengths are counted with who left. Two pages have web vitals. Visitors answer, click and come
// again (plant_signals.h). Names that a node chooses are hostile: markup, quotes, script.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "control/config/loader.h"
#include "control/flow/effect_name.h"
#include "control/flow/histogram.h"
#include "control/net/http_client.h"
#include "control/proto/frame_codec.h"
#include "dataplane/base/bytes.h"
#include "dataplane/flow/vital.h"
#include "tests/system/dashboard/plant_signals.h"

namespace {

using namespace bellrock;
using Json = nlohmann::ordered_json;

constexpr std::int64_t kMinuteSeconds = 60, kHourSeconds = 3'600, kDaySeconds = 24 * kHourSeconds;
constexpr std::size_t kFrameWindows = 240;
constexpr const char* kHostileNode = "<svg onload=window.xss=1>";
constexpr const char* kHostileValue = "<img src=x onerror=\"window.xss=2\">";
constexpr const char* kHostileName = "</th><script>window.xss=3</script>";
constexpr const char* kHostileOutcome = "\"><iframe srcdoc='<script>parent.xss=4</script>'>";

using planted::Cells;

// One journey's cells of one window, with its versions as the configuration has them.
struct Window {
  const journey::Journey& journey;
  Cells& cells;

  void count(CellKind kind, const std::string& item, std::uint64_t n) const {
    cells[{journey.name, journey.version, kind, item, "", CellScope::kTotal, {}}].n += n;
  }
  [[nodiscard]] const journey::Objective& objective(const std::string& name) const {
    return *std::find_if(journey.objectives.begin(), journey.objectives.end(),
                         [&](const auto& one) { return one.name == name; });
  }
  [[nodiscard]] control::SeriesKey verdict(const std::string& name, const char* detail) const {
    return {journey.name, objective(name).version, CellKind::kObjective, name, detail, CellScope::kTotal, {}};
  }
  void judge(const std::string& name, const char* detail, std::uint64_t n) const {
    cells[verdict(name, detail)].n += n;
  }
  void judge(const std::string& name, const char* detail, std::uint64_t n, const char* dimension,
             const char* value) const {
    auto key = verdict(name, detail);
    key.scope = CellScope::kDimensioned;
    key.dimensions = {{dimension, value}};
    cells[key].n += n;
  }
  // Attempts that took about `seconds`, spread over an octave; each is good or bad by the objective's threshold.
  void measure(const std::string& name, double seconds, std::uint64_t n) const {
    constexpr int kSpread = 8;
    const auto middle = static_cast<std::int32_t>(std::lround(std::log2(seconds) * control::kBucketsPerOctave));
    const auto threshold = static_cast<double>(objective(name).threshold);
    for (int step = -kSpread; n > 0 && step <= kSpread; ++step) {
      const std::uint64_t part = step == kSpread ? n : std::min(n, 1 + n / 9);
      const std::int32_t bucket = middle + step * 4;
      const double upper = control::bucket_upper_ns(bucket);
      auto& histogram = cells[verdict(name, upper <= threshold ? "good" : "bad")];
      const auto ns = static_cast<std::uint64_t>(control::bucket_lower_ns(bucket) * 1.002);
      histogram.min_ns = histogram.n == 0 ? ns : std::min(histogram.min_ns, ns);
      histogram.max_ns = std::max(histogram.max_ns, ns);
      histogram.sum_ns += ns * part;
      histogram.n += part;
      histogram.buckets[bucket] += part;
      n -= part;
    }
  }
};

// Everything about one window follows from its time, so that the truth can be made again.
struct Moment {
  std::int64_t at = 0;
  std::uint64_t scale = 1;  // 60 where a window stands for an hour
  bool outage = false;
  [[nodiscard]] std::uint64_t noise(std::uint64_t below) const {
    auto x = static_cast<std::uint64_t>(at / kMinuteSeconds) * 0x9e3779b97f4a7c15ull;
    x ^= x >> 29;
    return (x * 0xbf58476d1ce4e5b9ull >> 33) % below;
  }
  [[nodiscard]] bool evening() const {
    return at % kDaySeconds >= 18 * kHourSeconds && at % kDaySeconds < 21 * kHourSeconds;
  }
};

void plant_checkout(const Window& window, const Moment& moment) {
  const std::uint64_t starts = (60 + moment.noise(20)) * moment.scale, paid = starts * 3 / 4;
  const std::uint64_t declined = paid / 20, unknown = moment.at % (30 * kMinuteSeconds) == 0 ? 1 : 0;
  const std::uint64_t now_and_then = moment.at % kHourSeconds == 17 * kMinuteSeconds || moment.scale > 1 ? 1 : 0;
  const std::uint64_t bad = moment.outage ? paid * 7 / 10 : now_and_then;
  const std::uint64_t strange = moment.at % kHourSeconds == 0 ? 2 : 0;
  const std::uint64_t good = paid - declined - unknown - bad - strange;
  window.count(CellKind::kStart, "", starts);
  window.count(CellKind::kStep, "open", starts);
  window.count(CellKind::kStep, "declined", declined);
  window.count(CellKind::kStep, "broken", bad);
  window.count(CellKind::kStep, "address", starts * 9 / 10);
  window.count(CellKind::kStep, "pay", paid);
  window.count(CellKind::kStep, "pay_ok", good + unknown);
  window.count(CellKind::kStep, "confirmed", good);
  window.count(CellKind::kOutcome, "success", good);
  window.count(CellKind::kOutcome, "failed.user", declined);
  window.count(CellKind::kOutcome, "failed.system", bad);
  window.count(CellKind::kOutcome, "unknown", unknown);
  window.count(CellKind::kOutcome, "abandoned", starts - paid);
  window.count(CellKind::kOutcome, kHostileOutcome, strange);
  window.judge("success", "good", good + strange);
  window.judge("success", "bad", bad);
  window.judge("success", "unknown", unknown);
  window.judge("success", "excluded", declined);
  window.judge("success", "funnel", starts - paid);
  window.measure("e2e", 1.4, good - good / 50);
  window.measure("e2e", 3.4, good / 50);
  window.measure("pay_ok", moment.outage ? 0.7 : 0.22, good + unknown);
  const std::uint64_t phones = bad * 8 / 10;
  window.judge("success", "bad", phones, "device", "phone");
  window.judge("success", "bad", bad - phones, "device", "desktop");
  window.judge("success", "good", good / 2, "device", "phone");
  window.judge("success", "good", good - good / 2, "device", "desktop");
  window.judge("success", "good", strange, "device", kHostileValue);
  window.judge("success", "good", strange, kHostileName, kHostileValue);
}

// Web vitals of two pages: phones on 3g are slow, and the smaller half of visitors.
void plant_vitals(Cells& cells, const Moment& moment) {
  struct Visitors {
    const char *device, *connection;
    double slowness;
    std::uint64_t views;
  };
  const Visitors all[] = {{"desktop", "4g", 0.5, 30 + moment.noise(9)},
                          {"phone", "4g", 1.0, 20 + moment.noise(7)},
                          {"phone", "3g", 2.5, 3 + moment.noise(3)}};
  constexpr std::array<double, kVitals> kUsual{1.9, 0.13, 0.06, 1.2, 0.5, 1.4, 2.2};  // seconds; of CLS the value
  const auto measure = [&](const control::SeriesKey& key, double seconds, std::uint64_t n) {
    const auto bucket = static_cast<std::int32_t>(std::ceil(std::log2(seconds) * control::kBucketsPerOctave)) - 1;
    const auto ns = static_cast<std::uint64_t>(std::lround(seconds * 1e9));
    control::Histogram& cell = cells[key];
    cell.min_ns = cell.n == 0 ? ns : std::min(cell.min_ns, ns);
    cell.max_ns = std::max(cell.max_ns, ns);
    cell.sum_ns += ns * n;
    cell.n += n;
    cell.buckets[bucket] += n;
  };
  for (const char* const page : {"/checkout", "/product/{id}"}) {
    for (const Visitors& visitors : all) {
      for (std::size_t i = 0; i < kVitals; ++i) {
        const double value = kUsual[i] * visitors.slowness * (page[1] == 'c' ? 1 : 1.4);
        const auto rating = rating_of(static_cast<Vital>(i), static_cast<std::uint32_t>(value * 1e6));
        control::SeriesKey key{page,
                               0,
                               CellKind::kVital,
                               std::string(kVitalNames[i]),
                               std::string(kRatingNames[static_cast<std::size_t>(rating)]),
                               CellScope::kTotal,
                               {}};
        measure(key, value, visitors.views * moment.scale);
        key.scope = CellScope::kDimensioned;
        key.dimensions = {{"connection", visitors.connection}, {"device", visitors.device}};
        measure(key, value, visitors.views * moment.scale);
      }
    }
  }
}

// Once an hour: the longer a payment takes, the more leave, on phones and elsewhere alike; phones are slower.
void plant_effects(const Window& window, const Moment& moment) {
  if (moment.at % kHourSeconds != 0 || window.journey.effects.empty()) return;
  const journey::Effect& effect = window.journey.effects.front();
  const auto count = [&](Wait wait, std::uint64_t ms, Outcome outcome, std::uint64_t n, const char* device) {
    const std::size_t slot = wait_slot(wait, band_of(static_cast<Duration>(ms) * kMillisecond));
    control::SeriesKey key{window.journey.name,
                           effect.version,
                           CellKind::kEffect,
                           effect.name,
                           control::effect_detail(slot, outcome),
                           CellScope::kTotal,
                           {}};
    for (const bool by_device : {false, true}) {
      if (by_device) key.scope = CellScope::kDimensioned, key.dimensions = {{"device", device}};
      auto& cell = window.cells[key];
      cell.n += n;
      cell.sum_ns += n * ms * static_cast<std::uint64_t>(kMillisecond);
    }
  };
  for (const bool phone : {false, true}) {
    const char* const device = phone ? "phone" : "desktop";
    for (std::uint64_t ms = phone ? 250 : 120; ms < 2'000; ms = ms * 3 / 2) {
      const std::uint64_t lost = 2 + ms / 100;
      count(Wait::kAnswered, ms, Outcome::kSuccess, 60 - lost, device);
      count(Wait::kAnswered, ms, Outcome::kAbandoned, lost, device);
      count(Wait::kEnded, ms, Outcome::kAbandonedWaiting, 1, device);
    }
  }
  count(Wait::kAnswered, 200, Outcome::kUnknown, 1, kHostileValue);
}

void plant_search(const Window& window, const Moment& moment) {
  const std::uint64_t starts = (200 + moment.noise(50)) * moment.scale, broken = starts / 150;
  const std::uint64_t found = starts - broken;
  window.count(CellKind::kStart, "", starts);
  window.count(CellKind::kStep, "query", starts);
  window.count(CellKind::kStep, "broken", broken);
  window.count(CellKind::kStep, "page", starts - broken);
  window.count(CellKind::kStep, "results", found);
  window.count(CellKind::kOutcome, "success", found);
  window.count(CellKind::kOutcome, "failed.system", broken);
  const std::uint64_t slow = moment.evening() ? found / 4 : found / 200;
  window.measure("fast", 0.35, found - slow);
  window.measure("fast", 1.9, slow);
  window.judge("fast", "bad.failed", broken);
  window.judge("fast", "good", (found - slow) / 2, "device", "phone");
  window.judge("fast", "bad", slow, "device", "phone");
  window.judge("fast", "good", found - slow - (found - slow) / 2, "device", "desktop");
}

// [{at, cells: [[journey, kind, item, detail, dimension, value, n, measured]]}]: names and values of several dimensions
// are joined by commas; of what found no room among them the name is "no room".
Json truth_of(const std::map<std::int64_t, Cells>& windows) {
  Json all = Json::array();
  for (const auto& [at, cells] : windows) {
    Json rows = Json::array();
    for (const auto& [key, histogram] : cells) {
      std::string names = key.scope == CellScope::kOverflow ? "no room" : "", values;
      for (const auto& [name, value] : key.dimensions) {
        names += (names.empty() ? "" : ",") + name;
        values += (values.empty() ? "" : ",") + value;
      }
      rows.push_back({key.journey, static_cast<int>(key.kind), key.item, key.detail, names, values, histogram.n,
                      control::measured(histogram)});
    }
    all.push_back({{"at", at}, {"cells", std::move(rows)}});
  }
  return all;
}

// Frames of many windows each, as a node that was away would send them.
class Node {
 public:
  Node(std::string centre, std::string name, std::uint8_t boot, std::int64_t now)
      : centre_(std::move(centre)), now_(now) {
    frame_.node = std::move(name);
    frame_.boot[0] = boot;
    frame_.board_id[0] = boot;
    frame_.counters = {
        {"packets", 1'000'000}, {"passed", 999'000}, {"drop_not_ours", 990}, {"beacons_accepted", 5'000}};
    frame_.edge = control::EdgeState{boot == 1, (now - 7 * kHourSeconds) * 1'000};
    frame_.clock = control::ClockState{boot == 1 ? -61'500 : 2, 4};
  }
  bool send(std::map<std::int64_t, Cells> windows, const std::map<std::string, std::uint64_t>& open,
            std::vector<control::Storyboard> storyboards = {}) {
    frame_.windows = std::move(windows);
    frame_.storyboards = std::move(storyboards);
    frame_.recorded = 0;
    for (const auto& [at, cells] : frame_.windows) {
      for (const auto& [key, histogram] : cells) frame_.recorded += histogram.n;
    }
    frame_.seq = ++seq_;
    frame_.oldest_seq_held = seq_;
    frame_.open = open;
    frame_.sent_unix_ms = now_ * 1'000;
    const auto reply = net::http_post(centre_ + "/v1/frames", "application/x-protobuf", text(proto::encode(frame_)),
                                      {.timeout = std::chrono::minutes(1)});
    if (!reply.ok() || reply->status != 200) {
      fmt::print(stderr, "dashboard_plant: {}\n", reply.ok() ? reply->body : reply.error().message);
      return false;
    }
    return true;
  }
  void count_as(const std::string& counter, std::uint64_t n) { frame_.counters[counter] = n; }

 private:
  std::string centre_;
  std::int64_t now_;
  control::DeltaFrame frame_;
  std::uint64_t seq_ = 0;
};

std::vector<Moment> moments(std::int64_t now, std::int64_t outage_from) {
  const std::int64_t minutes_from = now - now % kHourSeconds - 3 * kDaySeconds;
  std::vector<Moment> all;
  for (std::int64_t at = minutes_from - 24 * kDaySeconds; at < minutes_from; at += kHourSeconds)
    all.push_back({at, 60, false});
  for (std::int64_t at = minutes_from; at + kMinuteSeconds < now; at += kMinuteSeconds) {
    all.push_back({at, 1, at >= outage_from && at < outage_from + 25 * kMinuteSeconds});
  }
  return all;
}

const journey::Journey& named(const journey::Definition& definition, const std::string& name) {
  return *std::find_if(definition.journeys.begin(), definition.journeys.end(),
                       [&](const auto& one) { return one.name == name; });
}

// Answers and visitors are the first node's, clicks the other's.
planted::Visitors plant_signals(const journey::Journey& journey, Cells& shop, Cells& other, const Moment& moment) {
  const planted::When when{moment.at, moment.scale, moment.outage};
  planted::plant_feedback(shop, journey, when);
  planted::plant_clicks(other, kHostileValue, when);
  planted::plant_frustration(other, when);
  planted::plant_coverage(other, when);
  planted::plant_errors(other, kHostileValue, when);
  planted::plant_recovery(shop, journey, when);
  return planted::plant_visitors(shop, journey, when);
}

int plant(const journey::Definition& definition, const std::string& centre, std::int64_t now) {
  const std::int64_t outage_from = now - now % kHourSeconds - 6 * kHourSeconds + 40 * kMinuteSeconds;
  Node shop(centre, "edge-north", 1, now), other(centre, kHostileNode, 2, now);
  other.count_as(kHostileName, 7);
  std::map<std::int64_t, Cells> all, checkouts, searches;
  std::vector<control::Storyboard> storyboards;
  Json visitors = Json::array();
  const auto flush = [&](bool last) {
    std::map<std::string, std::uint64_t> open;
    if (last) open = {{"checkout", 3}};
    const bool sent = shop.send(std::exchange(checkouts, {}), open, std::exchange(storyboards, {})) &&
                      other.send(std::exchange(searches, {}), {});
    return sent;
  };
  const auto plan = moments(now, outage_from);
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const Moment& moment = plan[i];
    plant_checkout({named(definition, "checkout"), checkouts[moment.at]}, moment);
    plant_effects({named(definition, "checkout"), checkouts[moment.at]}, moment);
    plant_search({named(definition, "search"), searches[moment.at]}, moment);
    plant_vitals(searches[moment.at], moment);
    const auto came = plant_signals(named(definition, "checkout"), checkouts[moment.at], searches[moment.at], moment);
    visitors.push_back({moment.at, came.first, came.n});
    for (auto& story : planted::plant_storyboards(named(definition, "checkout"), kHostileValue,
                                                  {moment.at, moment.scale, moment.outage})) {
      storyboards.push_back(std::move(story));
    }
    const bool last = i + 1 == plan.size();
    if (last)
      checkouts[moment.at]
               [{"checkout", named(definition, "checkout").version, CellKind::kStart, "", "", CellScope::kTotal, {}}]
                   .n += 3;
    for (const auto* const part : {&checkouts, &searches}) {
      const auto& cells = part->at(moment.at);
      all[moment.at].insert(cells.begin(), cells.end());
    }
    if ((last || (i + 1) % kFrameWindows == 0) && !flush(last)) return 1;
  }
  const Json truth{
      {"now", now},
      {"outage_from", outage_from},
      {"outage_to", outage_from + 25 * kMinuteSeconds},
      {"hostile",
       {{"node", kHostileNode}, {"value", kHostileValue}, {"name", kHostileName}, {"outcome", kHostileOutcome}}},
      {"visitors", std::move(visitors)},  // [[at, first, n]]
      {"windows", truth_of(all)}};
  fmt::print("{}\n", truth.dump());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Fills a centre with a planted history and prints the truth.", "dashboard_plant");
  std::string centre;
  std::vector<std::string> files;
  std::int64_t now = 0;
  app.add_option("--centre", centre)->required();
  app.add_option("--now", now)->required();
  app.add_option("--config", files)->required();
  CLI11_PARSE(app, argc, argv);
  const config::Loaded loaded = config::load(files);
  if (!loaded.ok()) return 3;
  return plant(loaded.definition, centre, now);
}
