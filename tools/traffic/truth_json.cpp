#include "tools/traffic/truth_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <map>

#include "tools/traffic/verdicts.h"

namespace bellrock::traffic {
namespace {

using Counts = std::map<std::string, std::uint64_t>;
using Steps = std::array<std::uint32_t, 11>;

// A request that nobody has answered until its connection's idle limit is a step as well, once that has come.
Steps steps_of(const AttemptTruth& a, const Truth& truth) {
  Steps steps = a.steps;
  if (a.forgotten_ns != 0 && a.end_ns == a.forgotten_ns && !is_open(a, truth)) {
    ++steps[static_cast<std::size_t>(Step::kBroken)];
  }
  return steps;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

std::string object(const Counts& counts) {
  std::string text = "{";
  for (const auto& [name, n] : counts) {
    fmt::format_to(std::back_inserter(text), "{}\"{}\": {}", text.size() > 1 ? ", " : "", escaped(name), n);
  }
  return text + "}";
}

std::string_view end_text(TransactionEnd end) {
  constexpr std::array<std::string_view, 3> kTexts{"answered", "aborted", "unanswered"};
  return kTexts[static_cast<std::size_t>(end)];
}

bool save(const std::string& path, const std::string& text) {
  if (path.empty()) return true;
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return false;
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  return std::fclose(file) == 0 && written;
}

std::string transaction_lines(const Truth& truth) {
  std::string out;
  out.reserve(truth.transactions.size() * 420);
  for (const TransactionTruth& t : truth.transactions) {
    fmt::format_to(
        std::back_inserter(out),
        R"({{"stream":{},"client":"{}","server":"{}","method":"{}","target":"{}","host":"{}","status":{},)"
        R"("request_first_ns":{},"request_last_ns":{},"response_first_ns":{},"response_last_ns":{},)"
        R"("request_body_bytes":{},"response_body_bytes":{},"interim":{},"aborted":{},)"
        R"("template":"{}","end":"{}","cut":{},"request_cut":{},"visible":{},"request_visible":{},"after_gap":{},)"
        R"("pipelines":{}}})"
        "\n",
        t.stream, t.client, t.server, t.method, escaped(t.target), t.host, t.status, t.request_first_ns,
        t.request_last_ns, t.response_first_ns, t.response_last_ns, t.request_body_bytes, t.response_body_bytes,
        t.interim, t.end == TransactionEnd::kAborted, kRouteTexts[static_cast<std::size_t>(t.route)], end_text(t.end),
        t.cut, t.request_cut, t.visible, t.request_visible, t.after_gap, t.pipelines);
  }
  return out;
}

void add_beacon_line(std::string& out, const TransactionTruth& t, const BeaconTruth& b) {
  auto at = std::back_inserter(out);
  fmt::format_to(at, R"({{"stream":{},"client":"{}","time_ns":{},"dialect":"{}")", t.stream, t.client,
                 t.request_last_ns, kDialectNames[static_cast<std::size_t>(b.dialect)]);
  if (b.rejected == BeaconReject::kCount) {
    fmt::format_to(at, R"(,"type":"{}","page":"{}")", kBeaconTypeNames[static_cast<std::size_t>(b.type)], b.page);
    if (!b.name.empty()) fmt::format_to(at, R"(,"name":"{}")", escaped(b.name));
    if (b.has_ok) fmt::format_to(at, R"(,"ok":{})", b.ok);
    if (b.has_dur) fmt::format_to(at, R"(,"dur_ms":{})", b.dur_ms);
  } else {
    fmt::format_to(at, R"(,"rejected":"{}")", kBeaconRejectNames[static_cast<std::size_t>(b.rejected)]);
  }
  fmt::format_to(at, R"(,"visible":{},"after_gap":{}}})", t.request_visible, t.after_gap);
  out += "\n";
}

std::string beacon_lines(const Truth& truth) {
  std::string out;
  for (const TransactionTruth& t : truth.transactions) {
    for (const BeaconTruth& b : t.beacons) add_beacon_line(out, t, b);
  }
  return out;
}

std::string outcome_lines(const Truth& truth) {
  std::string out;
  auto at = std::back_inserter(out);
  for (const AttemptTruth& a : truth.attempts) {
    const bool open = is_open(a, truth);
    std::string steps;
    const Steps reached = steps_of(a, truth);
    for (std::size_t s = 0; s < reached.size(); ++s) {
      if (reached[s] > 0)
        fmt::format_to(std::back_inserter(steps), R"({}"{}")", steps.empty() ? "" : ",", kStepTexts[s]);
    }
    fmt::format_to(at, R"({{"journey":"{}","outcome":"{}","start_ns":{},"duration_ns":{},"steps":[{}],)",
                   kJourneyTexts[static_cast<std::size_t>(a.journey)],
                   open ? "open" : kOutcomeNames[static_cast<std::size_t>(a.outcome)], a.start_ns,
                   open ? 0 : a.end_ns - a.start_ns, steps);
    fmt::format_to(
        at, R"("sid":"{}","device":"{}","retried":{},"by_deadline":{},"pay_ns":{},"pay_ok_ns":{},"waited_ns":{})",
        a.sid, a.device, a.retried, !a.decided, a.pay_ns, a.pay_ok_ns, a.waited_ns);
    if (a.clock == ClientClock::kValid) fmt::format_to(at, R"(,"client_ms":{})", a.client_ms);
    out += "}\n";
  }
  return out;
}

// Exact quantiles: the smallest value that at least the share q of all values do not exceed.
std::string ttfb_text(const Truth& truth) {
  std::vector<std::int64_t> values;
  std::int64_t sum = 0;
  for (const TransactionTruth& t : truth.transactions) {
    if (t.end != TransactionEnd::kAnswered || !t.visible) continue;
    values.push_back((t.response_first_ns - t.request_last_ns) / 1'000);
    sum += values.back();
  }
  if (values.empty()) return R"({"count": 0})";
  std::sort(values.begin(), values.end());
  std::string text = fmt::format(R"({{"count": {}, "sum": {}, "min": {}, "max": {}, "quantiles": {{)", values.size(),
                                 sum, values.front(), values.back());
  constexpr std::array<std::pair<std::string_view, double>, 7> kQuantiles{
      {{"0.25", 0.25}, {"0.5", 0.5}, {"0.75", 0.75}, {"0.9", 0.9}, {"0.95", 0.95}, {"0.99", 0.99}, {"0.999", 0.999}}};
  for (const auto& [name, q] : kQuantiles) {
    const auto rank = static_cast<std::size_t>(std::max(1.0, std::ceil(q * static_cast<double>(values.size()))));
    fmt::format_to(std::back_inserter(text), R"({}"{}": {})", name == "0.25" ? "" : ", ", name, values[rank - 1]);
  }
  return text + "}}";
}

std::string http_text(const Truth& truth) {
  Counts method, route, status, end;
  std::uint64_t interim = 0;
  for (const TransactionTruth& t : truth.transactions) {
    ++method[t.method];
    ++route[std::string(kRouteTexts[static_cast<std::size_t>(t.route)])];
    if (t.status != 0) ++status[std::to_string(t.status)];
    ++end[std::string(end_text(t.end))];
    interim += t.interim;
  }
  return fmt::format(R"({{"by_method": {}, "by_template": {}, "by_status": {}, "by_end": {}, "interim": {}}})",
                     object(method), object(route), object(status), object(end), interim);
}

std::string beacons_text(const Truth& truth) {
  Counts type, dialect, rejected;
  std::uint64_t accepted = 0;
  for (const TransactionTruth& t : truth.transactions) {
    for (const BeaconTruth& b : t.beacons) {
      if (b.rejected != BeaconReject::kCount) {
        ++rejected[std::string(kBeaconRejectNames[static_cast<std::size_t>(b.rejected)])];
        continue;
      }
      ++accepted;
      ++type[std::string(kBeaconTypeNames[static_cast<std::size_t>(b.type)])];
      ++dialect[std::string(kDialectNames[static_cast<std::size_t>(b.dialect)])];
    }
  }
  return fmt::format(R"({{"accepted": {}, "by_type": {}, "by_dialect": {}, "rejected": {}}})", accepted, object(type),
                     object(dialect), object(rejected));
}

std::string journey_text(const Truth& truth, JourneyName journey) {
  Counts outcomes, steps;
  std::uint64_t starts = 0, open = 0, retried = 0;
  for (const AttemptTruth& a : truth.attempts) {
    if (a.journey != journey) continue;
    ++starts;
    retried += a.retried;
    if (is_open(a, truth))
      ++open;
    else
      ++outcomes[std::string(kOutcomeNames[static_cast<std::size_t>(a.outcome)])];
    const Steps reached = steps_of(a, truth);
    for (std::size_t s = 0; s < reached.size(); ++s) {
      if (reached[s] > 0) steps[std::string(kStepTexts[s])] += reached[s];
    }
  }
  return fmt::format(R"({{"starts": {}, "open": {}, "retried": {}, "outcomes": {}, "steps": {}, "objectives": {}}})",
                     starts, open, retried, object(outcomes), object(steps), objectives_text(truth, journey));
}

}  // namespace

bool is_open(const AttemptTruth& attempt, const Truth& truth) {
  return attempt.end_ns >= truth.last_ns && !attempt.decided;
}

bool write_truth(const Options& options, const Truth& truth) {
  std::string out = "{\n";
  auto at = std::back_inserter(out);
  fmt::format_to(at, "\"seed\": {},\n\"packets\": {},\n\"bytes\": {},\n\"connections\": {},\n\"visitors\": {},\n",
                 options.seed, truth.packets, truth.bytes, truth.connections, truth.visitors);
  fmt::format_to(at, "\"first_ns\": {},\n\"last_ns\": {},\n\"transactions\": {},\n", truth.first_ns, truth.last_ns,
                 truth.transactions.size());
  const auto visible = std::count_if(truth.transactions.begin(), truth.transactions.end(),
                                     [](const TransactionTruth& t) { return t.visible; });
  fmt::format_to(
      at, "\"visible_transactions\": {},\n\"drops\": {},\n\"http\": {},\n\"ttfb_us\": {},\n\"beacons\": {},\n", visible,
      object(Counts(truth.noise.begin(), truth.noise.end())), http_text(truth), ttfb_text(truth), beacons_text(truth));
  fmt::format_to(at, "\"journeys\": {{\"search\": {},\n\"checkout\": {}}},\n",
                 journey_text(truth, JourneyName::kSearch), journey_text(truth, JourneyName::kCheckout));
  fmt::format_to(at, "\"events\": {},\n",
                 object({{"orphan_success", truth.orphan_success},
                         {"late_success", truth.late_success},
                         {"duplicate_success", truth.duplicate_success},
                         {"bad_client_duration", truth.bad_client_duration}}));
  fmt::format_to(at, "\"capture\": {}\n}}\n",
                 object({{"hidden", truth.loss_packets},
                         {"duplicated", truth.duplicate_packets},
                         {"retransmitted", truth.retransmitted_packets},
                         {"conflicting", truth.conflicting_packets},
                         {"overlapping", truth.overlapping_packets},
                         {"reordered", truth.reordered_packets}}));
  return save(options.truth, out) &&
         (options.truth_transactions.empty() || save(options.truth_transactions, transaction_lines(truth))) &&
         (options.truth_beacons.empty() || save(options.truth_beacons, beacon_lines(truth))) &&
         (options.truth_outcomes.empty() || save(options.truth_outcomes, outcome_lines(truth)));
}

}  // namespace bellrock::traffic
