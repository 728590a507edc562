// What a step's latency does to how attempts end, from the counts of CellKind::kEffect: percentage points of attempts
// that end so more for each 100 ms more, with an interval of 95 %, by strata. Observational: nobody chose who waits
// how long, and what differs along with it and is no stratum is in the figure. Pure, any thread.
//
// Two methods ask two questions. `table`: of those that were answered, by how long that took. The common slope within
// strata, as Mantel's extension of the Mantel-Haenszel test weighs it (J. Am. Stat. Assoc. 58 (1963) 690-700; for one
// stratum Armitage's, Biometrics 11 (1955) 375-386): strata are compared with themselves only. A band's score is the
// mean of its latencies. Its variance is not the test's, which holds without an effect only, but the one that holds
// with any (HC3: MacKinnon and White, J. Econometrics 29 (1985) 305-325). The slowest 1 % of the attempts are left
// out: a slope would follow them and not the others.
// `hazard`: of those that waited, how many more would leave if each answer came 100 ms later: the rate of leaving at
// that time in that stratum (who left, by the time that all spent waiting there), weighed by where and when answers
// come. A directly standardised rate; its interval is the gamma one of Fay and Feuer (Stat. Med. 16 (1997) 791-801) as
// Tiwari, Clegg and Zou changed it (Stat. Methods Med. Res. 15 (2006) 547-569). Answers censor it.
//
// No figure without kEventsMin attempts of either kind, nor where strata differ from each other by more than chance
// (Cochran's Q, p < 0.001): then there is no one effect.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/flow/effect_name.h"
#include "control/flow/series.h"

namespace bellrock::slo {

inline constexpr std::uint64_t kEventsMin = 30;    // attempts that ended so, and as many that did not
inline constexpr std::uint64_t kAtRiskMin = 30;    // of a hazard: who waits where a band begins
inline constexpr double kCoveredMin = 0.8;         // of a hazard: answers that come where enough wait
inline constexpr double kUnplacedMax = 0.1;        // attempts that found no room in their stratum
inline constexpr double kSlowestLeftOut = 0.01;    // of a table
inline constexpr double kDifferenceP = 0.001;      // of strata from each other
inline constexpr std::uint64_t kComparedMin = 20;  // a stratum is compared with others from so many of either kind on

// Attempts of one wait, by whether they ended so.
struct WaitCounts {
  std::uint64_t so = 0, otherwise = 0, unknown = 0;
  double so_ns = 0, otherwise_ns = 0, unknown_ns = 0;  // how long they waited, added up
  [[nodiscard]] std::uint64_t n() const { return so + otherwise + unknown; }
  [[nodiscard]] double ns() const { return so_ns + otherwise_ns + unknown_ns; }
};

struct StratumCounts {
  std::vector<std::pair<std::string, std::string>> values;  // none: all attempts
  std::array<WaitCounts, kWaitSlots> waits{};

  [[nodiscard]] const WaitCounts& at(Wait wait, std::size_t band) const { return waits[wait_slot(wait, band)]; }
};

// Adds one series of the effect; `so`: how attempts have to end. False: its name means nothing.
bool add(const control::SeriesSum& series, std::span<const std::string> so, StratumCounts& counts);

enum class EffectVerdict : std::uint8_t { kRaises, kLowers, kNoneSeen, kNotEnoughData };
inline constexpr std::array<std::string_view, 4> kEffectVerdictNames{"raises", "lowers", "none_seen",
                                                                     "not_enough_data"};

struct EffectEstimate {
  EffectVerdict verdict = EffectVerdict::kNotEnoughData;
  std::string reason;           // why there is not enough
  std::uint64_t n = 0, so = 0;  // attempts that it is of, and how many of them ended so
  // Shares of attempts for each 100 ms; meaningless without enough data.
  double per_100ms = 0, low = 0, high = 0;
  [[nodiscard]] bool known() const { return verdict != EffectVerdict::kNotEnoughData; }
};

// `strata` are counted apart; one alone is the crude figure.
EffectEstimate table_effect(std::span<const StratumCounts> strata);
EffectEstimate hazard_effect(std::span<const StratumCounts> strata);

// A share of attempts with Wilson's score interval, of 95 %. None of none.
struct Share {
  double value = 0, low = 0, high = 0;
};
std::optional<Share> share_of(std::uint64_t events, std::uint64_t n);

// Events for each 100 ms that were waited, with Garwood's interval of 95 % (Biometrika 28 (1936) 437-442).
Share rate_of(std::uint64_t events, double waited_ns);

// Time spent waiting in a band, by all that were still waiting when it began.
struct BandAtRisk {
  std::uint64_t at_risk = 0, left = 0, answered = 0;
  double waited_ns = 0;
};
std::array<BandAtRisk, kBands> at_risk(const StratumCounts& stratum);

}  // namespace bellrock::slo
