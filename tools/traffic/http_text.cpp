#include "tools/traffic/http_text.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <vector>

#include "tools/traffic/compress.h"

namespace bellrock::traffic {
namespace {

constexpr std::string_view kWindowsHints =
    "sec-ch-ua: \"Not/A)Brand\";v=\"8\", \"Chromium\";v=\"126\", \"Google Chrome\";v=\"126\"\r\n"
    "sec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: \"Windows\"\r\n";
constexpr std::string_view kMacHints =
    "sec-ch-ua: \"Not/A)Brand\";v=\"8\", \"Chromium\";v=\"126\", \"Google Chrome\";v=\"126\"\r\n"
    "sec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: \"macOS\"\r\n";
constexpr std::string_view kAndroidHints =
    "sec-ch-ua: \"Not/A)Brand\";v=\"8\", \"Chromium\";v=\"126\", \"Google Chrome\";v=\"126\"\r\n"
    "sec-ch-ua-mobile: ?1\r\nsec-ch-ua-platform: \"Android\"\r\n";

constexpr std::array<Browser, 6> kBrowsers{{
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
     kWindowsHints, "desktop"},
    {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
     "Safari/537.36",
     kMacHints, "desktop"},
    {"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
     kAndroidHints, "phone"},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
     "Mobile/15E148 Safari/604.1",
     "", "phone"},
    {"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
     "Mobile/15E148 Safari/604.1",
     "", "tablet"},
    {"Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "", "desktop"},
}};
constexpr std::array<double, 6> kBrowserShares{30, 12, 30, 18, 4, 6};
constexpr std::array<Browser, 2> kRobots{{
    {"Mozilla/5.0 (compatible; PriceCrawler/2.1; +http://crawler.example/bot)", "", "desktop"},
    {"python-requests/2.31.0", "", "desktop"},
}};

std::string_view reason(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 402:
      return "Payment Required";
    case 404:
      return "Not Found";
    case 413:
      return "Content Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    default:
      return "Service Unavailable";
  }
}

// Text of which bodies are cut; what it says does not matter, that it looks like neither head nor zeros does.
constexpr std::size_t kFillerBytes = 256 * 1024;
std::string make_filler() {
  Random random(11);
  std::string filler;
  filler.reserve(kFillerBytes + 64);
  constexpr std::array<std::string_view, 8> kWords{"<div class=\"card\">",     "price", " shoe ", "</div>\n",
                                                   "<a href=\"/product/17\">", "</a>",  " red",   "<p>"};
  while (filler.size() < kFillerBytes) {
    filler += random.pick(kWords);
  }
  return filler;
}
std::string_view filler(std::size_t bytes, Random& random) {
  static const std::string text = make_filler();
  return std::string_view(text).substr(random.below(kFillerBytes / 2), std::min(bytes, kFillerBytes / 2));
}

// Gzip streams of rising length, made once; what cannot be compressed keeps its length.
std::vector<std::string> make_gzipped() {
  Random random(7);
  std::vector<std::string> bodies;
  for (std::size_t bytes = 100; bytes < kFillerBytes / 2; bytes += bytes / 4) {
    std::string noise(bytes, '\0');
    for (char& c : noise) c = static_cast<char>(random.next() & 0xff);
    bodies.push_back(gzip(noise));
  }
  return bodies;
}
std::string_view gzipped(std::size_t bytes) {
  static const std::vector<std::string> bodies = make_gzipped();
  const auto found =
      std::find_if(bodies.begin(), bodies.end(), [&](const std::string& b) { return b.size() >= bytes; });
  return found == bodies.end() ? bodies.back() : *found;
}

void append_fetch_headers(std::string& head, const Ask& ask, bool hints) {
  if (ask.fetch == Fetch::kNavigate) head += "Upgrade-Insecure-Requests: 1\r\n";
  constexpr std::array<std::string_view, 4> kAccepts{
      "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", "*/*",
      "application/json", "*/*"};
  head.append("Accept: ").append(kAccepts[static_cast<std::size_t>(ask.fetch)]).append("\r\n");
  if (!hints) return;
  constexpr std::array<std::string_view, 4> kModes{"navigate", "no-cors", "cors", "no-cors"};
  constexpr std::array<std::string_view, 4> kDestinations{"document", "script", "empty", "empty"};
  head.append("Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: ").append(kModes[static_cast<std::size_t>(ask.fetch)]);
  head.append("\r\nSec-Fetch-Dest: ").append(kDestinations[static_cast<std::size_t>(ask.fetch)]).append("\r\n");
}

