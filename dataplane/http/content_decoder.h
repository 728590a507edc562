// Removes content codings (gzip, deflate, br) from a body that is wholly there. What comes out is bounded twice: by the
// size of a body and by the ratio to what came in. One per core; its memory is taken at construction.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "dataplane/base/bytes.h"
#include "dataplane/base/counters.h"
#include "dataplane/base/limits.h"

namespace bellrock::http {

// Codings on one body. Two are seen where a proxy compresses again; more is a bomb.
inline constexpr std::size_t kContentCodingsMax = 2;

class ContentDecoder {
 public:
  explicit ContentDecoder(std::size_t body_bytes_max);
  ~ContentDecoder();
  ContentDecoder(const ContentDecoder&) = delete;
  ContentDecoder& operator=(const ContentDecoder&) = delete;

  struct Decoded {
    BeaconReject error = BeaconReject::kCount;  // kBadEncoding, kBombBody, kTooLarge; kCount: none
    Bytes body;
  };
  // `codings` is the Content-Encoding value. Without a coding `body` is handed back. Valid until the next call.
  Decoded decode(std::string_view codings, Bytes body);

 private:
  struct Codecs;
  std::size_t body_bytes_max_;
  std::unique_ptr<Codecs> codecs_;
};

}  // namespace bellrock::http
