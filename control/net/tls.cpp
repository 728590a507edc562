#include "control/net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

namespace bellrock::net {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

constexpr unsigned char kOnlyHttp1[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};  // RFC 7301 3.1
constexpr unsigned char kSessionContext[] = "bellrock";

// A peer that speaks other protocols only is left to find out by itself.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, size, kOnlyHttp1, sizeof kOnlyHttp1, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

TlsContext new_context(ssl::context::method method) {
  auto context = std::make_shared<ssl::context>(method);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  return context;
}

using Step = std::function<void(ssl::context&, error_code&)>;

// Runs a step on `file`; the first that fails is the one that is told of.
struct Steps {
  ssl::context& context;
  std::string error{};

  Steps& with(const std::string& file, const char* what, const Step& step) {
    if (!error.empty()) return *this;
    error_code code;
    step(context, code);
    if (code) error = file + ": " + what + ": " + code.message();
    ERR_clear_error();
    return *this;
  }
};

void identify(Steps& steps, const std::string& certificate, const std::string& key) {
  steps
      .with(certificate, "no certificate in PEM",
            [&](auto& context, auto& code) { context.use_certificate_chain_file(certificate, code); })
      .with(key, "no key in PEM, or not that of the certificate",
            [&](auto& context, auto& code) { context.use_private_key_file(key, ssl::context::pem, code); });
}

std::string common_name(X509* certificate) {
  X509_NAME* const subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return {};
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return {};
  std::string name(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return name;
}

std::vector<std::string> dns_names(X509* certificate) {
  std::vector<std::string> names;
  auto* const all = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(all); ++i) {
    const GENERAL_NAME* const one = sk_GENERAL_NAME_value(all, i);
    if (one->type != GEN_DNS) continue;
    names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(one->d.dNSName)),
                       static_cast<std::size_t>(ASN1_STRING_length(one->d.dNSName)));
  }
  GENERAL_NAMES_free(all);
  return names;
}

}  // namespace

Result<TlsContext, std::string> tls_context(const TlsServer& files) {
  const TlsContext context = new_context(ssl::context::tls_server);
  SSL_CTX* const native = context->native_handle();
  Steps steps{*context};
  identify(steps, files.certificate, files.key);
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  SSL_CTX_set_session_id_context(native, kSessionContext, sizeof kSessionContext - 1);
  if (!files.clients.empty()) {
    steps.with(files.clients, "no certificates in PEM", [&](auto& made, auto& code) {
      made.load_verify_file(files.clients, code);
      if (!code) SSL_CTX_set_client_CA_list(native, SSL_load_client_CA_file(files.clients.c_str()));
    });
    context->set_verify_mode(ssl::verify_peer);  // who has one shows it; who may do what is said elsewhere
  }
  if (!steps.error.empty()) return Failure{std::move(steps.error)};
  return context;
}

Result<TlsContext, std::string> tls_context(const TlsClient& files) {
  const TlsContext context = new_context(ssl::context::tls_client);
  context->set_verify_mode(ssl::verify_peer);
  Steps steps{*context};
  if (files.authorities.empty()) {
    steps.with("this machine's certificates", "cannot be read",
               [](auto& made, auto& code) { made.set_default_verify_paths(code); });
  } else {
    steps.with(files.authorities, "no certificates in PEM",
               [&](auto& made, auto& code) { made.load_verify_file(files.authorities, code); });
  }
  if (!files.certificate.empty()) identify(steps, files.certificate, files.key);
  if (!steps.error.empty()) return Failure{std::move(steps.error)};
  return context;
}

std::string unusable(const TlsServer& files) {
  auto context = tls_context(files);
  return context.ok() ? std::string() : std::move(context).error();
}

std::string unusable(const TlsClient& files) {
  auto context = tls_context(files);
  return context.ok() ? std::string() : std::move(context).error();
}

std::vector<std::string> peer_names(SSL* connection) {
  X509* const certificate = SSL_get1_peer_certificate(connection);
  if (certificate == nullptr) return {};
  std::vector<std::string> names;
  if (SSL_get_verify_result(connection) == X509_V_OK) {
    names = dns_names(certificate);
    if (names.empty()) names.push_back(common_name(certificate));
    // A name with a zero byte in it would end there for others.
    std::erase_if(names, [](const std::string& name) { return name.empty() || name.find('\0') != std::string::npos; });
  }
  X509_free(certificate);
  return names;
}

std::string refused_certificate(SSL* connection) {
  const long why = SSL_get_verify_result(connection);
  return why == X509_V_OK ? std::string() : X509_verify_cert_error_string(why);
}

}  // namespace bellrock::net
