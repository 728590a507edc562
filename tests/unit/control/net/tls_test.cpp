// Both sides of TLS: who is trusted, who is told apart, and that nobody is trusted by mistake.
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "control/net/http_client.h"
#include "control/net/http_server.h"
#include "tests/support/certificates.h"

namespace bellrock::net {
namespace {

using namespace std::chrono_literals;

class Tls : public testing::Test {
 protected:
  Tls() {
    authority_.sign("centre", "DNS:localhost,IP:127.0.0.1");
    authority_.sign("elsewhere", "DNS:elsewhere.example");
    authority_.sign("edge", "DNS:edge-1,DNS:edge-2");
    authority_.sign("by common name", "");
    authority_.sign("expired", "DNS:localhost,IP:127.0.0.1", -60);
    others_.sign("stranger", "DNS:edge-1");
  }
  ~Tls() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  // Answers with the names in the client's certificate.
  void serve(const std::string& name, bool asks_clients = false) {
    ServerOptions options;
    options.tls = TlsServer{authority_.certificate_of(name), authority_.key_of(name),
                            asks_clients ? authority_.file() : std::string()};
    options.head_timeout = 300ms;
    auto started = HttpServer::start(options, [](const Request& request, const Respond& respond) {
      std::string names;
      for (const auto& one : request.peer_names) names += one + ";";
      respond({200, "text/plain", names + request.body, {}});
    });
    ASSERT_TRUE(started.ok()) << started.error().message;
    server_ = std::move(*started);
  }
  [[nodiscard]] std::string url(const std::string& host = "127.0.0.1") const {
    return "https://" + host + ":" + std::to_string(server_->port()) + "/";
  }
  [[nodiscard]] HttpOptions as(const Authority& signer, const std::string& name) const {
    return {.tls = {authority_.file(), signer.certificate_of(name), signer.key_of(name)}};
  }
  [[nodiscard]] HttpOptions as_nobody() const { return {.tls = {.authorities = authority_.file()}}; }

  static std::filesystem::path new_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "bellrock_tls_XXXXXX").string();
    return ::mkdtemp(name.data());
  }
  std::filesystem::path folder_ = new_folder();
  Authority authority_{folder_};
  Authority others_{folder_, "another authority"};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(Tls, CarriesRequestsToANameAndToAnAddress) {
  serve("centre");
  const std::string body(300'000, 'x');
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const auto reply = http_post(url(host), "a/b", body, as_nobody());
    ASSERT_TRUE(reply.ok()) << reply.error().message;
    EXPECT_EQ(reply->body, body);
  }
}

TEST_F(Tls, TrustsNoServerOfAnotherAuthorityNorOneOfAnotherNameNorAnExpiredOne) {
  const auto refused = [this] {
    const auto reply = http_get(url(), as_nobody());
    EXPECT_FALSE(reply.ok());
    EXPECT_EQ(reply.error().kind, NetErrorKind::kTls);
    return reply.error().message;
  };
  serve("elsewhere");
  EXPECT_NE(refused().find("certificate verify failed"), std::string::npos) << refused();
  serve("expired");
  EXPECT_NE(refused().find("certificate has expired"), std::string::npos) << refused();
  serve("centre");
  for (const TlsClient& trust : {TlsClient{.authorities = others_.file()}, TlsClient{}}) {
    const auto reply = http_get(url(), {.tls = trust});
    ASSERT_FALSE(reply.ok());
    EXPECT_EQ(reply.error().kind, NetErrorKind::kTls);
    EXPECT_NE(reply.error().message.find("issuer"), std::string::npos) << reply.error().message;
  }
}

TEST_F(Tls, TellsTheNamesInAClientsCertificate) {
  serve("centre", true);
  EXPECT_EQ(http_get(url(), as(authority_, "edge"))->body, "edge-1;edge-2;");
  EXPECT_EQ(http_get(url(), as(authority_, "by common name"))->body, "by common name;");
  EXPECT_EQ(http_get(url(), as_nobody())->body, "");  // a browser without one
}

TEST_F(Tls, TakesNoClientWhoseCertificateAnotherAuthoritySigned) {
  serve("centre", true);
  EXPECT_FALSE(http_get(url(), as(others_, "stranger")).ok());
  // A server that asks for none believes none.
  serve("centre", false);
  EXPECT_EQ(http_get(url(), as(others_, "stranger"))->body, "");
}

TEST_F(Tls, AnswersNobodyInPlainText) {
  serve("centre");
  EXPECT_FALSE(http_get("http://127.0.0.1:" + std::to_string(server_->port()) + "/").ok());
  EXPECT_TRUE(http_get(url(), as_nobody()).ok());
}

// Those who connect and say nothing, or only half of a handshake, keep nobody out.
TEST_F(Tls, OutlivesClientsThatNeverFinishTheirHandshake) {
  serve("centre");
  boost::asio::io_context context;
  std::vector<boost::asio::ip::tcp::socket> silent;
  for (int i = 0; i < 600; ++i) {
    auto& socket = silent.emplace_back(context);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), server_->port()});
    boost::system::error_code ignored;
    if (i % 2 == 0) boost::asio::write(socket, boost::asio::buffer("\x16\x03\x01\x02\x00\x01", 6), ignored);
  }
  const auto reply = http_get(url(), as_nobody());
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  for (int i = 0; i < 500 && server_->connections() != 0; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(Tls, NamesTheFileThatCannotBeUsed) {
  const auto started_with = [](TlsServer files) {
    ServerOptions options;
    options.tls = std::move(files);
    const auto started = HttpServer::start(options, [](const Request&, const Respond&) {});
    EXPECT_FALSE(started.ok());
    return started.error().message;
  };
  const std::string good = authority_.certificate_of("centre"), key = authority_.key_of("centre");
  EXPECT_NE(started_with({"/no/such.pem", key, ""}).find("/no/such.pem: no certificate"), std::string::npos);
  const std::string other = authority_.key_of("edge");
  EXPECT_NE(started_with({good, other, ""}).find(other + ": no key in PEM, or not that"), std::string::npos);
  EXPECT_NE(started_with({good, key, key}).find(key + ": no certificates"), std::string::npos);
  serve("centre");
  const auto reply = http_get(url(), {.tls = {.authorities = "/no/authority.pem"}});
  ASSERT_FALSE(reply.ok());
  EXPECT_NE(reply.error().message.find("/no/authority.pem: no certificates in PEM"), std::string::npos);
}

}  // namespace
}  // namespace bellrock::net
