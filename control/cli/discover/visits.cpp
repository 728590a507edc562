#include "control/cli/discover/visits.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "control/cli/discover/paths.h"

namespace bellrock::cli {
namespace {

constexpr std::array<std::string_view, 5> kMethods{"GET", "POST", "PUT", "PATCH", "DELETE"};
constexpr std::array<std::string_view, 24> kAssets{"js",  "mjs",  "css",  "map", "png",  "jpg",   "jpeg",        "gif",
                                                   "svg", "webp", "avif", "ico", "woff", "woff2", "ttf",         "otf",
                                                   "mp4", "webm", "mp3",  "txt", "xml",  "json",  "webmanifest", "pdf"};

template <typename List>
bool contains(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// A name that can stand in a configuration: what is none is nobody's doing but a scanner's.
bool is_plain(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
           c == '.';
  });
}

bool is_asset(std::string_view path) {
  const std::string_view last = path.substr(path.rfind('/') + 1);
  const std::size_t dot = last.rfind('.');
  return dot != std::string_view::npos && dot > 0 && contains(kAssets, last.substr(dot + 1));
}

// name=value pairs of a Cookie header or a query.
std::vector<std::pair<std::string, std::string>> pairs_of(std::string_view text, std::string_view separators) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of(separators);
    std::string_view one = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    while (one.starts_with(' ')) one.remove_prefix(1);
    const std::size_t equals = one.find('=');
    if (one.empty() || equals == 0) continue;
    pairs.emplace_back(one.substr(0, equals), equals == std::string_view::npos ? "" : one.substr(equals + 1));
  }
  return pairs;
}

// Of the cookies that several visitors have, each with a value of his own that comes again, the one on most requests;
// of those, the one with most values.
Visitors find_visitors(const std::vector<SeenTransaction>& transactions) {
  struct Use {
    std::uint64_t requests = 0;
    std::set<std::string> values;
  };
  std::map<std::string, Use> uses;
  for (const SeenTransaction& transaction : transactions) {
    for (auto& [name, value] : pairs_of(transaction.cookies, ";")) {
      if (!is_plain(name)) continue;
      Use& use = uses[name];
      ++use.requests;
      use.values.insert(std::move(value));
    }
  }
  Visitors best;
  best.requests = transactions.size();
  best.numbered =
      std::any_of(transactions.begin(), transactions.end(), [](const auto& one) { return one.visitor != 0; });
  for (const auto& [name, use] : uses) {
    if (use.values.size() < 2 || use.requests < 2 * use.values.size()) continue;
    if (std::pair(use.requests, use.values.size()) <= std::pair(best.with_cookie, best.values)) continue;
    best.cookie = name;
    best.with_cookie = use.requests;
    best.values = use.values.size();
  }
  return best;
}

// Empty: nobody can say whose it is.
std::string visitor_of(const SeenTransaction& transaction, const Visitors& visitors) {
  if (visitors.cookie.empty() && visitors.numbered) {
    return transaction.visitor == 0 ? std::string{} : std::to_string(transaction.visitor);
  }
  if (visitors.cookie.empty()) return transaction.client;
  for (const auto& [name, value] : pairs_of(transaction.cookies, ";")) {
    if (name == visitors.cookie) return value;
  }
  return {};
}

Step step_of(const SeenTransaction& transaction, const PathTemplates& templates) {
  Step step;
  step.at = transaction.request;
  step.answer = transaction.response;
  step.method = transaction.method;
  step.path_template = templates.template_of(transaction.path);
  for (auto& [name, value] : pairs_of(transaction.query, "&")) {
    if (is_plain(name)) step.parameters.push_back(std::move(name));
  }
  step.status = transaction.status;
  step.aborted = transaction.aborted;
  return step;
}

void keep_steps(std::vector<SeenTransaction>& transactions, std::string_view beacon_path, Seen& seen) {
  seen.transactions = transactions.size();
  std::erase_if(transactions, [&](const SeenTransaction& one) {
    const bool other = !contains(kMethods, one.method) || one.status == 101;
    const bool beacon = !other && one.path == beacon_path;
    const bool asset = !other && !beacon && one.method == "GET" && is_asset(one.path);
    seen.others += other ? 1 : 0;
    seen.beacons += beacon ? 1 : 0;
    seen.assets += asset ? 1 : 0;
    return other || beacon || asset;
  });
}

}  // namespace

Seen visits_of(std::vector<SeenTransaction> transactions, std::string_view beacon_path) {
  Seen seen;
  keep_steps(transactions, beacon_path, seen);
  std::stable_sort(transactions.begin(), transactions.end(),
                   [](const auto& a, const auto& b) { return a.request < b.request; });
  seen.visitors = find_visitors(transactions);
  PathTemplates templates;
  for (const SeenTransaction& one : transactions) templates.add(one.path);
  templates.settle();
  std::map<std::string, Visit> open;
  for (const SeenTransaction& one : transactions) {
    const std::string visitor = visitor_of(one, seen.visitors);
    if (visitor.empty()) continue;
    Visit& visit = open[visitor];
    if (!visit.empty() && one.request - visit.back().at > kVisitIdle) seen.visits.push_back(std::exchange(visit, {}));
    visit.push_back(step_of(one, templates));
  }
  for (auto& [visitor, visit] : open) seen.visits.push_back(std::move(visit));
  return seen;
}

}  // namespace bellrock::cli
