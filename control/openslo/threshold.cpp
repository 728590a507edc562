#include "control/openslo/threshold.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace bellrock::openslo {

std::uint64_t share_of_threshold(double factor, std::int64_t long_s, std::int64_t period_s) {
  const double share = factor * static_cast<double>(long_s) / static_cast<double>(period_s);
  return static_cast<std::uint64_t>(std::llround(share * slo::kOne));
}

std::string threshold_text(const slo::BurnPair& pair) {
  // Neighbouring shares are 10^-9 apart and no window is longer than its period: their thresholds are at least as far.
  constexpr int kPlacesMax = 10;
  std::array<char, 64> digits;
  std::string_view text;
  for (int places = 0; places <= kPlacesMax; ++places) {
    const auto written =
        std::to_chars(digits.data(), digits.data() + digits.size(), pair.factor(), std::chars_format::fixed, places);
    text = {digits.data(), static_cast<std::size_t>(written.ptr - digits.data())};
    double factor = 0;
    std::from_chars(text.data(), text.data() + text.size(), factor);
    if (share_of_threshold(factor, pair.long_s, pair.period_s) == pair.share_e9) break;
  }
  return std::string(text);
}

}  // namespace bellrock::openslo
