#include "control/plane/grafana.h"

#include <algorithm>
#include <cstdio>
#include <set>
#include <utility>
#include <vector>

#include "control/slo/explain.h"
#include "control/slo/prometheus.h"

namespace bellrock::plane {
namespace {

constexpr int kColumns = 24;

struct Query {
  std::string expression, legend;
};

// Panels from left to right, then down; rows of the dashboard are headings.
class Board {
 public:
  void heading(const std::string& title) {
    finish_line();
    Json panel = place({{"type", "row"}, {"title", title}, {"collapsed", false}}, kColumns, 1);
    panel["panels"] = Json::array();
    panels_.push_back(std::move(panel));
    finish_line();
  }

  void stat(const std::string& title, int width, const std::vector<Query>& queries, Json thresholds) {
    Json panel = with_queries("stat", title, width, 5, queries, "percentunit");
    panel["fieldConfig"]["defaults"]["decimals"] = 2;
    panel["fieldConfig"]["defaults"]["thresholds"] = {{"mode", "absolute"}, {"steps", std::move(thresholds)}};
    panel["options"] = {{"reduceOptions", {{"calcs", Json::array({"lastNotNull"})}}}, {"colorMode", "value"}};
    panels_.push_back(std::move(panel));
  }

  // `line`: of a threshold; none below 0.
  void chart(const std::string& title, int width, const std::vector<Query>& queries, const char* unit,
             double line = -1) {
    Json panel = with_queries("timeseries", title, width, 8, queries, unit);
    auto& defaults = panel["fieldConfig"]["defaults"];
    defaults["min"] = 0;
    if (line >= 0) {
      Json base{{"color", "transparent"}, {"value", nullptr}}, limit{{"color", "red"}, {"value", line}};
      defaults["custom"]["thresholdsStyle"] = {{"mode", "line"}};
      defaults["thresholds"] = {{"mode", "absolute"}, {"steps", Json::array({base, limit})}};
    }
    panels_.push_back(std::move(panel));
  }

  Json panels() && { return std::move(panels_); }

 private:
  static Json source() { return {{"type", "prometheus"}, {"uid", "${datasource}"}}; }

  Json place(Json panel, int width, int height) {
    if (x_ + width > kColumns) finish_line();
    panel["id"] = ++id_;
    panel["gridPos"] = {{"x", x_}, {"y", y_}, {"w", width}, {"h", height}};
    x_ += width;
    line_ = std::max(line_, height);
    return panel;
  }
  void finish_line() {
    x_ = 0;
    y_ += std::exchange(line_, 0);
  }

  Json with_queries(const char* type, const std::string& title, int width, int height,
                    const std::vector<Query>& queries, const char* unit) {
    Json panel = place({{"type", type}, {"title", title}, {"datasource", source()}}, width, height);
    panel["targets"] = Json::array();
    for (std::size_t i = 0; i < queries.size(); ++i) {
      panel["targets"].push_back({{"refId", std::string(1, static_cast<char>('A' + i))},
                                  {"datasource", source()},
                                  {"expr", queries[i].expression},
                                  {"legendFormat", queries[i].legend},
                                  {"range", true}});
    }
    panel["fieldConfig"] = {{"defaults", {{"unit", unit}}}, {"overrides", Json::array()}};
    return panel;
  }

