#include "control/store/clickhouse_client.h"

#include <chrono>

#include "control/net/http_client.h"

namespace bellrock::store {
namespace {

constexpr std::chrono::seconds kTimeout{60};
constexpr std::size_t kReplyBytesMax = std::size_t{1} << 30;
constexpr std::size_t kErrorShownMax = 300;
constexpr char kHex[] = "0123456789abcdef";

// The server puts its whole answer together before it sends the head, so that a failure is seen by its status. Lists
// of what is visible make queries long, and a block is never cut.
constexpr const char* kSettings =
    "/?wait_end_of_query=1&buffer_size=1048576&max_query_size=16777216&max_ast_elements=1000000"
    "&max_expanded_ast_elements=4000000&max_insert_block_size=1073741824";

std::string escaped(std::string_view text) {
  std::string to;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    (to += '%') += kHex[byte >> 4];
    to += kHex[byte & 15];
  }
  return to;
}

std::string first_line(const std::string& text) { return text.substr(0, std::min(text.find('\n'), kErrorShownMax)); }

}  // namespace

void ClickHouseClient::insert(std::string_view table, const RowWriter& rows) const {
  if (rows.empty()) return;
  (void)send("&query=" + escaped("INSERT INTO " + std::string(table) + " FORMAT RowBinary"), rows.rows());
}

std::string ClickHouseClient::send(std::string_view parameters, std::string_view body, bool inside) const {
  net::HttpOptions http;
  http.timeout = kTimeout;
  http.reply_bytes_max = kReplyBytesMax;
  http.headers = {{"X-ClickHouse-User", options_.user}};
  if (!options_.password.empty()) http.headers.emplace_back("X-ClickHouse-Key", options_.password);
  std::string target = kSettings;
  if (inside) target += "&database=" + escaped(options_.database);
  target += parameters;
  std::string why;
  for (std::size_t tried = 0; tried < options_.urls.size(); ++tried) {
    const std::size_t server = server_ % options_.urls.size();
    const auto reply = net::http_post(options_.urls[server] + target, "application/octet-stream", body, http);
    if (reply.ok() && reply->status == 200) return reply->body;
    if (reply.ok()) throw SqlError("ClickHouse at " + options_.urls[server] + ": " + first_line(reply->body));
    why = "ClickHouse at " + options_.urls[server] + ": " +
          std::string(reply.error().message, reply.error().message.rfind(": ") + 2);
    // Whoever was reached may have done it: only who was not is followed by another.
    if (reply.error().kind != net::NetErrorKind::kConnect && reply.error().kind != net::NetErrorKind::kResolve) break;
    server_ = server + 1;
  }
  throw SqlError(why);
}

std::string literal(std::string_view text) {
  std::string to = "unhex('";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    (to += kHex[byte >> 4]) += kHex[byte & 15];
  }
  return to + "')";
}

}  // namespace bellrock::store
