// A real Alertmanager at 127.0.0.1 hears of alerts, of their end, and sees one alert where the same is sent again. Its
// configuration is the one that control/plane/README.md recommends.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "control/net/http_client.h"
#include "control/plane/notifier.h"
#include "tests/support/local_program.h"

namespace bellrock::plane {
namespace {

// What the README has people write into their Alertmanager's configuration.
std::string recommended_rules() {
  std::ifstream file(BELLROCK_PLANE_README);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::string begin = "```yaml\ninhibit_rules:";
  const std::size_t at = text.find(begin), from = at + begin.find("inhibit_rules");
  return at == std::string::npos ? "" : text.substr(from, text.find("```", from) - from);
}

class Alertmanager {
 public:
  Alertmanager() {
    program_.write("config.yml", "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n" + recommended_rules());
    program_.start({"prometheus-alertmanager", "--config.file=" + program_.file("config.yml"),
                    "--storage.path=" + program_.file("data"), "--web.listen-address=" + program_.address(),
                    "--cluster.listen-address=", "--log.level=error"});
  }

  [[nodiscard]] std::string url() const { return program_.url(); }
  [[nodiscard]] bool wait_until_ready() const {
    return test::LocalProgram::wait([this] {
      const auto reply = net::http_get(url() + "/-/ready");
      return reply.ok() && reply->status == 200;
    });
  }
  // What is active, as its own API says.
  [[nodiscard]] Json alerts() const {
    const auto reply = net::http_get(url() + "/api/v2/alerts?active=true&inhibited=false");
    return reply.ok() ? Json::parse(reply->body, nullptr, false) : Json();
  }
  [[nodiscard]] bool wait_for_alerts(std::size_t n) const {
    return test::LocalProgram::wait([&] {
      const Json all = alerts();
      return all.is_array() && all.size() == n;
    });
  }
  [[nodiscard]] std::string amtool() const {
    FILE* const pipe = ::popen(("amtool alert query -o extended --alertmanager.url=" + url() + " 2>&1").c_str(), "r");
    std::string said;
    char buffer[1'024];
    while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, pipe)) said.append(buffer, n);
    ::pclose(pipe);
    return said;
  }

 private:
  test::LocalProgram program_;
};

std::int64_t unix_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

const NodesHeard kAll{4, 0, 0, 0, ""};
NodesHeard silent(std::size_t n) { return {4 - n, n, 0, unix_s() - 30, "edge-7"}; }

WatchState state(std::initializer_list<const char*> paging, std::int64_t since) {
  WatchState all;
  for (const char* objective : {"success", "fast"}) {
    Watched one{"checkout", objective, since, {}, {}, {}, {}};
    for (const char* name : paging) one.alerts[0].firing |= std::string(name) == objective;
    one.alerts[0].since = since;
    all.push_back(std::move(one));
  }
  return all;
}

TEST(Alertmanager, HearsOfAlertsOnceEachAndOfTheirEnd) {
  const Alertmanager manager;
  ASSERT_TRUE(manager.wait_until_ready());
  Outbox outbox;
  AlertTargets targets;
  targets.alertmanagers = {manager.url()};
  targets.centre_url = "http://127.0.0.1:8480/";
  std::int64_t ahead = 0;
  Notifier notifier(targets, outbox, [&] { return (unix_s() + ahead) * 1'000; });
  const std::int64_t since = unix_s() - 120;

  notifier.update(state({"success", "fast"}, since), {}, kAll);
  ASSERT_TRUE(manager.wait_for_alerts(2)) << outbox.last_error();
  ahead = kSendAgainSeconds;
  notifier.update(state({"success", "fast"}, since), {}, kAll);  // the same ones again
  ahead = 0;
  notifier.update(state({"fast"}, since), {}, kAll);
  ASSERT_TRUE(manager.wait_for_alerts(1)) << manager.alerts().dump() << outbox.last_error();
  const Json alert = manager.alerts()[0];
  EXPECT_EQ(alert["labels"]["alertname"], "BellrockBudgetBurn");
  EXPECT_EQ(alert["labels"]["objective"], "fast");
  EXPECT_EQ(alert["labels"]["severity"], "page");
  EXPECT_EQ(alert["startsAt"].get<std::string>().substr(0, 19), rfc3339(since).substr(0, 19));
  EXPECT_EQ(alert["generatorURL"], "http://127.0.0.1:8480/#/slo/checkout/fast");
  const std::string said = manager.amtool();
  EXPECT_NE(said.find("objective=\"fast\""), std::string::npos) << said;
  EXPECT_EQ(said.find("objective=\"success\""), std::string::npos) << said;
  notifier.update(state({}, since), {}, kAll);
  EXPECT_TRUE(manager.wait_for_alerts(0)) << manager.alerts().dump();
  outbox.stop();
  EXPECT_EQ(outbox.counts().refused, 0u) << outbox.last_error();
}

// Names and severities of what is active and not inhibited.
std::vector<std::string> names(const Json& alerts) {
  std::vector<std::string> all;
  for (const auto& one : alerts) {
    const auto& labels = one["labels"];
    all.push_back(labels["alertname"].get<std::string>() + " " + labels["severity"].get<std::string>());
  }
  std::sort(all.begin(), all.end());
  return all;
}

TEST(Alertmanager, SeesOneBudgetAlertWhetherNodesAreSilentOrNotAndNoneWhenTheCollectorIsBlind) {
  const std::string burn = "BellrockBudgetBurn page", ticket = "BellrockCollectorSuspect ticket",
                    blind = "BellrockCollectorSuspect page";
  ASSERT_NE(recommended_rules(), "");
  const Alertmanager manager;
  ASSERT_TRUE(manager.wait_until_ready());
  Outbox outbox;
  AlertTargets targets;
  targets.alertmanagers = {manager.url()};
  Notifier notifier(targets, outbox, [] { return unix_s() * 1'000; });
  const auto becomes = [&](const NodesHeard& nodes, std::vector<std::string> expected) {
    notifier.update(state({"success"}, unix_s() - 120), {}, nodes);
    EXPECT_TRUE(test::LocalProgram::wait([&] { return names(manager.alerts()) == expected; })) << manager.alerts();
  };
  becomes(silent(1), {burn, ticket});
  becomes(kAll, {burn});
  becomes(silent(1), {burn, ticket});
  becomes(silent(3), {blind});  // the rule of the README holds the other back
  becomes(kAll, {burn});
  outbox.stop();
  EXPECT_EQ(outbox.counts().refused, 0u) << outbox.last_error();
}

TEST(Alertmanager, OneThatWasAwayHearsOfItWhenItIsBack) {
  OutboxLimits limits;
  limits.first_pause = std::chrono::milliseconds(50);
  limits.pause_max = std::chrono::milliseconds(200);
  Outbox outbox(limits);
  const Alertmanager manager;  // takes a moment to listen
  AlertTargets targets;
  targets.alertmanagers = {manager.url()};
  Notifier notifier(targets, outbox, [] { return unix_s() * 1'000; });
  notifier.update(state({"success"}, unix_s() - 60), {}, kAll);
  EXPECT_TRUE(manager.wait_for_alerts(1)) << outbox.last_error();
}

}  // namespace
}  // namespace bellrock::plane
