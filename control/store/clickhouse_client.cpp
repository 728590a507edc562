#include "control/store/clickhouse_client.h"

#include <algorithm>
#include <chrono>
#include <thread>

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
  if (says("Code: 60,")) line += " (it is being read anew from the disk, which failed, or it is gone)";
  if (says("Code: 76,") && says(".sql.tmp") && says("errno: 17")) {
    line += " (its disk was full when it was to write this file: start the server again, or delete the file)";
  }
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
  constexpr int kTries = 5;
  constexpr std::chrono::milliseconds kMoment{50};
  for (int tried = 1;; ++tried) {
    try {
      return RowReader(send("", query + " FORMAT RowBinary", true, options_.timeout));
    } catch (const SqlError& error) {
      const bool no_table = std::string_view(error.what()).find("Code: 60,") != std::string_view::npos;
      if (!no_table || tried == kTries) throw;
    }
    std::this_thread::sleep_for(kMoment);
  }
}

void ClickHouseClient::run_at(std::size_t server, const std::string& statement, bool inside) const {
  (void)send_to(server, target(inside), statement, options_.timeout);
}

RowReader ClickHouseClient::select_at(std::size_t server, const std::string& query, bool inside,
                                      std::chrono::milliseconds at_most) const {
  return RowReader(send_to(server, target(inside), query + " FORMAT RowBinary", std::min(options_.timeout, at_most)));
}

std::string ClickHouseClient::target(bool inside) const {
  std::string target = kSettings;
  // Equal rows are not the same rows: what was written twice is told by what it says.
  if (options_.shard != 0) target += "&insert_deduplicate=0";
  if (inside) target += "&database=" + escaped(options_.database);
  return target;
}

std::string ClickHouseClient::send_to(std::size_t server, const std::string& target, std::string_view body,
                                      std::chrono::milliseconds timeout) const {
  net::HttpOptions http;
  http.timeout = timeout;
  http.reply_bytes_max = kReplyBytesMax;
  http.headers = {{"X-ClickHouse-User", options_.user}};
  if (!options_.password.empty()) http.headers.emplace_back("X-ClickHouse-Key", options_.password);
  const std::string& url = options_.urls[server];
  auto reply = net::http_post(url + target, "application/octet-stream", body, http);
  if (reply.ok() && reply->status == 200) return std::move(reply->body);
  if (reply.ok()) throw SqlError("ClickHouse at " + url + ": " + refusal(reply->body));
  const auto& error = reply.error();
  const std::string why = "ClickHouse at " + url + ": " + error.message.substr(error.message.rfind(": ") + 2) +
                          " (is the server running, and `url` its HTTP port?)";
  // Whoever was reached may have done it: only who was not is followed by another.
  if (error.kind == net::NetErrorKind::kConnect || error.kind == net::NetErrorKind::kResolve) throw NotReached(why);
  throw SqlError(why);
}

std::string ClickHouseClient::send(std::string_view parameters, std::string_view body, bool inside,
                                   std::chrono::milliseconds timeout) const {
  const std::string to = target(inside) + std::string(parameters);
  for (std::size_t tried = 1;; ++tried) {
    const std::size_t server = server_ % options_.urls.size();
    try {
      return send_to(server, to, body, timeout);
    } catch (const NotReached&) {
      if (tried == options_.urls.size()) throw;
      take_another(server);
    }
  }
}

std::string literal(std::string_view text) { return "unhex(" + hex_text(text) + ")"; }

std::string hex_text(std::string_view text) {
  std::string to = "'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    (to += kHex[byte >> 4]) += kHex[byte & 15];
  }
  return to + "'";
}

}  // namespace bellrock::store
