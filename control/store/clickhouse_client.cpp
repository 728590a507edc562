#include "control/store/clickhouse_client.h"

#include <chrono>

#include "control/net/http_client.h"

namespace bellrock::store {
namespace {

constexpr int kLonger = 10;  // adding up an hour of a large fleet
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

// What the server said, in one line without control characters, and what there is to do about it.
std::string refusal(const std::string& text) {
  std::string line = text.substr(0, std::min(text.find('\n'), kErrorShownMax));
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  const auto says = [&](const char* code) { return line.find(code) != std::string::npos; };
  if (says("Code: 192,") || says("Code: 193,") || says("Code: 194,")) line += " (see `user` and `password_file`)";
  if (says("Code: 243,") || says("Code: 252,")) line += " (its disk is full, or it cannot keep up with merging)";
  if (says("Code: 164,") || says("Code: 242,")) line += " (give `user` the right to write)";
  return line;
}

}  // namespace

void ClickHouseClient::insert(std::string_view table, const RowWriter& rows) const {
  if (rows.empty()) return;
  (void)send("&query=" + escaped("INSERT INTO " + std::string(table) + " FORMAT RowBinary"), rows.rows(), true,
             options_.timeout);
}

void ClickHouseClient::run(const std::string& statement) const {
  (void)send("", statement, true, kLonger * options_.timeout);
}
void ClickHouseClient::run_outside(const std::string& statement) const {
  (void)send("", statement, false, options_.timeout);
}
RowReader ClickHouseClient::select(const std::string& query) const {
  return RowReader(send("", query + " FORMAT RowBinary", true, options_.timeout));
}

std::string ClickHouseClient::send(std::string_view parameters, std::string_view body, bool inside,
                                   std::chrono::milliseconds timeout) const {
  net::HttpOptions http;
  http.timeout = timeout;
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
    if (reply.ok()) throw SqlError("ClickHouse at " + options_.urls[server] + ": " + refusal(reply->body));
    why = "ClickHouse at " + options_.urls[server] + ": " +
          std::string(reply.error().message, reply.error().message.rfind(": ") + 2) +
          " (is the server running, and `url` its HTTP port?)";
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
