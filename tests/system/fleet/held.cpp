#include "tests/system/fleet/held.h"

#include <fmt/format.h>

#include <stdexcept>

namespace bellrock::fleet {
namespace {

constexpr std::size_t kLinesMax = 20;

template <typename T>
T must(Result<T, store::StoreError> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

std::string text_of(const control::SeriesKey& key) {
  return fmt::format("{}/{}/{}/{} scope {}", key.journey, static_cast<int>(key.kind), key.item, key.detail,
                     static_cast<int>(key.scope));
}
std::string text_of(const Truth::Span& span) { return fmt::format("{} at {}", text_of(span.second), span.first); }
std::string text_of(std::uint64_t n) { return std::to_string(n); }
std::string text_of(const control::Distribution& d) {
  return fmt::format("n {} min {} max {} in {} buckets", d.n, d.min_ns, d.max_ns, d.buckets.size());
}

template <typename Key, typename Value>
void compare(const char* what, const std::map<Key, Value>& held, const std::map<Key, Value>& counted,
             std::vector<std::string>& lines) {
  std::size_t found = 0;
  const auto differs = [&](const Key& key, const std::string& is, const std::string& should) {
    if (found++ < kLinesMax) lines.push_back(fmt::format("{}: {}: {} instead of {}", what, text_of(key), is, should));
  };
  for (const auto& [key, value] : counted) {
    const auto at = held.find(key);
    if (at == held.end()) {
      differs(key, "nothing", text_of(value));
    } else if (!(at->second == value)) {
      differs(key, text_of(at->second), text_of(value));
    }
  }
  for (const auto& [key, value] : held) {
    if (!counted.contains(key)) differs(key, text_of(value), "nothing");
  }
}

void compare(const std::string& what, std::uint64_t is, std::uint64_t should, std::vector<std::string>& lines) {
  if (is != should) lines.push_back(fmt::format("{}: {} instead of {}", what, is, should));
}

store::SeriesQuery everything(const Truth& truth) {
  store::SeriesQuery query;
  query.from = truth.hours.begin()->first.first;
  query.to = truth.hours.rbegin()->first.first + 3'600;
  return query;
}

void compare_series(store::StoreSnapshot& store, const Truth& truth, std::vector<std::string>& lines) {
  std::map<Truth::Span, control::Distribution> hours;
  for (auto& slice : must(store.slices(everything(truth), 3'600))) {
    hours[{slice.start_unix_s, slice.key}] = std::move(slice.total);
  }
  compare("an hour", hours, truth.hours, lines);
  const auto counts = must(store.counts(everything(truth), 60));
  std::map<Truth::Span, std::uint64_t> minutes;
  for (const auto& slice : counts.slices) minutes[{slice.start_unix_s, counts.keys[slice.series]}] = slice.n;
  compare("a minute", minutes, truth.minutes, lines);
  std::map<control::SeriesKey, std::uint64_t> ever, counted;
  for (const auto& one : must(store.lifetime())) ever[one.key] = one.n;
  for (const auto& [span, total] : truth.hours) {
    if (span.second.scope == CellScope::kTotal) counted[span.second] += total.n;
  }
  compare("over all time", ever, counted, lines);
}

void compare_sources(store::StoreSnapshot& store, const Truth& truth, std::vector<std::string>& lines) {
  const auto sources = must(store.sources());
  compare("sources", sources.size(), truth.sources.size(), lines);
  for (const auto& is : sources) {
    const auto at = truth.sources.find({is.node, is.boot});
    if (at == truth.sources.end()) {
      lines.push_back("nobody is " + is.node);
      continue;
    }
    compare(is.node + " applied", is.applied, at->second.frames, lines);
    compare(is.node + " recorded", is.recorded, at->second.recorded, lines);
    compare(is.node + " newest", is.newest_seq, at->second.newest_seq, lines);
    compare(is.node + " lost", is.lost, 0, lines);
    compare(is.node + " unexplained", is.unexplained, 0, lines);
    compare(is.node + " conflicts", is.conflicts, 0, lines);
  }
}

void compare_ledgers(store::StoreSnapshot& store, const Truth& truth, std::vector<std::string>& lines) {
  const auto ledger = must(store.ledger());
  for (const auto& [name, should] : truth.journeys()) {
    const auto at = ledger.find(name);
    const store::JourneyLedger is = at == ledger.end() ? store::JourneyLedger{} : at->second;
    compare(name + " starts", is.starts, should.starts, lines);
    compare(name + " ended", is.ended, should.ended, lines);
    compare(name + " open", is.open, should.open, lines);
    compare(name + " board_lost", is.board_lost, should.board_lost, lines);
    compare(name + " balance", is.ended + is.open + is.board_lost, is.starts, lines);
  }
}

}  // namespace

std::vector<std::string> differences(store::StoreSnapshot& store, const Truth& truth) {
  std::vector<std::string> lines;
  compare_series(store, truth, lines);
  compare_sources(store, truth, lines);
  compare_ledgers(store, truth, lines);
  const auto sum = must(store.conservation());
  compare("recorded", sum.recorded, truth.recorded, lines);
  compare("kept and trimmed", sum.kept + sum.trimmed, truth.recorded, lines);
  return lines;
}

}  // namespace bellrock::fleet
