// One request and what is known of its response, from the request's head until its transaction is handed out; and the
// queue of them that a connection has (pipelining: responses come in the order of the requests, RFC 9112 9.3.2).
#pragma once

#include <cstdint>

#include "dataplane/base/check.h"
#include "dataplane/base/huge_array.h"
#include "dataplane/flow/message.h"

namespace bellrock::http {

inline constexpr std::uint32_t kNoExchange = UINT32_MAX;

struct Exchange {
  RequestTag tag;
  Transaction transaction;
  std::uint32_t next = kNoExchange;
  Method method = Method::kOther;
  bool request_open = true;    // on_request has not been called: its last byte is still to come
  bool response_head = false;  // of the final response, seen
  bool response_done = false;  // while the request is open
  bool response_told = false;  // on_response has been called
  bool overtaken = false;      // made by its response, while the request's head is incomplete
  bool after_hole = false;     // requests that were not captured may precede it
  std::uint8_t hole_owed = 0;  // responses to them that have not been seen, as far as is known
  bool expects = false;        // an interim response is likely
};

// Exchanges of a connection, oldest first.
struct ExchangeQueue {
  std::uint32_t front = kNoExchange;
  std::uint32_t back = kNoExchange;
  std::uint8_t count = 0;
  bool own_taken = false;  // the connection's own exchange is in the queue
};

// Every connection has one exchange of its own; those that pipeline take more from a shared pool. Fixed memory.
class ExchangePool {
 public:
  ExchangePool(std::uint32_t connections, std::uint32_t shared);

  Exchange& operator[](std::uint32_t index) { return exchanges_[index]; }

  void prefetch_own(std::uint32_t connection) const { __builtin_prefetch(&exchanges_[connection], 1); }
  // A fresh exchange at the back, or nullptr: kPipelineMax wait already, or the pool is empty.
  Exchange* push(std::uint32_t connection, ExchangeQueue& queue);
  void pop(std::uint32_t connection, ExchangeQueue& queue);

  [[nodiscard]] std::size_t bytes() const { return std::size_t{count_} * sizeof(Exchange); }

 private:
  std::uint32_t count_;
  HugeArray<Exchange> exchanges_;
  std::uint32_t free_;
};

}  // namespace bellrock::http
