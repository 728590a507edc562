// Who may be spoken with over TLS 1.2 and 1.3, out of PEM files: contexts for both sides, and what a certificate says
// about who holds it. Used by http_server.cpp and http_client.cpp.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "control/net/tls_files.h"
#include "dataplane/base/result.h"

namespace bellrock::net {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

// The error names the file and what is wrong with it.
Result<TlsContext, std::string> tls_context(const TlsServer& files);
Result<TlsContext, std::string> tls_context(const TlsClient& files);

// Of a handshake that is over: the DNS names in the peer's certificate, else its common name; none where it showed none
// that was verified (RFC 6125 6.4.4).
std::vector<std::string> peer_names(SSL* connection);
// Of one that failed: why the peer's certificate was not taken. Empty: that was not the reason.
std::string refused_certificate(SSL* connection);

}  // namespace bellrock::net
