#include "tools/impair/report.h"

#include <fmt/format.h>

namespace bellrock::impair {
namespace {

std::string direction_text(const Statistics& s, const Passed& p) {
  return fmt::format(
      R"({{"received":{},"cut":{},"pieces_added":{},"duplicated":{},"lost":{},"too_big":{},"given":{},)"
      R"("reordered":{},"corrupted":{},"too_big_said":{},"sent":{},"refused":{},"held":{},"missed":{}}})",
      s.received, s.cut, s.pieces_added, s.duplicated, s.lost, s.too_big, s.given, s.reordered, s.corrupted,
      s.too_big_said, p.sent, p.refused, p.held, p.missed);
}

}  // namespace

std::string report_text(const std::array<Statistics, 2>& statistics, const std::array<Passed, 2>& passed) {
  return fmt::format(R"({{"there":{},"back":{}}})", direction_text(statistics[0], passed[0]),
                     direction_text(statistics[1], passed[1]));
}

}  // namespace bellrock::impair
