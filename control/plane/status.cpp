#include "control/plane/status.h"

#include <map>

#include "control/plane/nodes_heard.h"
#include "control/proto/frame_codec.h"
#include "control/slo/evaluator.h"

namespace bellrock::plane {
namespace {

using store::StoreSnapshot;

struct NodeSummary {
  std::size_t total = 0, stale = 0, gone = 0, edges_down = 0;
  std::uint64_t applied = 0, repeated = 0, conflicts = 0, lost = 0, unexplained = 0;
  std::int64_t newest_unix_ms = 0;
  std::vector<std::string> problems;
};

// What is over, as frames that were refused or lost, is a problem for so long: whoever looks once a day sees it.
constexpr std::int64_t kPastSeconds = kDaySeconds;

// The source of each node that was heard of last: what holds for the node now.
using Newest = std::map<std::string, const store::SourceStatus*>;

std::string seconds_text(std::int64_t ms) {
  return std::to_string(ms / 1'000) + "." + std::to_string(ms % 1'000 / 100) + " s";
}

// Any two numbers that a frame can say.
std::string clock_text(const control::ClockState& clock) {
  const std::int64_t off_ms = clock.offset_ms < 0 ? -clock.offset_ms : clock.offset_ms;
  return "its clock is " + seconds_text(off_ms) + (clock.offset_ms < 0 ? " ahead" : " behind") +
         ": what it counts is in wrong minutes";
}

// A node that speaks is judged by what it says, one that does not by its silence, one that is gone not at all.
void judge(const Newest& newest, std::int64_t now, NodeSummary& all) {
  for (const auto& [node, source] : newest) {
    const std::int64_t seen = source->last_seen_unix_ms;
    all.newest_unix_ms = std::max(all.newest_unix_ms, seen);
    if (now - seen / 1'000 > kGoneSeconds) {
      ++all.gone;
      continue;
    }
    ++all.total;
    if (now - seen / 1'000 > kStaleSeconds) {
      ++all.stale;
      all.problems.push_back("node " + node + ": not heard of for " + std::to_string(now - seen / 1'000) + " s");
    } else if (source->edge && !source->edge->running) {
      ++all.edges_down;
      all.problems.push_back("node " + node + ": agent up, edge not running since " +
                             utc_text(source->edge->since_unix_ms / 1'000));
    }
    if (now - seen / 1'000 <= kStaleSeconds && source->clock && source->clock->certainly_off(kClockOffMs)) {
      all.problems.push_back("node " + node + ": " + clock_text(*source->clock));
    }
  }
}

NodeSummary summarise(const std::vector<store::SourceStatus>& sources, std::int64_t now) {
  NodeSummary all;
  Newest newest;
  for (const auto& source : sources) {
    auto& last = newest[source.node];
    if (last == nullptr || source.last_seen_unix_ms >= last->last_seen_unix_ms) last = &source;
    all.applied += source.applied;
    all.repeated += source.repeated;
    all.conflicts += source.conflicts;
    all.lost += source.lost;
    all.unexplained += source.unexplained;
    if (now - source.last_seen_unix_ms / 1'000 > kGoneSeconds) continue;  // nothing of it is mended any more
    if (source.conflicts != 0)
      all.problems.push_back("node " + source.node + ": frames in conflict, is the machine a clone?");
    if (source.lost != 0 && now - source.last_lost_unix_ms / 1'000 <= kPastSeconds) {
      all.problems.push_back("node " + source.node + ": " + std::to_string(source.lost) + " frames lost, the last at " +
                             utc_text(source.last_lost_unix_ms / 1'000));
    }
    if (source.unexplained != 0) {
      all.problems.push_back("node " + source.node + ": " + std::to_string(source.unexplained) + " frames missing");
    }
  }
  judge(newest, now, all);
  if (all.total == 0 && all.gone != 0) all.problems.push_back(nodes_heard(sources, now).text());
  return all;
}

// Frames that are on their way make a journey's sums differ for a moment; later they may not.
constexpr std::int64_t kSettleSeconds = 30;

Json journeys_json(std::map<std::string, store::JourneyLedger>& ledger, const Catalog& catalog, bool settled,
                   std::vector<std::string>& problems) {
  Json json = Json::array();
  for (const auto& journey : catalog) {
    const auto& one = ledger[journey.name];
    const bool balanced = one.starts == one.ended + one.open + one.board_lost;
    if (!balanced && settled)
      problems.push_back("journey " + journey.name + ": starts are not ends + open + board_lost");
    json.push_back({{"name", journey.name},
                    {"starts", one.starts},
                    {"ended", one.ended},
                    {"open", one.open},
                    {"board_lost", one.board_lost},
                    {"balanced", balanced}});
  }
  return json;
}

}  // namespace

View status_view(StoreSnapshot& snapshot, const Catalog& catalog, const Intake& intake, const Process& process,
                 std::int64_t now, std::vector<std::string> troubles) {
  TRY_ASSIGN(const auto sources, snapshot.sources());
  TRY_ASSIGN(auto ledger, snapshot.ledger());
  TRY_ASSIGN(const auto conservation, snapshot.conservation());
  TRY_ASSIGN(const auto aside, snapshot.aside());
  NodeSummary nodes = summarise(sources, now);
  auto& problems = nodes.problems;
  const bool conserved = conservation.recorded == conservation.kept + conservation.trimmed;
  if (!conserved) problems.emplace_back("recorded attempts are not those kept and trimmed: the store is damaged");
  if (intake.strangers_lately())
    problems.push_back(std::to_string(intake.counts().strangers) +
                       " frames came without the certificate of their node, some of them lately");
  if (aside.refused != 0 && now - aside.last_unix_ms / 1'000 <= kPastSeconds)
    problems.push_back(std::to_string(aside.refused) + " frames refused, the last at " +
                       utc_text(aside.last_unix_ms / 1'000) + ": " + aside.last_reason);
  if (const std::uint64_t series = intake.counts().unknown_series; series != 0)
    problems.push_back(
        "frames of a newer version: " + std::to_string(series) + " series with " +
        std::to_string(intake.counts().unknown_recorded) +
        " counts left out since the start, as this version does not know their kind: upgrade the centre");
  const std::string store_error = intake.last_store_error();
  if (!store_error.empty()) problems.push_back("the store failed: " + store_error);
  for (auto& problem : snapshot.problems()) problems.push_back(std::move(problem));
  for (auto& trouble : troubles) problems.push_back(std::move(trouble));
  const bool settled = now - nodes.newest_unix_ms / 1'000 > kSettleSeconds;
  Json journeys = journeys_json(ledger, catalog, settled, problems);

  Json json{{"title", process.title},
            {"version", process.version},
            {"wire_schema", proto::kSchema},
            {"now_unix_s", now},
            {"started_unix_s", process.started_unix_s}};
  json["healthy"] = problems.empty();
  json["problems"] = problems;
  json["nodes"] = {{"total", nodes.total},
                   {"stale", nodes.stale},
                   {"gone", nodes.gone},
                   {"edges_down", nodes.edges_down},
                   {"last_frame_unix_ms", nodes.newest_unix_ms}};
  json["frames"] = {{"applied", nodes.applied},     {"repeated", nodes.repeated},
                    {"conflicts", nodes.conflicts}, {"refused", aside.refused},
                    {"lost", nodes.lost},           {"unexplained", nodes.unexplained},
                    {"kept_aside", aside.kept},     {"told_to_wait", intake.counts().busy.load()}};
  json["recorded"] = {{"recorded", conservation.recorded},
                      {"kept", conservation.kept},
                      {"trimmed", conservation.trimmed},
                      {"balanced", conserved}};
  json["journeys"] = std::move(journeys);
  return json;
}

}  // namespace bellrock::plane
