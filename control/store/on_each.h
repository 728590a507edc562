// The same of several things, at once: what takes its time is on other machines.
#pragma once

#include <cstddef>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace bellrock::store {

template <typename Body>
auto one_by_one(std::size_t count, const Body& body) {
  std::vector<decltype(body(std::size_t{0}))> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(body(i));
  return values;
}

// body(0), body(1) … body(count - 1), which throw nothing; the first on this thread.
template <typename Body>
auto on_each(std::size_t count, const Body& body) {
  std::vector<std::optional<decltype(body(std::size_t{0}))>> made(count);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < count; ++i) threads.emplace_back([&, i] { made[i].emplace(body(i)); });
    if (count != 0) made[0].emplace(body(0));
  }
  return one_by_one(count, [&](std::size_t i) { return std::move(*made[i]); });
}

}  // namespace bellrock::store
