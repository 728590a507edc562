// Bodies for the beacon bench: 256 different ones a set, so that neither branches nor caches learn a single document.
// Seeded, the same on every run.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/limits.h"

namespace bellrock::bench {

enum class Order { kDocument, kReversed, kShuffled, kEachShuffled };

struct Body {
  std::string text;
  double dur = 0;
  std::string sid;
};

using Fields = std::vector<std::string>;

inline std::string random_text(std::mt19937_64& random, std::size_t bytes) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-";
  std::string text;
  while (text.size() < bytes) text += kLetters[random() % kLetters.size()];
  return text;
}

inline std::string number_text(double number) {
  char buffer[32];
  const int bytes = std::snprintf(buffer, sizeof buffer, "%.1f", number);
  return {buffer, static_cast<std::size_t>(bytes)};
}

// The 8 fields that a step must have. `bytes` is about what the body will measure.
inline Fields required_fields(std::mt19937_64& random, std::size_t bytes, Body& body) {
  const std::size_t free = bytes > 150 ? bytes - 150 : 0;
  body.sid = random_text(random, std::min<std::size_t>(64, 16 + free / 8));
  body.dur = static_cast<double>(random() % 50'000) / 10;
  const std::size_t name_bytes = std::min<std::size_t>(128, 4 + random() % 8 + free / 4);
  const std::size_t page_bytes = 8 + (free > name_bytes + 64 ? free - name_bytes - 48 : free / 2);
  return {"\"v\":1",
          "\"sid\":\"" + body.sid + "\"",
          "\"ts\":" + std::to_string(1'790'000'000'000 + random() % 1'000'000'000),
          "\"type\":\"step\"",
          "\"page\":\"/" + random_text(random, page_bytes) + "\"",
          "\"name\":\"" + random_text(random, name_bytes) + "\"",
          "\"dur\":" + number_text(body.dur),
          random() % 8 == 0 ? "\"ok\":false" : "\"ok\":true"};
}

// 8 more that snippets send.
inline Fields optional_fields(std::mt19937_64& random) {
  return {"\"n\":" + std::to_string(random() % 40),
          "\"t\":" + number_text(static_cast<double>(random() % 900'000) / 10),
          "\"pv\":\"" + random_text(random, 12) + "\"",
          "\"lcp\":" + number_text(static_cast<double>(random() % 40'000) / 10),
          "\"value\":" + std::to_string(random() % 100'000),
          "\"cur\":\"EUR\"",
          "\"rel\":\"2026.11." + std::to_string(random() % 30) + "\"",
          "\"conn\":\"4g\""};
}

inline std::vector<Body> make_bodies(std::size_t bytes, bool sixteen, Order order) {
  std::mt19937_64 random(7), shuffle(11);
  std::vector<std::size_t> permutation(sixteen ? 16 : 8);
  for (std::size_t i = 0; i < permutation.size(); ++i) permutation[i] = i;
  if (order == Order::kReversed) std::reverse(permutation.begin(), permutation.end());
  if (order == Order::kShuffled) std::shuffle(permutation.begin(), permutation.end(), shuffle);
  std::vector<Body> bodies(256);
  for (Body& body : bodies) {
    Fields fields = required_fields(random, sixteen ? bytes - 150 : bytes, body);
    if (sixteen) {
      const Fields more = optional_fields(random);
      fields.insert(fields.end(), more.begin(), more.end());
    }
    if (order == Order::kEachShuffled) std::shuffle(permutation.begin(), permutation.end(), shuffle);
    for (const std::size_t i : permutation) body.text += (body.text.empty() ? "{" : ",") + fields[i];
    body.text += '}';
  }
  return bodies;
}

}  // namespace bellrock::bench
