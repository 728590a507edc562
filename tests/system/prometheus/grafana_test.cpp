// The Grafana dashboard that a real centre exports, against a real Prometheus that scrapes that centre and gets its
// remote write: every expression is PromQL, and every panel has data.
#include "control/plane/grafana.h"

#include <chrono>
#include <regex>
#include <set>

#include "tests/system/prometheus/prometheus.h"
#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

struct Expression {
  std::string panel, text;
};

// As Grafana would ask: its variable is at least four times the scrape interval, and longer than two of our pushes.
std::vector<Expression> expressions_of(const Json& dashboard) {
  std::vector<Expression> all;
  for (const auto& panel : dashboard["panels"]) {
    if (panel["type"] == "row") continue;
    EXPECT_FALSE(panel["targets"].empty()) << panel["title"];
    for (const auto& target : panel["targets"]) {
      const std::string text =
          std::regex_replace(target["expr"].get<std::string>(), std::regex(R"(\$__rate_interval)"), "1m");
      all.push_back({panel["title"].get<std::string>(), text});
    }
  }
  return all;
}

control::DeltaFrame frame_of_now(std::uint64_t seq) {
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  control::DeltaFrame frame = shop_frame(seq, now.count() / 10 * 10);
  frame.sent_unix_ms = now.count() * 1'000;
  return frame;
}

TEST(Grafana, EveryPanelOfARealCentresDashboardHasDataInARealPrometheus) {
  test::LocalProgram centre;
  const Prometheus prometheus(centre.address());
  ASSERT_TRUE(prometheus.wait_until_ready());
  centre.write("shop.yaml", kShop);
  centre.write("central.yaml", "apiVersion: bellrock/v1\nkind: Central\nspec:\n  listen: " + centre.address() +
                                   "\n  database: " + centre.file("db") + "\n  exports: {remote_write: \"" +
                                   prometheus.url("/api/v1/write") + "\"}\n");
  centre.start({BELLROCK_BIN "/bellrock-central", "--config", centre.file("central.yaml"), centre.file("shop.yaml")});
  std::uint64_t seq = 0;
  const auto send = [&] {
    const std::string frame(bellrock::text(proto::encode(frame_of_now(seq + 1))));
    const auto reply = net::http_post(centre.url("/v1/frames"), "application/x-protobuf", frame);
    const bool taken = reply.ok() && reply->status == 200;
    seq += taken ? 1 : 0;
    return taken;
  };
  ASSERT_TRUE(test::LocalProgram::wait(send));
  const auto exported = net::http_get(centre.url("/api/v1/export/grafana"));
  ASSERT_TRUE(exported.ok());
  const Json dashboard = Json::parse(Json::parse(exported->body)["text"].get<std::string>());
  auto waiting = expressions_of(dashboard);
  EXPECT_GT(waiting.size(), 15u);
  int rounds = 0;
  test::LocalProgram::wait([&] {
    if (++rounds % 10 == 0) send();  // a frame a second: what grows has a rate
    std::erase_if(waiting, [&](const Expression& one) {
      const Json json = prometheus.query(one.text);
      return json.is_object() && json["status"] == "success" && !json["data"]["result"].empty();
    });
    return waiting.empty();
  });
  for (const auto& one : waiting)
    ADD_FAILURE() << one.panel << ": " << one.text << '\n' << prometheus.query(one.text).dump();
}

TEST(Grafana, ItsPanelsDoNotOverlapAndHaveNumbersOfTheirOwn) {
  const Json dashboard = grafana_dashboard(make_catalog(shop()), "Shop");
  std::set<int> ids;
  std::set<std::pair<int, int>> taken;
  for (const auto& panel : dashboard["panels"]) {
    EXPECT_TRUE(ids.insert(panel["id"].get<int>()).second);
    const auto& at = panel["gridPos"];
    EXPECT_LE(at["x"].get<int>() + at["w"].get<int>(), 24);
    for (int x = at["x"]; x < at["x"].get<int>() + at["w"].get<int>(); ++x) {
      for (int y = at["y"]; y < at["y"].get<int>() + at["h"].get<int>(); ++y) {
        EXPECT_TRUE(taken.insert({x, y}).second) << panel["title"];
      }
    }
  }
  EXPECT_EQ(dashboard["title"], "Shop");
}

}  // namespace
}  // namespace bellrock::plane
