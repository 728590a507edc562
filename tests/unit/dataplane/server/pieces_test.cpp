// Good traffic in any pieces: pipelined, chunked, compressed, with answers that have to wait.
#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

#include "tests/unit/dataplane/server/harness.h"
#include "tests/unit/dataplane/server/responses.h"

namespace bellrock::server {
namespace {

using test::Harness;
using test::statuses;
using Strings = std::vector<std::string>;

std::string gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(text.size() + 100, ' ');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string post(const std::string& body, const std::string& headers = "") {
  return "POST /rum HTTP/1.1\r\nHost: a\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}
std::string post_in_chunks(const std::string& body, std::size_t chunk, const std::string& headers = "") {
  std::string out = "POST /rum HTTP/1.1\r\nHost: a\r\n" + headers + "Transfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < body.size(); at += chunk) {
    const std::string piece = body.substr(at, chunk);
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
    out += size + piece + "\r\n";
  }
  return out + "0\r\n\r\n";
}

// Of many kinds, and what is answered to all of them.
struct Traffic {
  std::string bytes;
  std::string statuses;
  Strings taken;
};
Traffic traffic() {
  const std::string body = R"({"v":1,"sid":"s","type":"action","page":"/","name":"cart"})";
  const std::string origin = "Origin: https://shop.example\r\n";
  Traffic all;
  const auto add = [&all](const std::string& request, const std::string& status, const std::string& taken = "") {
    all.bytes += request;
    all.statuses += (all.statuses.empty() ? "" : " ") + status;
    if (!taken.empty()) all.taken.push_back(taken);
  };
  const std::string taken = "POST /rum body=" + body;
  add(post(body, origin), "204", taken);
  add(post_in_chunks(body, 5, origin), "204", taken);
  add("GET /rum?v=1&n=%20 HTTP/1.1\r\nHost: a\r\n\r\n", "204", "GET /rum?v=1&n=%20 body=");
  add("\r\n" + post(gzip(body), "Content-Encoding: gzip\r\n"), "204", taken);
  add(post_in_chunks(gzip(body), 3, "Content-Encoding: gzip\r\n"), "204", taken);
  add("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", "404");
  add("OPTIONS /rum HTTP/1.1\r\nHost: a\r\n" + origin +
          "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n\r\n",
      "204");
  add("PUT /rum HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nGET / HTT", "405");
  add(post(gzip(std::string(100'000, 'x')), "Content-Encoding: gzip\r\n"), "413",
      "POST /rum body= error=decompression_bound");
  add(post("xx", "Content-Encoding: zstd\r\n"), "204", "POST /rum body= error=bad_encoding");
  add("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", "200");
  add(post(body, "Expect: 100-continue\r\n"), "204", taken);
  add(post(body, "Connection: close\r\n"), "204", taken);
  return all;
}

void expect_all(const Harness& harness, const Traffic& traffic) {
  ASSERT_EQ(statuses(harness.out()), traffic.statuses);
  ASSERT_EQ(harness.sink.taken, traffic.taken);
  ASSERT_TRUE(const_cast<Harness&>(harness).stack().closed);
}

TEST(Pieces, ManyRequestsAtOnceAreAnsweredInTheirOrder) {
  Harness harness;
  harness.open();
  harness.send(traffic().bytes);
  expect_all(harness, traffic());
}

TEST(Pieces, TheCutsBetweenPiecesChangeNothing) {
  const Traffic all = traffic();
  Harness harness;
  for (std::size_t piece = 1; piece < 40; ++piece) {
    harness.sink.taken.clear();
    harness.open();
    harness.send_in_pieces(all.bytes, piece);
    expect_all(harness, all);
    harness.close();
  }
  for (std::size_t cut = 0; cut < all.bytes.size(); ++cut) {
    harness.sink.taken.clear();
    harness.open();
    harness.send(std::string_view(all.bytes).substr(0, cut));
    harness.send(std::string_view(all.bytes).substr(cut));
    ASSERT_NO_FATAL_FAILURE(expect_all(harness, all)) << cut;
    harness.close();
  }
  EXPECT_EQ(harness.server().free_blocks(), test::small_config().pool_blocks);
}

TEST(Pieces, WithoutRoomForAnAnswerNothingIsTakenAndNothingLost) {
  const Traffic all = traffic();
  std::mt19937_64 random(3);
  for (std::size_t room = 1; room < 4; ++room) {
    Harness harness;
    for (int round = 0; round < 200; ++round) {
      harness.sink.taken.clear();
      harness.open();
      harness.stack().room = room;
      for (std::size_t at = 0; at < all.bytes.size();) {
        const std::size_t piece = 1 + random() % 600;
        harness.send(std::string_view(all.bytes).substr(at, piece));
        at += piece;
        if (random() % 3 == 0) harness.acknowledge();
      }
      for (int i = 0; i < 40; ++i) harness.acknowledge();
      ASSERT_NO_FATAL_FAILURE(expect_all(harness, all));
      EXPECT_EQ(harness.unread(), 0u);
      harness.close();
    }
  }
}

TEST(Pieces, ManyConnectionsAtOnceDoNotMix) {
  const Traffic all = traffic();
  responder::ReplyTable table;
  Counters counters;
  test::RecordingSink sink;
  HttpServer<test::RecordingSink> server(test::small_config(), {}, table, counters, sink);
  server.set_time(Instant{kSecond});
  struct Peer {
    std::unique_ptr<test::FakeStack> stack;
    std::size_t sent = 0;
  };
  std::vector<Peer> peers(8);
  for (std::size_t c = 0; c < peers.size(); ++c) {
    peers[c].stack = std::make_unique<test::FakeStack>(table);
    server.on_open(*peers[c].stack, static_cast<ConnectionIndex>(c), Flow{});
  }
  std::mt19937_64 random(11);
  for (bool going = true; going;) {
    going = false;
    for (std::size_t c = 0; c < peers.size(); ++c) {
      Peer& peer = peers[c];
      const std::string piece = all.bytes.substr(peer.sent, 1 + random() % 90);
      if (piece.empty()) continue;
      going = true;
      peer.sent += piece.size();
      EXPECT_EQ(server.on_data(*peer.stack, static_cast<ConnectionIndex>(c), bytes(piece)), piece.size());
    }
  }
  for (const Peer& peer : peers) EXPECT_EQ(statuses(peer.stack->out), all.statuses);
  EXPECT_EQ(sink.taken.size(), peers.size() * all.taken.size());
}

}  // namespace
}  // namespace bellrock::server
