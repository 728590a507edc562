// A TCP client that is as simple as it can be and still right: it sends its stream in small segments, keeps only what
// comes in order, and sends again what is not acknowledged in time. It shares no code with the responder.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tests/unit/dataplane/responder/frames.h"

namespace bellrock::responder::test {

struct ClientPlan {
  unsigned number = 0;  // its address and port
  std::string stream;   // what it says
  std::string wanted;   // what it must hear
  std::size_t segment_bytes = 1;
  std::size_t segments_in_flight = 24;
  bool timestamps = false;
  bool sack = false;
  bool closes_first = true;  // otherwise it waits for the server's FIN
};

class ModelClient {
 public:
  using Send = std::function<void(const Octets&)>;
  ModelClient(ClientPlan plan, std::uint32_t isn, Send send);

  void begin(std::int64_t now_ms);
  void on_frame(const TcpFrame& frame, std::int64_t now_ms);
  void on_tick(std::int64_t now_ms);  // often enough

  // It has said and heard everything; it only answers the server's FIN, should that come again.
  [[nodiscard]] bool over() const { return state_ == State::kTimeWait || state_ == State::kDone; }
  // "" or what went against the rules.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] const ClientPlan& plan() const { return plan_; }

 private:
  enum class State { kIdle, kSynSent, kOpen, kTimeWait, kDone };

  void emit(unsigned flags, std::uint32_t offset, std::size_t bytes);
  void send_more();
  void send_again();
  void take(const TcpFrame& frame);
  void finish_if_over();
  // Everything it has to say, in numbers: its bytes, and its FIN when it is due.
  [[nodiscard]] std::uint32_t end() const;

  ClientPlan plan_;
  Send send_;
  TcpFrame path_;
  State state_ = State::kIdle;
  std::uint32_t isn_, peer_isn_ = 0;
  std::uint32_t una_ = 0, next_ = 0;  // offsets in what it says
  std::string heard_;
  bool peer_fin_ = false;
  std::uint32_t ts_recent_ = 0;
  std::int64_t now_ms_ = 0, progress_ms_ = 0;
  unsigned duplicates_ = 0;
  std::string problem_;
};

}  // namespace bellrock::responder::test
