#include "dataplane/http/connections.h"

namespace bellrock::http {

Connections::Connections(const HttpLimits&, std::span<const std::string>, Counters&) {}
void Connections::on_open(ConnectionIndex, bool) {}

}  // namespace bellrock::http
