// A real Prometheus at a port of its own, with a receiver of remote write and native histograms.
#pragma once

#include <cmath>
#include <cstdio>
#include <string>

#include "control/net/http_client.h"
#include "control/plane/json.h"
#include "tests/support/local_program.h"

namespace bellrock::plane {

class Prometheus {
 public:
  // `scraped`: host:port of what it asks for /metrics every second; empty: nothing.
  explicit Prometheus(const std::string& scraped = {}) {
    program_.write("config.yml",
                   "global: {scrape_interval: 1s}\n" +
                       (scraped.empty() ? std::string()
                                        : "scrape_configs: [{job_name: centre, static_configs: [{targets: [\"" +
                                              scraped + "\"]}]}]\n"));
    program_.start({"prometheus", "--config.file=" + program_.file("config.yml"),
                    "--storage.tsdb.path=" + program_.file("data"), "--web.listen-address=" + program_.address(),
                    "--web.enable-remote-write-receiver", "--enable-feature=native-histograms", "--log.level=error"});
  }

  [[nodiscard]] std::string url(const std::string& path) const { return program_.url(path); }
  [[nodiscard]] bool wait_until_ready() const {
    return test::LocalProgram::wait([this] {
      const auto reply = net::http_get(url("/-/ready"));
      return reply.ok() && reply->status == 200;
    });
  }
  // What a query answers; not an object: nothing understandable.
  [[nodiscard]] Json query(const std::string& asked) const {
    std::string escaped;
    for (const char c : asked) {
      char text[4];
      std::snprintf(text, sizeof text, "%%%02x", static_cast<unsigned char>(c));
      escaped += text;
    }
    const auto reply = net::http_get(url("/api/v1/query?query=" + escaped));
    return reply.ok() ? Json::parse(reply->body, nullptr, false) : Json();
  }
  // Of a query that has one result; NaN: it has none yet.
  [[nodiscard]] double value_of(const std::string& asked) const {
    const Json json = query(asked);
    if (!json.is_object() || json["status"] != "success" || json["data"]["result"].size() != 1) return std::nan("");
    return std::stod(json["data"]["result"][0]["value"][1].get<std::string>());
  }

 private:
  test::LocalProgram program_;
};

}  // namespace bellrock::plane
