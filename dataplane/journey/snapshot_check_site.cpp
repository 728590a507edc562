#include <algorithm>
#include <string_view>

#include "dataplane/flow/message.h"
#include "dataplane/journey/snapshot_check.h"

namespace bellrock::journey {
namespace {

Status<> check_limits(const Limits& limits) {
  const auto fits = [](std::uint32_t value) { return value >= 1 && value <= kPerCoreMax; };
  TRY(require(limits.workers >= 1 && limits.workers <= kWorkersMax, "the number of workers", limits.workers));
  TRY(require(fits(limits.connections_per_core), "connections per core", limits.connections_per_core));
  TRY(require(fits(limits.sessions_per_core), "sessions per core", limits.sessions_per_core));
  TRY(require(fits(limits.attempts_per_core), "attempts per core", limits.attempts_per_core));
  TRY(require(fits(limits.cells_per_core), "cells per core", limits.cells_per_core));
  TRY(require(fits(limits.pages_per_bank), "pages per bank", limits.pages_per_bank));
  TRY(require(fits(limits.held_events_per_core), "held events per core", limits.held_events_per_core));
  TRY(require(fits(limits.click_places_per_core), "click places per core", limits.click_places_per_core));
  TRY(require(fits(limits.links_per_core), "links per core", limits.links_per_core));
  TRY(require(fits(limits.trails_per_core), "trails per core", limits.trails_per_core));
  TRY(require(fits(limits.seen_pages_per_core), "seen pages per core", limits.seen_pages_per_core));
  TRY(require(limits.body_bytes_max >= 1 && limits.body_bytes_max <= kBodyBytesMax, "the largest body",
              limits.body_bytes_max));
  return require(limits.connection_idle > 0, "connections without an idle time", 0);
}

Status<> check_serve(const Definition& d) {
  const Serve& serve = d.serve;
  if (!serve.on) return Done{};
  TRY(require(!serve.addresses.empty() && serve.addresses.size() <= kServedAddressesMax,
              "the number of addresses served", serve.addresses.size()));
  TRY(require(!serve.ports.empty() && serve.ports.size() <= kServedPortsMax, "the number of ports served",
              serve.ports.size()));
  TRY(require(d.headers.size() <= kServedHeadersMax, "more headers than a server reads", d.headers.size()));
  TRY(require(serve.mtu == 0 || (serve.mtu >= 576 && serve.mtu <= kOutMtuMax), "the largest packet to send",
              serve.mtu));
  constexpr std::uint32_t kBytesMax = 1u << 30;
  TRY(require(serve.pool_blocks >= 64 && serve.pool_blocks <= kBytesMax / 1'024, "the pool for requests in pieces",
              serve.pool_blocks));
  TRY(require(serve.out_of_order_bytes >= 1u << 16 && serve.out_of_order_bytes <= kBytesMax,
              "the room for bytes out of order", serve.out_of_order_bytes));
  const auto fits = [](Duration duration, Duration most) { return duration > 0 && duration <= most; };
  TRY(require(fits(serve.idle, kHour) && fits(serve.head_timeout, kServeDeadlineMax) &&
                  fits(serve.body_timeout, kServeDeadlineMax) && serve.reply_timeout >= kSecond &&
                  fits(serve.reply_timeout, kServeDeadlineMax),
              "a deadline of a peer", 0));
  return require(serve.request_burst >= 1 && serve.snippet_max_age >= 0, "a rate or an age", 0);
}

Status<> check_visitors(const VisitorRules& visitors) {
  const std::size_t values[] = {static_cast<std::size_t>(VisitorClass::kCount),
                                static_cast<std::size_t>(Device::kCount), visitors.browsers.size() + 1};
  TRY(require(visitors.browsers.size() <= kBrowsersMax && visitors.rules.size() <= kVisitorRulesMax,
              "too many browsers or visitor rules", visitors.rules.size()));
  std::size_t tokens = 0;
  for (std::size_t i = 0; i < visitors.rules.size(); ++i) {
    const VisitorRule& rule = visitors.rules[i];
    TRY(require(rule.value < values[static_cast<std::size_t>(rule.aspect)], "a visitor rule's value is not listed", i));
    TRY(require(rule.text.size() <= kVisitorRuleBytesMax && rule.lacks.size() <= kVisitorLacksMax,
                "a visitor rule with too much text", i));
    for (const std::string& text : rule.lacks) {
      TRY(require(!text.empty() && text.size() <= kVisitorRuleBytesMax, "a visitor rule lacks something empty", i));
    }
    tokens += 1 + rule.lacks.size();
  }
  TRY(require(tokens <= kVisitorTokensMax, "visitor rules with too many texts", tokens));
  return require((visitors.filtered & ~kFiltersAll) == 0, "a filter that does not exist", visitors.filtered);
}

Status<> check_pages(const Definition& d, const std::vector<TemplateId>& pages, std::size_t max) {
  TRY(require(pages.size() <= max, "too many pages with vitals, clicks, frustration, coverage or errors", 0));
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const std::size_t page = pages[i].index();
    TRY(require(page != 0 && page < d.templates.size(),
                "a page with vitals, clicks, frustration, coverage or errors is not listed", i));
  }
  return Done{};
}

Status<> check_click_grid(const ClickGrid& grid) {
  TRY(require(grid.suppress_below >= 1 && grid.suppress_below <= kSuppressBelowMax, "clicks to suppress",
              grid.suppress_below));
  return require(grid.every >= kMinute && grid.every <= kClickPeriodMax && grid.every % kWindow == 0,
                 "a click grid's period", 0);
}

Status<> check_recovery(const Definition& d) {
  for (const Journey& journey : d.journeys) {
    TRY(require(journey.recovery.within >= 0 && journey.recovery.within <= journey.idle,
                "errors outlive what is known of attempts", 0));
  }
  return Done{};
}

Status<> check_frustration(const Definition& d) {
  TRY(require(d.frustration.pages.size() == d.frustration_pages.size(), "pages without thresholds of frustration",
              d.frustration.pages.size()));
  for (std::size_t page = 0; page <= d.frustration.pages.size(); ++page) {
    const FrustrationRules& rules = d.frustration.of(page);
    for (const Duration within : {rules.back, rules.loop, rules.thrash, rules.retry}) {
      TRY(require(within >= 0 && within <= kTrailKept, "a threshold of frustration", page));
    }
    TRY(require(rules.loop_returns >= 1 && rules.loop_returns <= kLoopReturnsMax && rules.thrash_views >= 2 &&
                    rules.thrash_views <= kThrashViewsMax,
                "a number of page views", page));
  }
  return Done{};
}

Status<> check_calls(const Definition& d) {
  const std::vector<CoverageCall>& calls = d.coverage_calls;
  TRY(require(calls.size() <= (d.coverage.split ? kCoverageCallsMax : 0), "too many calls to split", calls.size()));
  std::vector<TemplateId> known = d.coverage_pages;
  for (const CoverageCall& call : calls) {
    TRY(require(std::find(known.begin(), known.end(), call.path) == known.end(), "a call's path twice", known.size()));
    const auto same = [&call](const CoverageCall& one) { return one.event == call.event && !one.event.empty(); };
    TRY(require(std::count_if(calls.begin(), calls.end(), same) == 1, "a call's event: empty, or twice", known.size()));
    known.push_back(call.path);
  }
  return check_pages(d, known, kCoveragePagesMax + kCoverageCallsMax);
}

Status<> check_coverage(const Definition& d) {
  const Coverage& coverage = d.coverage;
  if (!coverage.on) return require(d.coverage_pages.empty() && !coverage.split, "pages of a coverage that is off", 0);
  TRY(require(coverage.identity.index() < d.identities.size(), "a coverage's identity is not listed",
              coverage.identity.index()));
  TRY(require(coverage.within >= kSecond && coverage.within <= kCoverageWithinMax, "how long pages wait for beacons",
              static_cast<std::size_t>(coverage.within)));
  if (!coverage.has_place) return Done{};
  return require(coverage.place.index() < d.dimensions.size() && d.dimensions[coverage.place.index()].top == 0,
                 "a coverage's place is no closed set", coverage.place.index());
}

Status<> check_errors(const Definition& d) {
  TRY(require(d.error_top <= kTopMax, "too many error codes to tell apart", d.error_top));
  return require(d.error_top != 0 || d.error_pages.empty(), "pages of errors that are not counted", 0);
}

}  // namespace

Status<> check_beside_journeys(const Definition& definition) {
  TRY(check_serve(definition));
  TRY(check_visitors(definition.visitors));
  TRY(check_pages(definition, definition.vital_pages, kVitalPagesMax));
  TRY(check_pages(definition, definition.click_pages, kClickPagesMax));
  TRY(check_click_grid(definition.click_grid));
  TRY(check_pages(definition, definition.frustration_pages, kFrustrationPagesMax));
  TRY(check_frustration(definition));
  TRY(check_recovery(definition));
  TRY(check_pages(definition, definition.coverage_pages, kCoveragePagesMax));
  TRY(check_coverage(definition));
  TRY(check_calls(definition));
  TRY(check_pages(definition, definition.error_pages, kErrorPagesMax));
  TRY(check_errors(definition));
  return check_limits(definition.limits);
}

}  // namespace bellrock::journey
