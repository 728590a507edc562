// Which side of a connection is the client when no SYN says it.
#include <string_view>

#include "dataplane/tcp/streams.h"

namespace bellrock::tcp {

// 1: like a client, -1: like a server, 0: no idea.
int Streams::looks_like(ConnectionIndex c, unsigned side) const {
  const PieceQueue& queue = details_[c].queues[side];
  if (queue.empty()) return 0;
  const std::string_view start = text(store_.front(queue).bytes);
  if (start.starts_with("HTTP/1.")) return -1;
  for (const std::string_view method :
       {"GET ", "POST ", "HEAD ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT "}) {
    if (start.starts_with(method)) return 1;
  }
  return 0;
}

unsigned Streams::guess_client(ConnectionIndex c) const {
  const ConnectionKey& key = table_[c].key;
  const bool low_serves = server_ports_.test(key.low_port);
  const bool high_serves = server_ports_.test(key.high_port);
  if (low_serves != high_serves) return low_serves ? 1 : 0;
  const int low = looks_like(c, 0) - looks_like(c, 1);
  if (low != 0) return low > 0 ? 0 : 1;
  if (key.low_port != key.high_port) return key.low_port < key.high_port ? 1 : 0;
  return details_[c].first_sender;
}

}  // namespace bellrock::tcp
