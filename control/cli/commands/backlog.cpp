#include "control/cli/commands/backlog.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>

#include "control/cli/exit_code.h"
#include "control/slo/backlog.h"

namespace bellrock::cli {
namespace {

using slo::BacklogBy;
using slo::BacklogItem;

std::string name_of(const Json& item) {
  return item.at("journey").get<std::string>() + "/" + item.at("objective").get<std::string>();
}

// "2.5" → 2500; at most three places, above 0 and at most 100,000.
std::optional<std::uint64_t> thousandths(const std::string& text) {
  const std::size_t point = text.find('.');
  std::string digits = text.substr(0, point);
  std::string places = point == std::string::npos ? "" : text.substr(point + 1);
  if (digits.empty() || places.size() > 3 || (point != std::string::npos && places.empty())) return std::nullopt;
  digits += places + std::string(3 - places.size(), '0');
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) return std::nullopt;
  return value == 0 || value > 100'000'000 ? std::nullopt : std::optional(value);
}

using Efforts = std::map<std::string, std::uint64_t>;

// None, and `err` is told: one of them makes no sense, or names no objective.
std::optional<Efforts> efforts_of(const BacklogQuestion& question, const Json& items, std::ostream& err) {
  std::set<std::string> names;
  for (const auto& item : items) names.insert(name_of(item));
  Efforts efforts;
  for (const auto& text : question.efforts) {
    const std::size_t equals = text.rfind('=');
    const std::string name = text.substr(0, equals);
    const auto effort = equals == std::string::npos ? std::nullopt : thousandths(text.substr(equals + 1));
    if (!effort || !names.contains(name)) {
      err << "bellrock: " << printable(text) << (effort ? ": there is no such objective" : " is no effort")
          << "; write JOURNEY/OBJECTIVE=DAYS, for example --effort checkout/success=2.5\n";
      return std::nullopt;
    }
    if (!efforts.emplace(name, *effort).second) {
      err << "bellrock: " << printable(name) << " has two efforts; give one of them\n";
      return std::nullopt;
    }
  }
  return efforts;
}

std::set<std::string> currencies_of(const Json& items) {
  std::set<std::string> all;
  for (const auto& item : items) {
    if (item.at("value_lost").is_null()) continue;
    for (const auto& lost : item.at("value_lost")) all.insert(lost.at("currency").get<std::string>());
  }
  return all;
}

// The currency that values are shown in, and ranked by: the one asked for, or the only one; empty where nothing has a
// value, or where several are only shown. None: `err` is told.
std::optional<std::string> currency_of(const BacklogQuestion& question, const Json& items, std::ostream& err) {
  const std::set<std::string> all = currencies_of(items);
  std::string names;
  for (const auto& one : all) names += (names.empty() ? "" : ", ") + one;
  if (!question.currency.empty()) {
    if (all.contains(question.currency)) return question.currency;
    err << "bellrock: nothing was lost in " << printable(question.currency) << "; "
        << (all.empty() ? "no value was measured" : "values are in " + printable(names)) << '\n';
    return std::nullopt;
  }
  if (all.size() == 1) return *all.begin();
  if (all.empty() || question.by != "value") return std::string();
  err << "bellrock: values are in " << printable(names) << ", which nobody converts; choose one with --currency\n";
  return std::nullopt;
}

// Where nothing has a value, or nobody counts visits, attempts are all there is to rank by.
std::string ranked_by(const BacklogQuestion& question, const Json& items) {
  const std::string key = question.by + "_lost";
  const bool measured = std::any_of(items.begin(), items.end(),
                                    [&](const Json& item) { return !item.value(key, Json(nullptr)).is_null(); });
  return measured ? question.by : "attempts";
}

BacklogBy order_of(const std::string& by) {
  return by == "value" ? BacklogBy::kValue : by == "users" ? BacklogBy::kUsers : BacklogBy::kAttempts;
}

// An older centre says nothing of them.
std::optional<slo::Loss> users_of(const Json& item) {
  const Json users = item.value("users_lost", Json(nullptr));
  if (users.is_null()) return std::nullopt;
  const auto estimate = users.at("estimate").get<std::uint64_t>(), low = users.at("low").get<std::uint64_t>();
  const auto high = users.at("high").get<std::uint64_t>();
  return slo::Loss{estimate, high - std::min(high, estimate), estimate - std::min(estimate, low)};
}

BacklogItem item_of(const Json& json, const std::string& currency, const Efforts& efforts) {
  const auto& counts = json.at("counts");
  BacklogItem item;
  item.name = name_of(json);
  item.attempts = {counts.at("bad").get<std::uint64_t>(), counts.at("unknown").get<std::uint64_t>()};
  item.users = users_of(json);
  if (const auto found = efforts.find(item.name); found != efforts.end()) item.effort_thousandths = found->second;
  if (json.at("value_lost").is_null()) return item;
  item.value = slo::Loss{};
  for (const auto& lost : json.at("value_lost")) {
    if (lost.at("currency") != currency) continue;
    item.value =
        slo::Loss{lost.at("minor_units").get<std::uint64_t>(), lost.at("unknown_minor_units").get<std::uint64_t>()};
  }
  return item;
}

Json ranking(const Json& document, const BacklogQuestion& question, const std::string& currency,
             const Efforts& efforts) {
  const auto& items = document.at("items");
  std::vector<BacklogItem> backlog;
  for (const auto& item : items) backlog.push_back(item_of(item, currency, efforts));
  Json json{{"now_unix_s", document.at("now_unix_s")},
            {"range", document.at("range")},
            {"from_unix_s", document.at("from_unix_s")},
            {"to_unix_s", document.at("to_unix_s")},
            {"by", ranked_by(question, items)}};
  json["currency"] = currency.empty() ? Json(nullptr) : Json(currency);
  json["ranking"] = Json::array();
  for (const auto& ranked : slo::rank_backlog(backlog, order_of(json["by"].get<std::string>()))) {
    const BacklogItem& item = backlog[ranked.item];
    Json one{{"rank", ranked.rank}};
    one["users_lost"] = nullptr;
    one.update(items[ranked.item]);
    one["effort"] =
        efforts.contains(item.name) ? Json(static_cast<double>(item.effort_thousandths) / 1'000) : Json(nullptr);
    one["ties"] = Json::array();
    for (const std::size_t other : ranked.ties) one["ties"].push_back(backlog[other].name);
    json["ranking"].push_back(std::move(one));
  }
  return json;
}

// "1,234 (+ up to 50)"
std::string bounded(std::uint64_t sure, std::uint64_t perhaps) {
  return grouped(sure) + (perhaps == 0 ? "" : " (+ up to " + grouped(perhaps) + ")");
}

// In one currency, or in each of several.
std::string value_text(const Json& one, const Json& currency) {
  if (one.at("value_lost").is_null()) return "not measured";
  std::string text;
  for (const auto& lost : one.at("value_lost")) {
    if (!currency.is_null() && lost.at("currency") != currency) continue;
    text += (text.empty() ? "" : ", ") +
            bounded(lost.at("minor_units").get<std::uint64_t>(), lost.at("unknown_minor_units").get<std::uint64_t>());
    if (currency.is_null()) text += " " + lost.at("currency").get<std::string>();
  }
  return text.empty() ? "0" : text;
}

std::string users_text(const Json& users) {
  if (users.is_null()) return "not counted";
  const auto low = users.at("low").get<std::uint64_t>(), high = users.at("high").get<std::uint64_t>();
  const std::string text = grouped(users.at("estimate").get<std::uint64_t>());
  return low == high ? text : "about " + text + " (" + grouped(low) + " to " + grouped(high) + ")";
}

void table_of(const Json& json, bool colours, std::ostream& out, std::ostream& err) {
  const std::string currency =
      json.at("currency").is_null() ? "" : ", MINOR UNITS OF " + json.at("currency").get<std::string>();
  Table table({{"RANK", Align::kRight},
               {"OBJECTIVE"},
               {"VALUE LOST" + currency, Align::kRight},
               {"VISITS LOST", Align::kRight},
               {"LOST", Align::kRight},
               {"OF"},
               {"EFFORT", Align::kRight},
               {"TIES WITH"}});
  for (const auto& one : json.at("ranking")) {
    std::string ties;
    for (const auto& other : one.at("ties")) ties += (ties.empty() ? "" : ", ") + other.get<std::string>();
    const auto& counts = one.at("counts");
    table.add({std::to_string(one.at("rank").get<std::uint64_t>()) + (ties.empty() ? "" : "="), name_of(one),
               value_text(one, json.at("currency")), users_text(one.at("users_lost")),
               bounded(counts.at("bad").get<std::uint64_t>(), counts.at("unknown").get<std::uint64_t>()),
               one.at("counts_visits").get<bool>() ? "visits" : "attempts",
               one.at("effort").is_null() ? "-" : fmt::format("{:g}", one.at("effort").get<double>()), ties});
  }
  table.write(out, colours);
  if (table.empty()) err << "bellrock: the centre's configuration has no objective\n";
}

}  // namespace

int run_backlog_rank(const CentreOptions& options, const BacklogQuestion& question, bool colours, std::ostream& out,
                     std::ostream& err) {
  const Answer answer = ask(options, "/api/v1/backlog?range=" + encode_percent(question.range), err);
  if (answer.exit_code != kDone) return answer.exit_code;
  try {
    const auto& items = answer.document.at("items");
    const auto efforts = efforts_of(question, items, err);
    const auto currency = efforts ? currency_of(question, items, err) : std::nullopt;
    if (!currency) return kUsage;
    return show(options, {ranking(answer.document, question, *currency, *efforts), kDone}, "ranking", out, err,
                [&](const Json& document) { table_of(document, colours, out, err); });
  } catch (const Json::exception& error) {
    return not_understood(error, err);
  }
}

void add_backlog(CLI::App& app, int& exit_code) {
  CLI::App* const backlog = app.add_subcommand("backlog", "What failures cost");
  backlog->require_subcommand(1);
  CLI::App* const rank = backlog->add_subcommand("rank", "Objectives by what was lost, for what mending them costs");
  struct RankOptions : CentreOptions {
    BacklogQuestion question;
  };
  auto options = std::make_shared<RankOptions>();
  rank->add_option("--range", options->question.range, "How far back: 1h, 6h, 24h, 7d or 28d")->capture_default_str();
  rank->add_option("--by", options->question.by, "What counts: value, users or attempts")
      ->check(CLI::IsMember({"value", "users", "attempts"}))
      ->capture_default_str();
  rank->add_option("--currency", options->question.currency, "Of the values, where journeys have several");
  rank->add_option("--effort", options->question.efforts,
                   "JOURNEY/OBJECTIVE=DAYS: what mending it costs, in days or any other unit; without, 1");
  add_centre_options(*rank, *options);
  rank->footer(
      "VALUE LOST is what attempts with a bad end were worth, in minor units (cents), where the journey measures\n"
      "`value`; what unknown attempts were worth may come on top. VISITS LOST are about how many visits had a bad\n"
      "attempt, where the journey counts `distinct_sessions`, were its attempts spread evenly over them; by `users`,\n"
      "objectives are ranked by these. Objectives without what is ranked by come last; where none has any, all are\n"
      "ranked by attempts. The same rank is the same loss for the effort; TIES WITH names those that unknown attempts\n"
      "(and what is not known exactly of visits) could turn around.\n\n"
      "Examples\n"
      "  bellrock backlog rank\n"
      "  bellrock backlog rank --effort checkout/success=5 --effort search/fast=1.5\n"
      "  bellrock backlog rank --by users --range 7d -o json");
  rank->callback([options, &exit_code] {
    exit_code = run_backlog_rank(*options, options->question, wants_colours(STDOUT_FILENO), std::cout, std::cerr);
  });
}

}  // namespace bellrock::cli
