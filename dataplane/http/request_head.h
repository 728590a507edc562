// Parses request heads: validates every byte, keeps views of the headers somebody wants, decides how the body is
// framed. Stricter than servers are (README.md): where two parsers could disagree, this one refuses.
// One per core, its memory inside; what `parse` hands out points into the given bytes and into the parser.
#pragma once

#include <span>
#include <string>

#include "dataplane/base/bytes.h"
#include "dataplane/flow/message.h"
#include "dataplane/http/head_lines.h"
#include "dataplane/http/header_blocks.h"
#include "dataplane/http/header_table.h"
#include "dataplane/http/scan.h"

namespace bellrock::http {

struct RequestHead {
  HttpRequest message;  // method, target and headers; the body and the times are the caller's
  Framing framing;
  bool expects = false;        // 100-continue: an interim response is likely
  bool http_1_0 = false;       // known once the first line is, also when the rest is wrong
  std::uint64_t repeated = 0;  // of message.headers: bit i, value i is the first of several
};

// Which bytes a target may have. Whoever listens takes what servers that are listened to take; whoever serves holds to
// RFC 3986 where it is no browser that breaks it, and wants a Host that is one (authority.h).
enum class Targets : std::uint8_t { kAsServersTake, kAscii };

class RequestParser {
 public:
  RequestParser(const ScanKernel& kernel, std::span<const std::string> extra_headers,
                Targets targets = Targets::kAsServersTake);

  // A head at the beginning of `bytes`; more bytes may follow it. stopped: the bytes end where an incremental scan
  // stopped (head_progress.h), so the head is complete or wrong, never partial.
  HeadResult parse(Bytes bytes, RequestHead& out, bool stopped = false);
  // The first line alone, without its CRLF: kNoError, or what `parse` would say once the head is complete.
  HttpError check_first_line(Bytes line);

 private:
  HttpError parse_first_line(Bytes line, HttpRequest& out);
  HttpError parse_target(std::string_view target, std::size_t path_bytes, HttpRequest& out);
  HttpError parse_absolute(std::string_view target, HttpRequest& out);
  HttpError parse_headers(Bytes head, RequestHead& out);
  void begin_values(RequestHead& out);
  void complete_values(RequestHead& out);
  // The bytes of a head whose header block is known; 0: it is not, and nothing is decided.
  std::size_t parse_known(Bytes bytes, RequestHead& out);
  void keep(Bytes block, const RequestHead& out);
  // A part of the head in hand.
  [[nodiscard]] bool is_host(std::string_view value) const {
    const std::uint8_t* const begin = bytes(value).data();
    return kernel_.is_host(begin, value.size(), static_cast<std::size_t>(readable_end_ - begin));
  }

  const ScanKernel& kernel_;
  const bool ascii_;  // Targets::kAscii
  HeaderTable table_;
  std::size_t value_count_;
  const std::uint8_t* readable_end_ = nullptr;  // of the bytes in hand
  bool http_1_0_ = false;
  bool has_host_ = false;
  std::string_view authority_;  // of an absolute-form target
  std::string_view length_;     // Content-Length's value
  HeaderValues values_{};
  LineIndex lines_;
  HeaderBlocks blocks_;
};

}  // namespace bellrock::http
