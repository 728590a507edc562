// One beacon, parsed but still borrowed. Every dialect ends here; the matcher turns it into an Event.
#pragma once

#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "dataplane/base/counters.h"
#include "dataplane/base/limits.h"

namespace bellrock {

struct Attr {
  enum class Type : std::uint8_t { kString, kNumber, kBool };
  std::string_view name;
  Type type = Type::kString;
  std::string_view text;  // kString only
  double number = 0;      // kNumber; kBool: 0 or 1
};

// Numbers that were not sent are NaN; strings that were not sent are views with data() == nullptr.
struct Beacon {
  static constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

  Dialect dialect = Dialect::kNativeJson;
  BeaconType type = BeaconType::kStep;
  std::string_view sid, page, name;
  double ts = kAbsent, dur = kAbsent;
  bool has_ok = false, ok = false;
  double n = kAbsent, t = kAbsent;
  std::string_view pv;
  double lcp = kAbsent, inp = kAbsent, cls = kAbsent, fcp = kAbsent, ttfb = kAbsent, dcl = kAbsent, load = kAbsent;
  std::string_view msg, code, kind;
  double score = kAbsent;
  double x = kAbsent, y = kAbsent, w = kAbsent, h = kAbsent;
  double value = kAbsent;
  std::string_view cur, rel, exp, conn, replay;
  bool has_ret = false, ret = false, synthetic = false;
  std::array<Attr, kAttrsMax> attrs;
  std::size_t attr_count = 0;

  static bool absent(double number) { return std::isnan(number); }
};

}  // namespace bellrock
