// What the API answers, one function for each question. Each reads one snapshot of the store, so its figures belong
// together, and returns JSON. Any thread. `now` is Unix seconds.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "control/plane/catalog.h"
#include "control/plane/json.h"
#include "control/plane/range.h"
#include "control/plane/watch.h"
#include "control/store/series_store.h"

namespace bellrock::plane {

using View = Result<Json, store::StoreError>;

// All objectives, each judged over its period; with what the watch knows of them, where there is one, and with their
// course over `range`, where one is given.
View slos_view(store::StoreSnapshot& snapshot, const Catalog& catalog, std::int64_t now,
               const WatchState* watched = nullptr, const Range* range = nullptr);

// Every composite of the catalog (slo/composite.h), over its period and with its parts.
View composites_json(store::StoreSnapshot& snapshot, const Catalog& catalog, std::int64_t now);
// One of them with its sums in words.
View composite_view(store::StoreSnapshot& snapshot, const Catalog& catalog, const slo::Composite& composite,
                    std::int64_t now);

// One objective with its sums in words, its course over `range`, its journey's outcomes and its dimensions.
View explain_view(store::StoreSnapshot& snapshot, const Catalog& catalog, const slo::Objective& objective,
                  const Range& range, std::int64_t now, const WatchState* watched = nullptr);

// Measured latencies of one objective: time across, latency up.
View heatmap_view(store::StoreSnapshot& snapshot, const slo::Objective& objective, const Range& range,
                  std::int64_t now);

// Every journey's funnel and outcomes over `range`, and its ledger over all time; or of the one that is named.
View journeys_view(store::StoreSnapshot& snapshot, const Catalog& catalog, const Range& range, std::int64_t now,
                   std::string_view only = {});

// Web vitals of every page over `range`: counts by rating, and p75.
View vitals_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now);
// Those of one page by device and connection: of all pages they are some twenty times as many series.
View vital_groups_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now, const std::string& page);
// What the latencies that journeys correlate with did to how attempts ended over `range`; or of the one journey named.
View effects_view(store::StoreSnapshot& snapshot, const Catalog& catalog, const Range& range, std::int64_t now,
                  std::string_view only = {});
// How many different sessions began attempts over `range`: estimates, with their error.
View sessions_view(store::StoreSnapshot& snapshot, const Catalog& catalog, const Range& range, std::int64_t now,
                   std::string_view only = {});
// What became of errors over `range`, by journey and failure step. An error and what became of it may lie in two
// ranges.
View recovery_view(store::StoreSnapshot& snapshot, const Catalog& catalog, const Range& range, std::int64_t now,
                   std::string_view only = {});
// Of every page that was waited for, over `range`: whether a beacon came, in total and by browser and place. Pages
// count where they were seen, what became of them where it was decided.
View coverage_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now);
// Where the time of page loads went over `range`: server, network and browser, in total and by device.
View split_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now);
// Of every template whose split is asked for, what the server took over `range`: the slowest by p95 first. Under
// kSlowMin measured page loads a template has no rank.
inline constexpr std::uint64_t kSlowMin = 30;
View slow_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now);
// Errors over `range` by code, in all and of every page: the most frequent codes first, __other__ last. The sum over
// codes is the number of errors.
View errors_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now);
// Clicks that tell of trouble, of every page over `range`: in total and by device.
View clicks_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now);
// Signs of frustration that page views and steps give, beside how many page views there were; as clicks_view.
View frustration_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now);
// Where those clicks were: the grid of one page over `range`, of all devices or of the one named. A table counts in the
// window in which its period ended.
View click_map_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now, const std::string& page,
                    const std::string& device);
// Of one journey over `range`: attempts that failed, step by step, a fair sample of each outcome, or of the one named.
View storyboards_view(store::StoreSnapshot& snapshot, const Range& range, std::int64_t now, const std::string& journey,
                      const std::string& outcome);
// The same by outcome, over whole minutes.
View storyboards_json(store::StoreSnapshot& snapshot, const std::string& journey, const std::string& outcome,
                      const Span& span);
// What visitors answered over `range`, by how their attempts ended and how long the latency took that the journey asks
// for. No figure stands on fewer than kAnswersMin answers.
inline constexpr std::uint64_t kAnswersMin = 30;
View feedback_view(store::StoreSnapshot& snapshot, const Catalog& catalog, const Range& range, std::int64_t now,
                   std::string_view only = {});

View nodes_view(store::StoreSnapshot& snapshot, std::int64_t now);

// "2026-11-26T03:15:02Z".
std::string utc_text(std::int64_t unix_s);
// Counts of one objective over [from, to), which may be parts of hours as long as minutes are kept.
Result<slo::Events, store::StoreError> events_between(store::StoreSnapshot& snapshot, const slo::Objective& objective,
                                                      std::int64_t from, std::int64_t to);
// What is left of `events`, which are those of `span`, when these minutes are taken out: disjoint, in rising order, and
// all in whole minutes. At most one question for every six hours.
Result<slo::Events, store::StoreError> corrected_events(store::StoreSnapshot& snapshot, const slo::Objective& objective,
                                                        const Span& span, slo::Events events,
                                                        std::span<const slo::Minutes> taken_out);
// Minutes of that time are still kept, so that parts of hours can be read.
constexpr bool has_minutes(std::int64_t from, std::int64_t now) { return from >= now - kMinutesSeconds; }
// For each dimension its values, the one with the most bad attempts first.
View dimensions_json(store::StoreSnapshot& snapshot, const slo::Objective& objective, const Span& span);
Json window_json(const Span& span);

// Outcome name → count, of all outcome series among `sums`.
Json outcomes_json(std::span<const control::SeriesSum> sums, std::uint64_t board_lost);

}  // namespace bellrock::plane
