// What a server is told at construction, with its defaults and their reasons. Read once; one for each core. Texts and
// bytes are borrowed: they stay as they are while the server lives.
#pragma once

#include <cstdint>
#include <string_view>

#include "dataplane/base/bytes.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/siphash.h"
#include "dataplane/base/time.h"

namespace bellrock::server {

// GET of the script that sends native beacons.
struct SnippetConfig {
  std::string_view path = "/bellrock.js";
  Bytes plain;  // empty: there is none
  Bytes gzip;   // the same script compressed; empty: it is never sent compressed
  std::uint32_t max_age_s = 3'600;
};

struct Config {
  std::uint32_t connections = 1u << 16;        // the responder's
  std::size_t body_bytes_max = kBodyBytesMax;  // as sent and as decoded
  std::size_t target_bytes_max = 16 * 1024;    // RFC 9110 4.1 asks for 8,000; pixel beacons of 3 KB are usual
  std::uint32_t pool_blocks = 1u << 15;        // of 1 KiB, for requests that come in pieces: half a block a connection

  Duration head_timeout = 10 * kSecond;            // from a request's first byte to the end of its head
  Duration body_timeout = 20 * kSecond;            // from there to its last byte: 64 KiB at 26 kbit/s
  std::uint32_t requests_per_connection = 10'000;  // then it is closed; 0: no bound

  // Of an IPv4 address or an IPv6 /64. Connections of a source are bounded by the responder's configuration.
  std::uint32_t requests_per_second = 0;  // in the long run; 0: no bound
  std::uint32_t request_burst = 200;      // that many at once
  std::uint32_t sources = 1u << 16;       // that are told apart; rounded up to a power of two

  // Answers that name an origin, rendered once: at most so many at a time (reply_cache.h). Powers of two, at least 8,
  // at most 1,024.
  std::uint32_t cors_answers = 512;
  std::uint32_t cors_preflights = 256;
  std::uint32_t cors_max_age_s = 7'200;  // as long as Chromium keeps one

  std::string_view health_path = "/healthz";
  SnippetConfig snippet;
  SipKey secret;  // of this start: sources and origins choose their places by it
};

}  // namespace bellrock::server
