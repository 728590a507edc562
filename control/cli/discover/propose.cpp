#include "control/cli/discover/propose.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "control/config/path_template.h"

namespace bellrock::cli {
namespace {

using Counts = std::map<std::string, std::uint64_t>;

// The most frequent one; the first by name of several.
std::pair<std::string, std::uint64_t> most(const Counts& counts) {
  std::pair<std::string, std::uint64_t> best;
  for (const auto& [name, count] : counts) {
    if (count > best.second) best = {name, count};
  }
  return best;
}

// The nearest rank.
Duration percentile(std::vector<Duration> values, unsigned percent) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, (values.size() * percent + 99) / 100 - 1)];
}

// "/api/v1/payments" -> "payments"
std::string name_for(const std::string& path_template, std::set<std::string>& taken) {
  std::string name;
  for (std::size_t end = path_template.size(); end > 0 && name.empty();) {
    const std::size_t slash = path_template.rfind('/', end - 1);
    const std::string segment = path_template.substr(slash + 1, end - slash - 1);
    end = slash;
    if (segment == "{id}") continue;
    for (const char c : segment) {
      const bool upper = c >= 'A' && c <= 'Z';
      if (upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
        name += upper ? static_cast<char>(c - 'A' + 'a') : c;
      } else if (!name.empty() && name.back() != '-') {
        name += '-';
      }
    }
    while (name.ends_with('-')) name.pop_back();
  }
  if (name.empty()) name = "home";
  name.resize(std::min<std::size_t>(name.size(), 40));
  std::string unique = name;
  for (int i = 2; !taken.insert(unique).second; ++i) unique = name + '-' + std::to_string(i);
  return unique;
}

class Discoverer {
 public:
  Discoverer(const Seen& seen, const DiscoverLimits& limits) : seen_(seen), limits_(limits) {}

  Discovery operator()() {
    choose_templates();
    count_transitions();
    std::set<std::string> commits, queries;
    for (const Visit& visit : seen_.visits) {
      for (const Step& step : visit) {
        if (!known_.contains(step.path_template)) continue;
        if (!step.is_page()) commits.insert(step.what());
        if (step.is_page() && !step.parameters.empty()) queries.insert(step.path_template);
      }
    }
    for (const std::string& what : commits) propose_commit(what);
    for (const std::string& page : queries) propose_query(page);
    auto& proposals = found_.proposals;
    std::stable_sort(proposals.begin(), proposals.end(),
                     [](const Proposal& a, const Proposal& b) { return a.visits > b.visits; });
    proposals.resize(std::min(proposals.size(), limits_.journeys_max));
    std::set<std::string> taken;
    for (Proposal& one : proposals) one.name = name_for(one.commit.empty() ? one.start : one.commit, taken);
    return std::move(found_);
  }

