#include "control/cli/discover/yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace bellrock::cli {
namespace {

// In double quotes, which YAML reads as JSON does.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// The next of 1, 2, 5, 10 … milliseconds, so that a proposal does not look measured where it is a guess.
std::string threshold_text(Duration at_least) {
  for (Duration step = kMillisecond;; step *= 10) {
    for (const Duration value : {step, 2 * step, 5 * step}) {
      if (value >= at_least) return fmt::format("{}ms", value / kMillisecond);
    }
  }
}

std::string answers_text(const Proposal& one) {
  std::string text = fmt::format("answered {} times", one.answered);
  if (one.refused > 0) text += fmt::format(", refused (4xx) {}", one.refused);
  if (one.broken > 0) text += fmt::format(", broken (5xx) {}", one.broken);
  if (one.unanswered > 0) text += fmt::format(", without answer {}", one.unanswered);
  return text;
}

std::string good_statuses(const Proposal& one) {
  return one.redirects && one.fetches ? "[2xx, 3xx]" : one.redirects ? "3xx" : "2xx";
}

class Writer {
 public:
  std::string operator()(const Seen& seen, const Discovery& found, const std::string& beacon_path) {
    write_head(seen, found, beacon_path);
    for (const Proposal& one : found.proposals) one.commit.empty() ? write_query(one) : write_commit(one);
    return std::move(text_);
  }

 private:
  template <typename... T>
  void line(fmt::format_string<T...> format, T&&... values) {
    text_ += fmt::format(format, std::forward<T>(values)...) + '\n';
  }

  void write_head(const Seen& seen, const Discovery& found, const std::string& beacon_path) {
    const Visitors& who = seen.visitors;
    line(
        "# Proposed by `bellrock journey discover` from {} transactions of {} visits: {} of beacons and {} of assets "
        "are",
        seen.transactions, seen.visits.size(), seen.beacons, seen.assets);
    line("# not looked at. A proposal says what visitors did, not what they wanted: names, targets and thresholds are");
    line(
        "# first guesses. `bellrock validate`, `bellrock replay` and `bellrock journey test` show what they make of "
        "it.");
    line("apiVersion: bellrock/v1\nkind: Site\nmetadata: {{name: discovered}}\nspec:");
    line("  hosts: any\n  beacon_paths: [{}]", quoted(beacon_path));
    if (!found.templates.empty()) line("  templates:");
    for (const auto& [path, requests] : found.templates) line("    - {}  # {} requests", quoted(path), requests);
    for (const std::string& path : found.overlapping) {
      line("    # left out, because nothing would decide between it and another: {}", quoted(path));
    }
    line("---");
    if (!who.cookie.empty()) {
      line("# {} of {} requests have this cookie, with {} values.", who.with_cookie, who.requests, who.values);
    } else if (who.numbered) {
      line("# The transactions say whose they are, but not by what. Write the cookie, header or beacon field.");
    } else {
      line("# No cookie told visitors apart here; each client address was taken for one visitor. Write the");
      line("# cookie, header or beacon field of yours.");
    }
    line("apiVersion: bellrock/v1\nkind: Identity\nmetadata: {{name: visitor}}");
    line("spec: {{keys: [{{cookie: {}}}, {{beacon: sid}}]}}", quoted(who.cookie.empty() ? "sid" : who.cookie));
  }

  void write_journey(const Proposal& one) {
    line("apiVersion: bellrock/v1\nkind: Journey\nmetadata: {{name: {}}}\nspec:", quoted(one.name));
    line("  identity: visitor\n  attempt: {{idle: 30m}}\n  steps:");
  }

  void write_failures(const Proposal& one, const std::string& method, const std::string& path) {
    const std::string match =
        fmt::format("match: {{http: {{at: response, method: {}, path: {}, status: ", method, quoted(path));
    line("    - {{name: broken, kind: failure, class: system, {}[5xx, none]}}}}}}", match);
    if (one.refused > 0) line("    - {{name: refused, kind: failure, class: user, {}4xx}}}}}}", match);
  }

  void write_commit(const Proposal& one) {
    line("---\n# {} {} in {} visits, {} of them from GET {}; {}.", one.commit_method, one.commit, one.visits,
         one.from_start, one.start, answers_text(one));
    if (!one.landing.empty()) line("# After {} good answers GET {} came next.", one.landed, one.landing);
    write_journey(one);
    const std::string commit = fmt::format("method: {}, path: {}", one.commit_method, quoted(one.commit));
    const std::string good = good_statuses(one);
    line("    - {{name: open, kind: start, match: {{http: {{at: request, method: GET, path: {}}}}}}}",
         quoted(one.start));
    line("    - {{name: submit, kind: commit, match: {{http: {{at: request, {}}}}}}}", commit);
    const bool lands = !one.landing.empty();
    line("    - {{name: accepted, kind: {}, match: {{http: {{at: response, {}, status: {}}}}}}}",
         lands ? "ack" : "success", commit, good);
    if (lands) {
      line(
          "    - {{name: landed, kind: success, match: {{http: {{at: response, method: GET, path: {}, status: "
          "2xx}}}}}}",
          quoted(one.landing));
    }
    write_failures(one, one.commit_method, one.commit);
    if (lands) {
      const Duration within = std::max<Duration>(10 * kSecond, 3 * std::min(one.landing_p99, kHour));
      line("  # 99 of 100 came within {} ms of the answer.", one.landing_p99 / kMillisecond);
      line("  silent_failure: {{after: accepted, expect: landed, within: {}s}}",
           std::min<Duration>((within + kSecond - 1) / kSecond, 3'600));
    }
    line("  objectives:\n    - name: success\n      sli: success\n      count_from: submit\n      target: 0.99");
    line("      bad: [failed.system, {}{{abandoned.waiting: {{waited_over: 3s}}}}]", lands ? "silent_failure, " : "");
    if (one.refused > 0) line("      exclude: [failed.user]");
    write_latency(one, "submit", "accepted");
  }

  void write_query(const Proposal& one) {
    line("---\n# GET {} with `{}` in {} visits; {}.", one.start, one.parameter, one.visits, answers_text(one));
    write_journey(one);
    line(
        "    - {{name: ask, kind: start, match: {{http: {{at: request, method: GET, path: {}, query: {{{}: "
        "present}}}}}}}}",
        quoted(one.start), quoted(one.parameter));
    line("    - {{name: shown, kind: success, match: {{http: {{at: response, method: GET, path: {}, status: {}}}}}}}",
         quoted(one.start), good_statuses(one));
    write_failures(one, "GET", one.start);
    line("  objectives:\n    - name: success\n      sli: success\n      target: 0.99");
    line("      bad: [failed.system, abandoned, {{abandoned.waiting: {{waited_over: 3s}}}}]");
    line("      exclude: [{}superseded]", one.refused > 0 ? "failed.user, " : "");
    write_latency(one, "ask", "shown");
  }

  void write_latency(const Proposal& one, const char* from, const char* to) {
    line("    # 95 of 100 took at most {} ms.", (one.p95 + kMillisecond - 1) / kMillisecond);
    line("    - {{name: fast, sli: latency, from: {}, to: {}, op: lte, value: {}, target: 0.95}}", from, to,
         threshold_text(one.p95));
  }

  std::string text_;
};

}  // namespace

std::string to_configuration(const Seen& seen, const Discovery& found, const std::string& beacon_path) {
  return Writer()(seen, found, beacon_path);
}

}  // namespace bellrock::cli