std::string http_date(std::int64_t time_us) {
  const std::time_t seconds = time_us / 1'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text.data();
}

}  // namespace

const Browser& pick_browser(Random& random) { return kBrowsers[random.weighted(kBrowserShares)]; }
const Browser& pick_robot(Random& random) { return random.pick(kRobots); }

std::string request_head(const Ask& ask, const Speaker& speaker) {
  std::string head;
  head.reserve(1'024);
  head.append(ask.method).append(" ").append(ask.target).append(ask.http10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
  if (!speaker.host.empty()) head.append("Host: ").append(speaker.host).append("\r\n");
  head += ask.http10 ? "Connection: close\r\n" : "Connection: keep-alive\r\n";
  if (ask.chunked)
    head += "Transfer-Encoding: chunked\r\n";
  else if (!ask.body.empty() || ask.method == "POST")
    head += "Content-Length: " + std::to_string(ask.body.size()) + "\r\n";
  head.append("User-Agent: ").append(speaker.browser->user_agent).append("\r\n");
  head.append(speaker.browser->hints);
  if (!ask.content_type.empty()) head.append("Content-Type: ").append(ask.content_type).append("\r\n");
  append_fetch_headers(head, ask, !speaker.browser->hints.empty());
  if (ask.method == "POST") head.append("Origin: http://").append(speaker.host).append("\r\n");
  if (!speaker.referer.empty())
    head.append("Referer: http://").append(speaker.host).append(speaker.referer).append("\r\n");
  head += "Accept-Encoding: gzip, deflate\r\nAccept-Language: en-GB,en-US;q=0.9,en;q=0.8\r\n";
  if (!speaker.cookie.empty()) head.append("Cookie: ").append(speaker.cookie).append("\r\n");
  if (ask.expect_continue) head += "Expect: 100-continue\r\n";
  return head.append(ask.extra).append("\r\n");
}

std::string framed_body(std::string_view body, bool chunked, Random& random) {
  if (!chunked) return std::string(body);
  std::string framed;
  framed.reserve(body.size() + 128);
  while (!body.empty()) {
    const auto length = std::min<std::size_t>(body.size(), static_cast<std::size_t>(random.between(1, 4'096)));
    std::array<char, 20> size{};
    const bool extension = random.chance(0.02);
    std::snprintf(size.data(), size.size(), random.chance(0.5) ? "%zx" : "%zX", length);
    framed.append(size.data())
        .append(extension ? ";part=1" : "")
        .append("\r\n")
        .append(body.substr(0, length))
        .append("\r\n");
    body.remove_prefix(length);
  }
  framed += random.chance(0.1) ? "0\r\nServer-Timing: db;dur=4\r\n\r\n" : "0\r\n\r\n";
  return framed;
}

std::string response_text(const Answer& answer, std::string_view method, std::int64_t time_us, Random& random,
                          std::uint64_t& content_bytes) {
  const bool bodiless = answer.status == 204 || answer.status == 304;
  std::string text;
  text.reserve(512 + answer.body_bytes + answer.body_bytes / 8);
  text.append(answer.until_close ? "HTTP/1.0 " : "HTTP/1.1 ").append(std::to_string(answer.status)).append(" ");
  text.append(reason(answer.status)).append("\r\nServer: nginx\r\nDate: ").append(http_date(time_us)).append("\r\n");
  const std::string_view body = bodiless      ? ""
                                : answer.gzip ? gzipped(answer.body_bytes)
                                              : filler(answer.body_bytes, random);
  if (!bodiless) {
    text.append("Content-Type: ").append(answer.content_type).append("\r\n");
    if (answer.gzip) text += "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n";
    if (answer.chunked)
      text += "Transfer-Encoding: chunked\r\n";
    else if (!answer.until_close)
      text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  text += answer.close || answer.until_close ? "Connection: close\r\n" : "Connection: keep-alive\r\n";
  text.append(answer.extra).append("\r\n");
  const bool sends_body = !bodiless && method != "HEAD";
  content_bytes = sends_body ? body.size() : 0;
  if (sends_body) text += framed_body(body, answer.chunked, random);
  return text;
}

}  // namespace bellrock::traffic
