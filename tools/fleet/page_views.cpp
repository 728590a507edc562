#include "tools/fleet/page_views.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "control/flow/histogram.h"
#include "dataplane/flow/click.h"
#include "dataplane/flow/visitor.h"
#include "dataplane/flow/vital.h"

namespace bellrock::fleet {
namespace {

using control::Histogram;
using control::SeriesKey;
using Cells = std::map<SeriesKey, Histogram>;

void add_value(Histogram& into, std::int32_t bucket) {
  const auto ns = static_cast<std::uint64_t>(control::bucket_upper_ns(bucket));
  into.min_ns = into.n == 0 ? ns : std::min(into.min_ns, ns);
  into.max_ns = std::max(into.max_ns, ns);
  into.sum_ns += ns;
  ++into.n;
  ++into.buckets[bucket];
}

// In total, and of those with these dimensions.
template <typename Add>
void add_twice(Cells& cells, SeriesKey key, std::vector<std::pair<std::string, std::string>> dimensions, Add add) {
  add(cells[key]);
  key.scope = CellScope::kDimensioned;
  key.dimensions = std::move(dimensions);
  add(cells[key]);
}

void count_vitals(const std::string& page, std::string_view device, std::string_view connection,
                  traffic::Random& random, Cells& cells) {
  for (std::size_t i = 0; i < kVitals; ++i) {
    const auto vital = static_cast<Vital>(i);
    constexpr std::int32_t kTenMilliseconds = -425, kTenSeconds = 212;  // buckets
    const auto bucket =
        kTenMilliseconds + static_cast<std::int32_t>(random.below(std::uint64_t{kTenSeconds - kTenMilliseconds}));
    const Rating rating = rating_of(vital, static_cast<std::uint32_t>(control::bucket_upper_ns(bucket) / 1e3));
    add_twice(cells,
              {page,
               1,
               CellKind::kVital,
               std::string(kVitalNames[i]),
               std::string(kRatingNames[static_cast<std::size_t>(rating)]),
               CellScope::kTotal,
               {}},
              {{"connection", std::string(connection)}, {"device", std::string(device)}},
              [bucket](Histogram& histogram) { add_value(histogram, bucket); });
  }
}

void count_clicks(const std::string& page, std::string_view device, traffic::Random& random, Cells& cells) {
  for (const std::string_view kind : kClickKindNames) {
    const std::uint64_t n = 1 + random.below(5);
    add_twice(cells, {page, 1, CellKind::kClick, std::string(kind), "", CellScope::kTotal, {}},
              {{"device", std::string(device)}}, [n](Histogram& histogram) { histogram.n += n; });
  }
}

}  // namespace

void count_page_views(std::size_t pages, traffic::Random& random, Cells& cells) {
  for (std::size_t i = 0; i < pages; ++i) {
    const std::string page = fmt::format("/page-{}/{{id}}", i);
    for (const std::string_view device : kDeviceNames) {
      for (const std::string_view connection : kConnectionNames) {
        count_vitals(page, device, connection, random, cells);
      }
      count_clicks(page, device, random, cells);
    }
  }
}

}  // namespace bellrock::fleet
