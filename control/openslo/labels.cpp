#include "control/openslo/labels.h"

#include <algorithm>

namespace bellrock::openslo {

std::string Labels::label(const std::string& text, const std::string& suffix) {
  constexpr std::size_t kLabelMax = 63;
  for (int n = 1;; ++n) {
    const std::string end = (n == 1 ? "" : "-" + std::to_string(n)) + suffix;
    std::string unique = text.substr(0, kLabelMax - end.size());
    std::replace(unique.begin(), unique.end(), '_', '-');
    while (unique.ends_with('-')) unique.pop_back();
    unique += end;
    if (used_.insert(unique).second) return unique;
  }
}

}  // namespace bellrock::openslo
