// What those who follow /api/v1/live are told, over HTTP.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "control/plane/incident_log.h"
#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

using Tcp = boost::asio::ip::tcp;

// One who follows; an event that does not come ends in the test's time limit.
struct Follower {
  explicit Follower(const Centre& centre) : socket(context) {
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), centre.server->port()});
    boost::asio::write(socket,
                       boost::asio::buffer(std::string("GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n")));
    head = until("\r\n\r\n");
  }
  std::string until(const std::string& end) {
    boost::system::error_code error;
    const std::size_t n = boost::asio::read_until(socket, boost::asio::dynamic_buffer(got), end, error);
    std::string text = got.substr(0, error ? got.size() : n);
    got.erase(0, text.size());
    return text;
  }
  // The next event of this name.
  Json next(const std::string& name) {
    until("event: " + name + "\n");
    const std::string data = until("\n\n");
    return Json::parse(data.substr(data.find("data: ") + 6), nullptr, false);
  }

  boost::asio::io_context context;
  Tcp::socket socket;
  std::string got, head;
};

TEST(Live, BeginsWithTheStatusAndTellsItAgain) {
  Centre centre;
  Follower follower(centre);
  EXPECT_NE(follower.head.find("Content-Type: text/event-stream"), std::string::npos);
  EXPECT_NE(follower.head.find("Content-Security-Policy: "), std::string::npos);
  EXPECT_EQ(follower.next("status"), centre.json("/api/v1/status"));
  centre.now += 10;
  ASSERT_EQ(centre.send(shop_frame(1)).status, 200u);
  centre.api.tell_status();
  const Json told = follower.next("status");
  EXPECT_EQ(told, centre.json("/api/v1/status"));
  EXPECT_EQ(told["nodes"]["total"], 1);
}

TEST(Live, TellsChangesAndCorrectionsWhenTheyAreMade) {
  Centre centre;
  Follower one(centre), other(centre);
  const auto change = centre.post_json("/api/v1/changes", {{"what", "new form"}});
  const auto correction = centre.post_json(
      "/api/v1/corrections",
      {{"from_unix_s", kNow - kNow % 60 - 600}, {"to_unix_s", kNow - kNow % 60}, {"who", "ops"}, {"why", "test"}});
  ASSERT_EQ(change.status, 201u) << change.body;
  ASSERT_EQ(correction.status, 201u) << correction.body;
  for (Follower* const follower : {&one, &other}) {
    const Json made = follower->next("change"), corrected = follower->next("correction");
    EXPECT_EQ(made["what"], "new form");
    EXPECT_EQ(made["id"], Json::parse(change.body)["id"]);
    EXPECT_EQ(corrected, centre.json("/api/v1/corrections")["corrections"][0]);
  }
}

TEST(Live, TellsAnIncidentUnderTheNumberByWhichItCanBeAskedFor) {
  Centre centre;
  Follower follower(centre);
  KeptIncident kept{0, "checkout/success/1", "checkout", "success", {}};
  kept.incident.onset = store::kStart;
  kept.incident.detected = kept.incident.paged = store::kStart + 300;
  IncidentLog log;
  log.put(std::vector{kept});
  ASSERT_TRUE(log.write(*centre.store, [&](const auto& one) { centre.api.tell(one); }).ok());
  const Json told = follower.next("incident");
  EXPECT_EQ(told, centre.json("/api/v1/incidents")["incidents"][0]);
  EXPECT_EQ(centre.json("/api/v1/incidents/" + std::to_string(told["id"].get<int>()))["incident"], told);
}

TEST(Live, WhatIsAskedBesidesIsRefusedByName) {
  Centre centre;
  const auto refused = centre.get("/api/v1/live?since=3");
  EXPECT_EQ(refused.status, 400u);
  EXPECT_EQ(Json::parse(refused.body)["parameter"], "since");
}

TEST(Live, HasRoomForSoManyAndSaysSo) {
  Centre centre;
  std::vector<std::unique_ptr<Follower>> all;
  for (std::size_t i = 0; i < kLiveReadersMax; ++i) all.push_back(std::make_unique<Follower>(centre));
  EXPECT_NE(all.back()->head.find(" 200 "), std::string::npos);
  Follower more(centre);
  EXPECT_NE(more.head.find(" 503 "), std::string::npos);
  EXPECT_NE(more.head.find("Retry-After: 60"), std::string::npos);
  EXPECT_EQ(centre.get("/api/v1/status").status, 200u);
}

}  // namespace
}  // namespace bellrock::plane
