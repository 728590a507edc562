// Parses response heads: the status, and how the body is framed as far as the response itself says it (the request's
// method decides too; connections_server.h adds that). Validates every byte as the request parser does, but takes what
// is unambiguous for every reader: repeated equal lengths, and a length beside `chunked`, which RFC 9112 6.3 ignores.
#pragma once

#include "dataplane/base/bytes.h"
#include "dataplane/http/head_lines.h"
#include "dataplane/http/header_table.h"
#include "dataplane/http/scan.h"

namespace bellrock::http {

struct ResponseHead {
  unsigned status = 0;
  Framing framing;
  bool html = false;  // Content-Type: text/html, where the parser reads types; the first of several counts
};

class ResponseParser {
 public:
  explicit ResponseParser(const ScanKernel& kernel, bool types = false);

  // As RequestParser.
  HeadResult parse(Bytes bytes, ResponseHead& out, bool stopped = false);
  static HttpError check_first_line(Bytes line);

 private:
  HttpError parse_headers(Bytes head, ResponseHead& out);

  const ScanKernel& kernel_;
  HeaderTable table_;
  LineIndex lines_;
};

}  // namespace bellrock::http
