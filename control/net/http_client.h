// A blocking HTTP/1.1 request over TCP or TLS: one connection, one request, one reply, within one deadline. Used by the
// agent's uplink and the CLI, on any thread. Not for the dataplane. Bounds the reply's body.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/net/tls_files.h"
#include "dataplane/base/result.h"

namespace bellrock::net {

enum class NetErrorKind : std::uint8_t {
  kBadUrl,    // neither http://host[:port]/path nor https://…
  kResolve,   // the host has no address
  kConnect,   // refused or unreachable
  kTimeout,   // the deadline passed
  kBroken,    // the connection ended or spoke something else
  kTls,       // our files cannot be used, or the server's certificate was refused, or ours by it
  kTooLarge,  // the reply is longer than the bound
};
struct NetError {
  NetErrorKind kind = NetErrorKind::kBroken;
  std::string message;  // for a person: what was asked of whom, and what happened
};

struct HttpReply {
  unsigned status = 0;
  std::string body;
  std::optional<unsigned> retry_after_s;
  std::string content_type = {};
};

struct HttpOptions {
  std::chrono::milliseconds timeout{5'000};  // for all of it: resolve, connect, write, read
  std::size_t reply_bytes_max = 64 * 1024 * 1024;
  std::vector<std::pair<std::string, std::string>> headers = {};  // names and values of our own, without line ends
  TlsClient tls = {};                                             // of https; files are read for each request
};

// `url` is http://host[:port]/path or https://…, where an IPv6 address stands in brackets. A server's certificate must
// be for that host (RFC 6125).
Result<HttpReply, NetError> http_get(std::string_view url, const HttpOptions& options = {});
Result<HttpReply, NetError> http_post(std::string_view url, std::string_view content_type, std::string_view body,
                                      const HttpOptions& options = {});

}  // namespace bellrock::net
