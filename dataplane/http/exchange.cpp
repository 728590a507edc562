#include "dataplane/http/exchange.h"

#include <new>

#include "dataplane/base/limits.h"

namespace bellrock::http {

ExchangePool::ExchangePool(std::uint32_t connections, std::uint32_t shared)
    : count_(connections + shared), exchanges_(count_), free_(shared == 0 ? kNoExchange : connections) {
  for (std::uint32_t i = connections; i < count_; ++i) exchanges_[i].next = i + 1 < count_ ? i + 1 : kNoExchange;
}

Exchange* ExchangePool::push(std::uint32_t connection, ExchangeQueue& queue) {
  if (queue.count == kPipelineMax) return nullptr;
  std::uint32_t index = connection;
  if (queue.own_taken) {
    index = free_;
    if (index == kNoExchange) return nullptr;
    free_ = exchanges_[index].next;
  } else {
    queue.own_taken = true;
  }
  new (&exchanges_[index]) Exchange{};
  if (queue.count == 0) {
    queue.front = index;
  } else {
    exchanges_[queue.back].next = index;
  }
  queue.back = index;
  ++queue.count;
  return &exchanges_[index];
}

void ExchangePool::pop(std::uint32_t connection, ExchangeQueue& queue) {
  DCHECK(queue.count > 0);
  const std::uint32_t index = queue.front;
  queue.front = exchanges_[index].next;
  --queue.count;
  if (index == connection) {
    queue.own_taken = false;
  } else {
    exchanges_[index].next = free_;
    free_ = index;
  }
}

}  // namespace bellrock::http
