#include "control/cli/lint/frustration_rules.h"

#include <algorithm>
#include <utility>

#include "control/config/test_expectation.h"
#include "control/config/value.h"
#include "dataplane/journey/trail.h"

namespace bellrock::cli {
namespace {

using config::shown;
using journey::Definition;
using journey::Frustration;
using journey::FrustrationRules;
using journey::Journey;
using journey::kTrailTick;

std::string time_text(Duration duration) { return config::seconds_text(duration) + " s"; }

// Pages that are told apart, and what counts there. All others are one, where beacons tell of pages.
struct Page {
  std::string place, name;
  const FrustrationRules* rules;
};

std::vector<Page> pages_of(const Definition& definition) {
  const Frustration& frustration = definition.frustration;
  std::vector<Page> pages;
  if (!frustration.by_requests) pages.push_back({"frustration", "", &frustration.other});
  for (std::size_t i = 0; i < frustration.pages.size(); ++i) {
    const std::string& path = definition.templates[definition.frustration_pages[i].index()].text;
    pages.push_back({"frustration/pages/" + path, path, &frustration.pages[i]});
  }
  return pages;
}

class Finder {
 public:
  explicit Finder(const Definition& definition) : definition_(definition), pages_(pages_of(definition)) {}

  std::vector<FrustrationFinding> operator()() {
    if (pages_.size() < 2) look_at_one_page();
    for (const Page& page : pages_) {
      look_at_speed(page);
      look_at_retry(page);
      if (pages_.size() > 1) look_at_loop(page);
    }
    return std::move(found_);
  }

 private:
  // At the page's own threshold, where it has one. What pages have in common is found once.
  void add(LintRule rule, const Page& page, const std::string& key, std::string message) {
    const auto same = [&](const FrustrationFinding& one) { return one.rule == rule && one.message == message; };
    if (std::any_of(found_.begin(), found_.end(), same)) return;
    std::vector<std::string> places{page.place + '/' + key, "frustration/" + key, page.place, "frustration"};
    found_.push_back({rule, std::move(places), std::move(message)});
  }

  void look_at_one_page() {
    for (const Page& page : pages_) {
      const bool back = page.rules->back != 0, loop = page.rules->loop != 0;
      if (!back && !loop) continue;
      const std::string signs = back && loop ? "`back` and `loop` never count"
                                : back       ? "`back` never counts"
                                             : "`loop` never counts";
      add(LintRule::kOnePage, page, back ? "back" : "loop",
          signs + (page.name.empty() ? ": no page is listed, so that all are one and nobody ever leaves it"
                                     : ": page views are requests of " + shown(page.name) +
                                           " only, which nobody "
                                           "leaves for another"));
    }
  }

  void look_at_speed(const Page& page) {
    const FrustrationRules& rules = *page.rules;
    const auto too_fast = [](Duration within, unsigned views) {
      return within != 0 && within < (Duration{views} - 1) * kTrailTick;
    };
    const auto say = [&](const char* key, Duration within, unsigned views) {
      add(LintRule::kTooFast, page, key,
          shown(key) + " asks for " + std::to_string(views) + " page views in " + time_text(within) +
              ", more than one in each tenth of a second");
    };
    if (too_fast(rules.thrash, rules.thrash_views)) say("thrash", rules.thrash, rules.thrash_views);
    const unsigned looped = 2u * rules.loop_returns + 1;
    if (too_fast(rules.loop, looped)) say("loop", rules.loop, looped);
  }

  void look_at_retry(const Page& page) {
    const auto& journeys = definition_.journeys;
    const auto first = std::min_element(journeys.begin(), journeys.end(),
                                        [](const Journey& a, const Journey& b) { return a.idle < b.idle; });
    if (first == journeys.end() || page.rules->retry <= first->idle) return;
    add(LintRule::kRetryForgotten, page, "retry",
        "`retry` of " + time_text(page.rules->retry) + " counts for " + time_text(first->idle) +
            " only after an attempt at " + shown(first->name) + " has ended: it is not remembered for longer");
  }

  // Whichever page lies between.
  void look_at_loop(const Page& page) {
    const FrustrationRules& rules = *page.rules;
    if (rules.loop == 0 || rules.loop_returns != 1) return;
    Duration back = rules.loop;
    for (const Page& other : pages_) {
      if (&other != &page) back = std::min(back, other.rules->back);
    }
    if (back < rules.loop) return;
    add(LintRule::kLoopIsBack, page, "loop",
        "`loop` of one return in " + time_text(rules.loop) + ": by one other page it is a `back`, too");
  }

  const Definition& definition_;
  const std::vector<Page> pages_;
  std::vector<FrustrationFinding> found_;
};

}  // namespace

std::vector<FrustrationFinding> lint_frustration(const Definition& definition) {
  if (!definition.frustration.on) return {};
  return Finder(definition)();
}

}  // namespace bellrock::cli
