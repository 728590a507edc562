// By which files TLS is spoken, all in PEM. Plain values.
#pragma once

#include <string>

namespace bellrock::net {

struct TlsServer {
  std::string certificate, key;  // the certificate comes first in its file, and then those that signed it
  std::string clients;           // certificates of who signs clients'; empty: clients are not asked for one
};
struct TlsClient {
  std::string authorities = {};  // of who signs servers'; empty: those that this machine trusts (SSL_CERT_FILE, if set)
  std::string certificate = {}, key = {};  // shown to a server that asks; empty: none
};

// Why TLS cannot be spoken by these, with the file's name; empty: it can. Reads them, from any thread.
std::string unusable(const TlsServer& files);
std::string unusable(const TlsClient& files);

}  // namespace bellrock::net