 private:
  // The most frequent first: one that nothing would tell from another gives way to it.
  void choose_templates() {
    Counts counts;
    for (const Visit& visit : seen_.visits) {
      for (const Step& step : visit) ++counts[step.path_template];
    }
    found_.templates.assign(counts.begin(), counts.end());
    std::stable_sort(found_.templates.begin(), found_.templates.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    std::vector<journey::PathTemplate> chosen;
    std::erase_if(found_.templates, [&](const auto& one) {
      const config::ParsedPath parsed = config::parse_path_template(one.first);
      const bool overlaps = std::any_of(chosen.begin(), chosen.end(), [&parsed](const journey::PathTemplate& other) {
        return other.segments == parsed.path.segments || config::overlap(other, parsed.path);
      });
      if (overlaps) found_.overlapping.push_back(one.first);
      if (overlaps || !parsed.problem.empty()) return true;
      chosen.push_back(parsed.path);
      known_.insert(one.first);
      return false;
    });
  }

  void count_transitions() {
    std::map<std::pair<std::string, std::string>, std::uint64_t> visits;
    for (const Visit& visit : seen_.visits) {
      std::set<std::pair<std::string, std::string>> own;
      for (std::size_t i = 1; i < visit.size(); ++i) own.emplace(visit[i - 1].what(), visit[i].what());
      for (const auto& pair : own) ++visits[pair];
    }
    for (const auto& [pair, count] : visits) found_.transitions.push_back({pair.first, pair.second, count});
    std::stable_sort(found_.transitions.begin(), found_.transitions.end(),
                     [](const Transition& a, const Transition& b) { return a.visits > b.visits; });
  }

  static void count_answer(const Step& step, Proposal& proposal, std::vector<Duration>& times) {
    if (step.answered_well()) ++proposal.answered;
    proposal.redirects = proposal.redirects || (step.status >= 300 && step.status < 400);
    proposal.fetches = proposal.fetches || (step.status >= 200 && step.status < 300);
    if (step.status >= 400 && step.status < 500) ++proposal.refused;
    if (step.status >= 500) ++proposal.broken;
    if (step.status == 0) ++proposal.unanswered;
    if (step.answer.seen() && step.answered_well()) times.push_back(std::max<Duration>(step.answer - step.at, 0));
  }

  void propose_commit(const std::string& what) {
    Proposal proposal;
    std::vector<Duration> answers;
    std::map<std::string, std::vector<Duration>> landings;
    Counts starts, landed;
    for (const Visit& visit : seen_.visits) {
      std::set<std::string> before, after;
      bool has = false;
      for (std::size_t i = 0; i < visit.size(); ++i) {
        if (visit[i].what() != what) continue;
        has = true;
        count_answer(visit[i], proposal, answers);
        if (const Step* page = page_before(visit, i)) before.insert(page->path_template);
        const Step* next = visit[i].answered_well() ? page_after(visit, i) : nullptr;
        if (next == nullptr) continue;
        ++landed[next->path_template];
        if (next->answer.seen())
          landings[next->path_template].push_back(std::max<Duration>(next->answer - visit[i].answer, 0));
      }
      proposal.visits += has ? 1 : 0;
      for (const std::string& page : before) ++starts[page];
    }
    const auto [start, from_start] = most(starts);
    if (proposal.visits < limits_.visits_min || from_start < limits_.visits_min || proposal.answered == 0) return;
    proposal.start = start;
    proposal.from_start = from_start;
    proposal.commit_method = what.substr(0, what.find(' '));
    proposal.commit = what.substr(what.find(' ') + 1);
    proposal.p95 = percentile(answers, 95);
    const auto [page, count] = most(landed);
    if (page != start && 2 * count > proposal.answered) {
      proposal.landing = page;
      proposal.landed = count;
      proposal.landing_p99 = percentile(landings[page], 99);
    }
    found_.proposals.push_back(std::move(proposal));
  }

  // The last page before, past other changes; the next page after.
  const Step* page_before(const Visit& visit, std::size_t at) const {
    while (at-- > 0) {
      if (visit[at].is_page() && visit[at].answered_well() && known_.contains(visit[at].path_template))
        return &visit[at];
    }
    return nullptr;
  }
  const Step* page_after(const Visit& visit, std::size_t at) const {
    for (std::size_t next = at + 1; next < visit.size() && visit[next].is_page(); ++next) {
      if (known_.contains(visit[next].path_template)) return &visit[next];
    }
    return nullptr;
  }

  // A parameter that nearly every request for the page has.
  void propose_query(const std::string& page) {
    Proposal proposal;
    std::vector<Duration> answers;
    Counts parameters;
    std::uint64_t requests = 0;
    for (const Visit& visit : seen_.visits) {
      bool has = false;
      for (const Step& step : visit) {
        if (!step.is_page() || step.path_template != page) continue;
        ++requests;
        has = has || !step.parameters.empty();
        for (const std::string& name : std::set<std::string>(step.parameters.begin(), step.parameters.end())) {
          ++parameters[name];
        }
        if (!step.parameters.empty()) count_answer(step, proposal, answers);
      }
      proposal.visits += has ? 1 : 0;
    }
    const auto [parameter, count] = most(parameters);
    if (proposal.visits < limits_.visits_min || 5 * count < 4 * requests || proposal.answered == 0) return;
    proposal.start = page;
    proposal.parameter = parameter;
    proposal.p95 = percentile(answers, 95);
    found_.proposals.push_back(std::move(proposal));
  }

  const Seen& seen_;
  const DiscoverLimits& limits_;
  std::set<std::string> known_;
  Discovery found_;
};

}  // namespace

Discovery discover(const Seen& seen, const DiscoverLimits& limits) { return Discoverer(seen, limits)(); }

}  // namespace bellrock::cli
