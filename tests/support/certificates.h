// Certificates for tests: an authority and whom it signs, with P-256 keys, as PEM files that are valid for a day.
#pragma once

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace bellrock {

class Authority {
 public:
  explicit Authority(std::filesystem::path folder, std::string name = "authority")
      : folder_(std::move(folder)), name_(std::move(name)), key_(new_key()) {
    certificate_ = make(name_, "", *key_, true);
    write(*certificate_, *key_, name_);
  }

  [[nodiscard]] std::string file() const { return certificate_of(name_); }
  [[nodiscard]] std::string certificate_of(const std::string& name) const { return folder_ / (name + ".pem"); }
  [[nodiscard]] std::string key_of(const std::string& name) const { return folder_ / (name + ".key"); }

  // `names` as openssl writes them: "DNS:edge-1,IP:127.0.0.1"; empty: only the common name.
  void sign(const std::string& name, const std::string& names, long valid_s = 86'400) const {
    const Key key = new_key();
    write(*make(name, names, *key, false, valid_s), *key, name);
  }

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

  static Key new_key() { return {EVP_EC_gen("P-256"), &EVP_PKEY_free}; }

  static void extend(X509& certificate, X509& issuer, int what, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, what, value);
    ASSERT_NE(extension, nullptr) << value;
    X509_add_ext(&certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  [[nodiscard]] Certificate make(const std::string& name, const std::string& names, EVP_PKEY& key, bool authority,
                                 long valid_s = 86'400) const {
    static long serial = 1;
    Certificate made(X509_new(), &X509_free);
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial++);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -3'600);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), valid_s);
    X509_set_pubkey(made.get(), &key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509& issuer = authority ? *made : *certificate_;
    X509_set_issuer_name(made.get(), X509_get_subject_name(&issuer));
    if (authority) extend(*made, issuer, NID_basic_constraints, "critical,CA:TRUE");
    if (!names.empty()) extend(*made, issuer, NID_subject_alt_name, names.c_str());
    EXPECT_NE(X509_sign(made.get(), key_.get(), EVP_sha256()), 0);
    return made;
  }

  void write(X509& certificate, EVP_PKEY& key, const std::string& name) const {
    const auto open = [](const std::string& path) {
      return std::unique_ptr<std::FILE, int (*)(std::FILE*)>(std::fopen(path.c_str(), "w"), &std::fclose);
    };
    EXPECT_EQ(PEM_write_X509(open(certificate_of(name)).get(), &certificate), 1);
    EXPECT_EQ(PEM_write_PrivateKey(open(key_of(name)).get(), &key, nullptr, nullptr, 0, nullptr, nullptr), 1);
  }

  std::filesystem::path folder_;
  std::string name_;
  Key key_;
  Certificate certificate_{nullptr, &X509_free};
};

}  // namespace bellrock
