// Runs one scripted conversation (tests/conversations/README.md describes the language): segments in, segments and
// counters out, in virtual time. Every frame that comes out has its headers, checksums, addresses, tags and payload
// checked, whether the script asks or not; a frame that the script does not name is an error.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "dataplane/responder/responder.h"
#include "tests/unit/dataplane/responder/frames.h"
#include "tests/unit/dataplane/responder/scripted_server.h"

namespace bellrock::responder::test {

// One statement: its words, and those of the form key=value.
class Words {
 public:
  explicit Words(const std::string& line);
  [[nodiscard]] const std::string& at(std::size_t i) const;
  [[nodiscard]] std::size_t size() const { return plain_.size(); }
  [[nodiscard]] bool has(const std::string& word);  // a plain word or a key; either is then used
  [[nodiscard]] std::optional<std::string> text(const std::string& key);
  [[nodiscard]] std::optional<std::int64_t> number(const std::string& key);
  // Keys that no one asked for, or "".
  [[nodiscard]] std::string unused() const;
  Words behind(std::size_t count) const;  // without the first plain words

 private:
  Words() = default;
  std::vector<std::string> plain_;
  std::map<std::string, std::string> keyed_;
  std::map<std::string, bool> used_;
};

struct Peer {
  TcpFrame path;  // MACs, tags, addresses, ports
  std::uint32_t isn = 0;
  std::optional<std::uint32_t> our_isn;
  std::uint32_t our_next = 0;  // relative: one behind the last that came
  bool timestamps = false;
  std::uint32_t ts_seen = 0;  // the last of ours
  std::uint16_t window = 0xffff;
};

class Script {
 public:
  explicit Script(std::string path) : path_(std::move(path)) {}
  // "" or what went wrong, with its line.
  std::string run();

 private:
  using Problem = std::optional<std::string>;

  Problem step(const std::string& line);
  Problem set(const Words& words);
  Problem serve(Words words);
  Problem act(Words words);
  Problem open(Words words);
  Problem in(Words words);
  Problem out(Words words);
  Problem expect(const Words& words);
  Problem flood(std::size_t count);
  Problem at_end();

  void start();
  void begin_action();
  void deliver(const Octets& frame, std::uint32_t wire_bytes = 0);
  void collect();
  Peer& peer();
  std::optional<ConnectionIndex> connection();
  ScriptedServer::Seen* seen();
  [[nodiscard]] std::uint32_t clock() const;  // the peers' timestamps
  [[nodiscard]] std::uint64_t counter(const std::string& name, Problem& problem) const;

  // script_frames.cpp
  Octets segment(Words& words, Peer& from);
  Octets special(Words& words, Peer& from);
  void spoil(Words& words, Octets& frame, const Peer& from) const;
  Problem check_frame(Words& words, const Octets& bytes);
  Problem check_segment(Words& words, const Read& got);
  Problem check_special(Words& words, const Read& got);
  Problem check_payload(const Read& got);

  std::string path_;
  Config config_;
  std::vector<Address> addresses_;
  std::vector<std::uint16_t> ports_{80};
  std::vector<std::pair<std::uint16_t, std::uint16_t>> tags_;
  bool ipv6_ = false;
  std::uint32_t isn_ = 1'000;
  std::size_t buffers_max_ = kOutFramesMax;
  unsigned current_ = 1;
  std::map<unsigned, Peer> peers_;
  std::map<std::string, std::string> reply_bytes_;
  std::map<std::string, ReplyId> reply_ids_;

  Instant begin_{1'000 * kSecond};
  Instant now_ = begin_;
  ReplyTable replies_;
  Outbox outbox_;
  Counters counters_;
  ScriptedServer server_;
  std::unique_ptr<Responder<ScriptedServer>> responder_;
  std::vector<std::vector<std::uint8_t>> buffers_;
  std::deque<Octets> came_out_;
  std::uint64_t frames_out_ = 0;
  std::optional<FrameVerdict> verdict_;
};

}  // namespace bellrock::responder::test
