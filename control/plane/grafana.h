// A Grafana dashboard of the journeys and objectives of a configuration, for a Prometheus that scrapes the centre's
// /metrics; panels of latencies and outcomes need the centre's remote write as well, with native histograms. Pure, any
// thread. Grafana 9 to 11 read it (schema 36, which later ones take over).
#pragma once

#include <string>

#include "control/plane/catalog.h"
#include "control/plane/json.h"

namespace bellrock::plane {

// What is imported, or put into a folder of dashboards.
Json grafana_dashboard(const Catalog& catalog, const std::string& title);

}  // namespace bellrock::plane
