#include "control/store/clickhouse_view.h"

#include <algorithm>
#include <tuple>

namespace bellrock::store {
namespace {

std::string digits(std::uint64_t value) { return std::to_string(value); }

// "((a,b),(c,d))"
std::string list(const FrameIds& ids) {
  std::string text = "(";
  for (const auto& [intake, ordinal] : ids) text += "(" + digits(intake) + "," + digits(ordinal) + "),";
  text.back() = ')';
  return text;
}

std::string without(const FrameIds& twins) {
  return twins.empty() ? "" : " AND (intake, ordinal) NOT IN " + list(twins);
}

std::vector<std::uint64_t> read_list(RowReader& row) {
  std::vector<std::uint64_t> list(row.length());
  for (auto& value : list) value = row.count();
  return list;
}

void load_run(const ClickHouseClient& client, View& view) {
  // Two centres may have made a run of the same number: all take the same one of them.
  RowReader row = client.select(
      "SELECT number, lifetime_run, first_day, before, minutes_before, trimmed, covered.intake, covered.ordinal, "
      "twins.intake, twins.ordinal, runs FROM runs ORDER BY number DESC, run LIMIT 1");
  if (!row.more()) return;
  view.number = row.count();
  view.lifetime_run = row.count();
  view.first_day = row.number<std::uint32_t>();
  view.before = row.integer();
  view.minutes_before = row.integer();
  view.trimmed = row.count();
  const auto intakes = read_list(row), ordinals = read_list(row);
  for (std::size_t i = 0; i < std::min(intakes.size(), ordinals.size()); ++i) view.covered[intakes[i]] = ordinals[i];
  const auto twins = read_list(row), twin_ordinals = read_list(row);
  for (std::size_t i = 0; i < std::min(twins.size(), twin_ordinals.size()); ++i) {
    view.twins.emplace(twins[i], twin_ordinals[i]);
  }
  view.runs = read_list(row);
}

// Of frames that are there more than once, the one that is rolled up already stays, or else the first.
void load_twins(const ClickHouseClient& client, View& view) {
  // By a number first, which costs a third; what has the same number by chance is told apart after it.
  const std::string frames = " FROM frames WHERE " + view.frames_condition() + " AND day >= " + digits(view.first_day);
  const std::string hash = "cityHash64(node, boot, seq)";
  RowReader rows =
      client.select("SELECT groupArray(intake), groupArray(ordinal)" + frames + " AND " + hash + " IN (SELECT " + hash +
                    " AS h" + frames + " GROUP BY h HAVING count() > 1) GROUP BY node, boot, seq");
  while (rows.more()) {
    const auto intakes = read_list(rows), ordinals = read_list(rows);
    std::set<std::tuple<bool, std::uint64_t, std::uint64_t>> same;  // false first: rolled up
    for (std::size_t i = 0; i < std::min(intakes.size(), ordinals.size()); ++i) {
      const auto covered = view.covered.find(intakes[i]);
      const bool rolled_up = covered != view.covered.end() && ordinals[i] <= covered->second;
      same.emplace(!rolled_up, ordinals[i], intakes[i]);
    }
    for (auto one = std::next(same.begin()); one != same.end(); ++one) {
      view.twins.emplace(std::get<2>(*one), std::get<1>(*one));
    }
  }
}

}  // namespace

std::string View::raw_condition(const Intakes& until) const {
  std::string text;
  for (const auto& [intake, last] : until) {
    const auto from = covered.find(intake);
    const std::uint64_t above = from == covered.end() ? 0 : from->second;
    if (last <= above) continue;
    text += (text.empty() ? "" : " OR ") + ("(intake = " + digits(intake)) + " AND ordinal > " + digits(above) +
            " AND ordinal <= " + digits(last) + ")";
  }
  return text.empty() ? "0" : "(" + text + ")" + without(twins);
}

std::string View::frames_condition() const {
  std::string text = "(day < " + digits(first_day);
  for (const auto& [intake, last] : newest) {
    text += " OR (intake = " + digits(intake) + " AND ordinal <= " + digits(last) + ")";
  }
  return text + ")" + without(twins);
}

std::string View::runs_condition() const {
  if (runs.empty()) return "0";
  std::string text = "run IN (";
  for (const auto run : runs) text += digits(run) + ",";
  text.back() = ')';
  return text;
}

View load_view(const ClickHouseClient& client) {
  View view;
  load_run(client, view);
  RowReader rows = client.select("SELECT intake, max(ordinal) FROM frames WHERE day >= " + digits(view.first_day) +
                                 " GROUP BY intake");
  while (rows.more()) {
    const std::uint64_t intake = rows.count();
    view.newest[intake] = rows.count();
  }
  load_twins(client, view);
  return view;
}

}  // namespace bellrock::store
