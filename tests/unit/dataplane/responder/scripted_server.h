// A server that does what a script tells it, checks that every byte it gets is the next one of its stream, and
// remembers what it answered, so that what is sent can be checked byte by byte.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "dataplane/responder/server.h"
#include "dataplane/responder/stack.h"

namespace bellrock::responder::test {

// The byte of a peer's stream at an offset.
inline std::uint8_t stream_byte(std::uint64_t offset) {
  return static_cast<std::uint8_t>(offset * 0x9e3779b97f4a7c15ULL >> 53);
}

class ScriptedServer {
 public:
  // What it does; set by the script.
  ReplyId reply = kNoReply;  // for each on_data that takes something
  ReplyId half_close_reply = kNoReply;
  bool close_after_reply = false;
  bool close_on_half_close = true;
  bool close_on_data = false;
  bool abort_on_data = false;
  std::size_t take_max = SIZE_MAX;  // of each on_data
  bool answers_are_room = false;    // takes nothing while it could not answer

  struct Seen {
    Flow flow;
    std::uint64_t bytes = 0;
    std::string sent;  // the bytes of all replies, in order
    bool half_closed = false;
    bool closed = false;
    unsigned deadlines = 0;
    CloseReason reason{};
  };
  std::deque<Seen> connections;  // in the order of their opening
  std::map<ConnectionIndex, std::size_t> open;
  std::vector<std::string> problems;
  const ReplyTable* replies = nullptr;
  std::map<std::uint16_t, std::size_t> by_port;  // the newest connection of a peer's port

  void on_open(Stack&, ConnectionIndex c, const Flow& flow) {
    if (open.contains(c)) problems.emplace_back("an index was opened twice");
    open[c] = connections.size();
    by_port[flow.source.port] = connections.size();
    connections.emplace_back().flow = flow;
  }
  std::size_t on_data(Stack& stack, ConnectionIndex c, Bytes bytes) {
    Seen& seen = known(c);
    if (bytes.empty()) problems.emplace_back("on_data without bytes");
    if (seen.half_closed) problems.emplace_back("bytes behind the half-close");
    if (answers_are_room && !stack.can_respond(c)) return 0;
    const std::size_t taken = std::min(bytes.size(), take_max);
    for (std::size_t i = 0; i < taken; ++i) {
      if (bytes[i] != stream_byte(seen.bytes + i)) {
        problems.push_back("wrong byte at " + std::to_string(seen.bytes + i));
        break;
      }
    }
    seen.bytes += taken;
    if (taken > 0 && reply != kNoReply) respond(stack, c, reply, close_after_reply);
    if (close_on_data) stack.close(c);
    if (abort_on_data) stack.abort(c);
    return taken;
  }
  void on_half_close(Stack& stack, ConnectionIndex c) {
    known(c).half_closed = true;
    if (half_close_reply != kNoReply) respond(stack, c, half_close_reply, false);
    if (close_on_half_close) stack.close(c);
  }
  void on_deadline(Stack& stack, ConnectionIndex c) {
    ++known(c).deadlines;
    stack.close(c);
  }
  void on_closed(ConnectionIndex c, CloseReason reason) {
    known(c).closed = true;
    known(c).reason = reason;
    open.erase(c);
  }

  bool respond(Stack& stack, ConnectionIndex c, ReplyId id, bool close) {
    const bool room = stack.can_respond(c);
    const bool queued = stack.respond(c, id, close ? After::kClose : After::kKeep);
    if (room && !queued) problems.emplace_back("can_respond was wrong");
    if (queued) known(c).sent += std::string(text(replies->bytes(id)));
    return queued;
  }

 private:
  Seen& known(ConnectionIndex c) {
    if (open.contains(c)) return connections[open[c]];
    problems.emplace_back("a callback for a connection that is not open");
    static Seen nobody;
    return nobody;
  }
};

}  // namespace bellrock::responder::test
