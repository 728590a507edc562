// What a site's own server would do with a beacon: simdjson's On-Demand parser walks its fields once, the ten that
// journeys and dashboards use are taken with their types, and a duration goes into a histogram.
#pragma once

#include <simdjson.h>

#include <string_view>

#include "bench/serve/latencies.h"

namespace bellrock::bench {

class EpollBeacons {
 public:
  // `body` has simdjson::SIMDJSON_PADDING readable bytes behind it. False: not a beacon.
  bool take(std::string_view body) {
    simdjson::ondemand::document document;
    simdjson::ondemand::object fields;
    if (parser_.iterate(body.data(), body.size(), body.size() + simdjson::SIMDJSON_PADDING).get(document)) return false;
    if (document.get_object().get(fields)) return false;
    taken_ = Taken{};
    for (auto field : fields) {
      simdjson::ondemand::raw_json_string key;
      if (field.key().get(key) || !take_field(key, field.value())) return false;
    }
    if (taken_.seen != kRequired) return false;
    ++beacons_;
    if (taken_.name == "lookup.shown") latencies_.add(static_cast<std::uint64_t>(taken_.dur * 1'000));
    return true;
  }
  [[nodiscard]] std::uint64_t beacons() const { return beacons_; }
  [[nodiscard]] const Latencies& latencies() const { return latencies_; }

 private:
  static constexpr unsigned kRequired = (1u << 10) - 1;
  struct Taken {
    double v = 0, ts = 0, dur = 0, n = 0;
    bool ok = false;
    std::string_view sid, type, page, name, pv;
    unsigned seen = 0;
  };

  template <typename V>
  bool take_field(simdjson::ondemand::raw_json_string key, V value) {
    const auto as = [&](unsigned bit, auto& to) {
      taken_.seen |= 1u << bit;
      return !value.get(to);
    };
    if (key == "v") return as(0, taken_.v);
    if (key == "sid") return as(1, taken_.sid);
    if (key == "ts") return as(2, taken_.ts);
    if (key == "type") return as(3, taken_.type);
    if (key == "page") return as(4, taken_.page);
    if (key == "name") return as(5, taken_.name);
    if (key == "dur") return as(6, taken_.dur);
    if (key == "ok") return as(7, taken_.ok);
    if (key == "n") return as(8, taken_.n);
    if (key == "pv") return as(9, taken_.pv);
    return true;
  }

  simdjson::ondemand::parser parser_;
  Taken taken_;
  std::uint64_t beacons_ = 0;
  Latencies latencies_;
};

}  // namespace bellrock::bench
