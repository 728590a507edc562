// One reader for each kind of document. They report what is wrong and fill what they could read. `spec` and the name
// have been taken from the document by the loader. Start-up only.
#pragma once

#include <string>

#include "control/config/fields.h"
#include "control/config/settings.h"
#include "control/config/tables.h"

namespace bellrock::config {

void read_site(const std::string& name, Fields& spec, Tables& tables);
void read_frustration(const Value& value, Tables& tables);
void read_errors(const Value& value, Tables& tables);
// places.cpp
void keep_frustration_places(const Value& frustration, Tables& tables);
void read_coverage(const Value& value, Tables& tables);
// When identities are known.
void finish_coverage(Tables& tables);
void read_identity(const std::string& name, Fields& spec, Tables& tables);
void read_journey(const std::string& name, Fields& metadata, Fields& spec, Tables& tables);
void read_edge(Fields& spec, Tables& tables);
void read_serve(const Value& terminate, Tables& tables);
// Into ports, once each.
void read_port_into(const Value& value, std::vector<std::uint16_t>& ports);
void read_agent(Fields& spec, AgentSettings& agent);
void read_central(Fields& spec, CentralSettings& central);

}  // namespace bellrock::config
