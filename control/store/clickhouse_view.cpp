#include "control/store/clickhouse_view.h"

#include <algorithm>
#include <tuple>

#include "control/store/clickhouse_replicas.h"

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

void load_run(const ClickHouseClient& client, View& view, const std::string& condition = "") {
  // Two centres may have made a run of the same number: all take the same one of them.
  RowReader row = client.select(
      "SELECT number, run, lifetime_run, made, first_hour, before, minutes_before, trimmed, frames_run, frames_before, "
      "last_ordinal, covered.intake, covered.ordinal, twins.intake, twins.ordinal, runs FROM runs " +
      condition + " ORDER BY number DESC, run LIMIT 1");
  if (!row.more()) return;
  view.number = row.count();
  view.run = row.count();
  view.lifetime_run = row.count();
  view.made = row.integer();
  view.first_hour = row.number<std::uint32_t>();
  view.before = row.integer();
  view.minutes_before = row.integer();
  view.trimmed = row.count();
  view.frames_run = row.count();
  view.frames_before = row.number<std::uint32_t>();
  view.last_ordinal = row.count();
  const auto intakes = read_list(row), ordinals = read_list(row);
  for (std::size_t i = 0; i < std::min(intakes.size(), ordinals.size()); ++i) view.covered[intakes[i]] = ordinals[i];
  const auto twins = read_list(row), twin_ordinals = read_list(row);
  for (std::size_t i = 0; i < std::min(twins.size(), twin_ordinals.size()); ++i) {
    view.twins.emplace(twins[i], twin_ordinals[i]);
  }
  view.runs = read_list(row);
}

// Of the intakes of `until` those that have rows above `above` and up to it, with these bounds.
struct Between {
  Between(const Intakes& above, const Intakes& until) {
    for (const auto& [intake, last] : until) {
      const auto from = above.find(intake);
      const std::uint64_t first = from == above.end() ? 0 : from->second;
      if (last <= first) continue;
      to.emplace(intake, last);
      if (first != 0) after.emplace(intake, first);
    }
  }
  [[nodiscard]] std::string condition() const {
    return "ordinal > " + ordinal_of_intake(after) + " AND ordinal <= " + ordinal_of_intake(to);
  }
  Intakes after, to;
};

// Frames that `last` has not seen; none where nothing came.
std::string since(const View& last, const View& view) {
  const Between fresh(last.newest, view.newest);
  return fresh.to.empty() ? "" : fresh.condition();
}

// Rows that were seen are gone: they were not on the disk. What was a twin may be the only one now.
bool went_back(const View& last, const View& view) {
  return std::any_of(last.newest.begin(), last.newest.end(), [&](const auto& one) {
    const auto now = view.newest.find(one.first);
    return now == view.newest.end() || now->second < one.second;
  });
}

// Of frames that are there more than once, the one that is rolled up already stays, or else the first. `among`: at
// least one of them is of these.
void load_twins(const ClickHouseClient& client, View& view, const std::string& among) {
  // By a number first, which costs a third; what has the same number by chance is told apart after it.
  const std::string frames =
      " FROM frames WHERE " + view.frames_condition() + " AND hour >= " + digits(view.first_hour);
  const std::string hash = "cityHash64(node, boot, seq)";
  const std::string same = among.empty() ? "SELECT " + hash + " AS h" + frames + " GROUP BY h HAVING count() > 1"
                                         : "SELECT " + hash + frames + " AND (" + among + ")";
  RowReader rows = client.select("SELECT groupArray(intake), groupArray(ordinal)" + frames + " AND " + hash + " IN (" +
                                 same + ") GROUP BY node, boot, seq HAVING count() > 1");
  while (rows.more()) {
    const auto intakes = read_list(rows), ordinals = read_list(rows);
    std::set<std::tuple<bool, std::uint64_t, std::uint64_t>> ids;  // false first: rolled up
    for (std::size_t i = 0; i < std::min(intakes.size(), ordinals.size()); ++i) {
      const auto covered = view.covered.find(intakes[i]);
      const bool rolled_up = covered != view.covered.end() && ordinals[i] <= covered->second;
      ids.emplace(!rolled_up, ordinals[i], intakes[i]);
    }
    for (auto one = std::next(ids.begin()); one != ids.end(); ++one) {
      view.twins.emplace(std::get<2>(*one), std::get<1>(*one));
    }
  }
}

}  // namespace

std::string ordinal_of_intake(const Intakes& of) {
  if (of.empty()) return "0";
  std::string intakes, ordinals;
  for (const auto& [intake, ordinal] : of) {
    intakes += digits(intake) + ",";
    ordinals += digits(ordinal) + ",";
  }
  intakes.back() = ordinals.back() = ']';
  return "transform(intake, [" + intakes + ", [" + ordinals + ", toUInt64(0))";
}

std::string View::raw_condition(const Intakes& until) const {
  const Between raw(covered, until);
  return raw.to.empty() ? "0" : "hour >= " + digits(first_hour) + " AND " + raw.condition() + without(twins);
}

std::string View::frames_condition() const {
  return "hour >= " + digits(frames_before) + " AND (hour < " + digits(first_hour) +
         " OR ordinal <= " + ordinal_of_intake(newest) + ")" + without(twins);
}

std::string View::runs_condition() const {
  if (runs.empty()) return "0";
  std::string text = "run IN (";
  for (const auto one : runs) text += digits(one) + ",";
  text.back() = ')';
  return text;
}

View load_view(const ClickHouseClient& client, const View* last) {
  View view;
  load_run(client, view);
  RowReader rows = client.select("SELECT intake, max(ordinal) FROM frames WHERE hour >= " + digits(view.first_hour) +
                                 " GROUP BY intake");
  while (rows.more()) {
    const std::uint64_t intake = rows.count();
    view.newest[intake] = rows.count();
  }
  // What these rows name was written before them: a server that has all that there is now has it.
  const bool other_run =
      last == nullptr || last->number != view.number || last->run != view.run || went_back(*last, view);
  client.catch_up(other_run ? TableNames(kCountTables) : TableNames(kViewTables));
  if (other_run) {
    load_twins(client, view, "");
    return view;
  }
  view.twins = last->twins;
  if (const std::string fresh = since(*last, view); !fresh.empty()) load_twins(client, view, fresh);
  return view;
}

View load_run_of(const ClickHouseClient& client, std::int64_t until) {
  View view;
  load_run(client, view, "WHERE made <= " + std::to_string(until));
  return view;
}

}  // namespace bellrock::store