  Json panels_ = Json::array();
  int id_ = 0, x_ = 0, y_ = 0, line_ = 0;
};

std::string exact(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

// Names are letters, digits, - and _ (config/README.md), so that nothing needs quoting here.
std::string labels(const slo::Objective& objective, const std::string& more = {}) {
  return "{journey=\"" + objective.journey + "\",objective=\"" + objective.name + "\"" + more + "}";
}

// "sum(increase(bellrock_slo_events_total{…}[1h]))"
std::string increase(const slo::Objective& objective, const char* results, const std::string& window) {
  return "sum(increase(bellrock_slo_events_total" + labels(objective, std::string(",result=~\"") + results + "\"") +
         "[" + window + "]))";
}

// bad / all / (1 - target), over every window of the policy.
std::vector<Query> burn_rates(const slo::Objective& objective, const slo::Policy& policy) {
  const std::string budget = exact(static_cast<double>(slo::kOne - objective.target_e9) / slo::kOne);
  std::vector<Query> queries;
  std::set<std::int64_t> windows;
  for (const auto& pair : policy.pairs) windows.insert({pair.short_s, pair.long_s});
  if (windows.empty()) windows.insert(slo::kHourSeconds);
  for (const std::int64_t window : windows) {
    const std::string name = slo::window_name(window);
    queries.push_back({increase(objective, "bad", name) + " / (" + increase(objective, "good|bad|unknown", name) +
                           " > 0) / " + budget,
                       name});
  }
  return queries;
}

Json steps(std::initializer_list<std::pair<const char*, Json>> all) {
  Json json = Json::array();
  for (const auto& [colour, from] : all) json.push_back({{"color", colour}, {"value", from}});
  return json;
}

void add_objective(Board& board, const slo::Objective& objective, const slo::Policy& policy) {
  const bool judged = objective.has_budget();
  const std::string target = judged ? ", target " + slo::target_text(objective) : std::string();
  board.heading(objective.journey + " / " + objective.name + target);
  const double limit = static_cast<double>(objective.target_e9) / slo::kOne;
  board.stat("Good, between its bounds", 6,
             {{"min(bellrock_slo_lower_ratio" + labels(objective) + ")", "at least"},
              {"max(bellrock_slo_upper_ratio" + labels(objective) + ")", "at most"}},
             steps({{"red", nullptr}, {"green", limit}}));
  if (judged) {
    board.stat("Error budget left", 6, {{"min(bellrock_slo_error_budget_left_ratio" + labels(objective) + ")", "left"}},
               steps({{"red", nullptr}, {"orange", 0}, {"green", 0.2}}));
  }
  board.chart("Attempts", 12,
              {{"sum by (result) (rate(bellrock_slo_events_total" + labels(objective, ",result=~\"good|bad|unknown\"") +
                    "[$__rate_interval]))",
                "{{result}}"}},
              "ops");
  if (judged) board.chart("Burn rate", 12, burn_rates(objective, policy), "none", 1);
  if (!objective.is_latency) return;
  std::vector<Query> quantiles;
  for (const char* const q : {"0.5", "0.95", "0.99"}) {
    quantiles.push_back({std::string("histogram_quantile(") + q + ", sum(rate(bellrock_objective_seconds" +
                             labels(objective) + "[$__rate_interval])))",
                         std::string("p") + (std::string_view(q) == "0.5" ? "50" : q + 2)});
  }
  board.chart("Latency, by remote write", 12, quantiles, "s", static_cast<double>(objective.threshold) / 1e9);
}

// What a scrape brings has an instance; what remote write brings has a centre instead, and is the same once more.
void add_journey(Board& board, const std::string& journey) {
  const std::string scraped = "{journey=\"" + journey + "\",instance!=\"\"}";
  board.heading("Journey " + journey);
  board.chart("Attempts begun and ended", 8,
              {{"sum(rate(bellrock_journey_starts_total" + scraped + "[$__rate_interval]))", "begun"},
               {"sum(rate(bellrock_journey_ended_total" + scraped + "[$__rate_interval]))", "ended"}},
              "ops");
  board.chart("Open attempts", 4, {{"sum(bellrock_journey_open" + scraped + ")", "open"}}, "short");
  board.chart(
      "How they ended, by remote write", 12,
      {{"sum by (outcome) (rate(bellrock_journey_outcomes_total{journey=\"" + journey + "\"}[$__rate_interval]))",
        "{{outcome}}"}},
      "ops");
}

void add_fleet(Board& board) {
  board.heading("Fleet");
  board.chart("Frames by what became of them", 8,
              {{"sum by (result) (rate(bellrock_central_frames_total[$__rate_interval]))", "{{result}}"}}, "ops");
  board.chart("Seconds since a node was heard of", 8,
              {{"time() - max by (node) (bellrock_node_last_seen_timestamp_seconds)", "{{node}}"}}, "s", 120);
  board.chart("Frames lost or missing", 8,
              {{"sum by (node) (bellrock_node_frames_lost)", "{{node}} lost"},
               {"sum by (node) (bellrock_node_frames_missing)", "{{node}} missing"}},
              "short");
}

}  // namespace

Json grafana_dashboard(const Catalog& catalog, const std::string& title) {
  Board board;
  for (const auto& journey : catalog) {
    for (std::size_t i = 0; i < journey.objectives.size(); ++i) {
      add_objective(board, journey.objectives[i], journey.policies[i]);
    }
    add_journey(board, journey.name);
  }
  add_fleet(board);
  Json json{{"title", title}, {"uid", "bellrock-journeys"}, {"tags", Json::array({"bellrock"})}, {"schemaVersion", 36}};
  json["editable"] = true;
  json["refresh"] = "30s";
  json["time"] = {{"from", "now-24h"}, {"to", "now"}};
  json["templating"]["list"] = Json::array({{{"name", "datasource"},
                                             {"label", "Prometheus"},
                                             {"type", "datasource"},
                                             {"query", "prometheus"},
                                             {"refresh", 1}}});
  json["annotations"]["list"] = Json::array();
  json["panels"] = std::move(board).panels();
  return json;
}

}  // namespace bellrock::plane
