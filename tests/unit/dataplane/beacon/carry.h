// Requests for the beacon reader's tests: the last byte of a body or query lies before an unreadable page.
#pragma once

#include <sys/mman.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/beacon/reader.h"

namespace bellrock::beacon {

class GuardedText {
 public:
  explicit GuardedText(std::string_view text) {
    constexpr std::size_t kPage = 4096;
    const std::size_t used = text.size();
    mapped_ = (used + kPage - 1) / kPage * kPage + kPage;
    map_ = static_cast<char*>(mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    CHECK(map_ != MAP_FAILED);
    CHECK(mprotect(map_ + mapped_ - kPage, kPage, PROT_NONE) == 0);
    char* at = map_ + mapped_ - kPage - used;
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    text_ = {at, text.size()};
  }
  ~GuardedText() { munmap(map_, mapped_); }
  GuardedText(const GuardedText&) = delete;
  GuardedText& operator=(const GuardedText&) = delete;
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  char* map_;
  std::size_t mapped_;
  std::string_view text_;
};

// What one request's beacons came to. Strings are copied, so that they outlive the reader's.
struct Seen {
  BeaconReject reject = BeaconReject::kCount;
  Beacon beacon;
};

inline HttpRequest request_of(std::string_view body, std::string_view query, const HeaderValues& headers) {
  HttpRequest request;
  request.method = body.empty() ? Method::kGet : Method::kPost;
  request.query = query;
  request.body = bytes(body);
  request.headers = &headers;
  return request;
}

// Calls `each(step verdict, beacon)` for every beacon of the request.
template <typename Each>
void read_each(Reader& reader, const HttpRequest& request, Each&& each) {
  reader.start(request);
  for (auto step = reader.next(); step != Reader::Step::kEnd; step = reader.next()) {
    each(step == Reader::Step::kBeacon ? BeaconReject::kCount : reader.reject(), reader.beacon());
  }
  CHECK(reader.next() == Reader::Step::kEnd);
}

inline std::vector<BeaconReject> verdicts(Reader& reader, std::string_view body, std::string_view content_type = "") {
  const GuardedText text(body);
  HeaderValues headers{};
  if (!content_type.empty()) headers[static_cast<std::size_t>(Header::kContentType)] = content_type;
  std::vector<BeaconReject> all;
  read_each(reader, request_of(text.text(), {}, headers), [&](BeaconReject r, const Beacon&) { all.push_back(r); });
  return all;
}

inline std::vector<BeaconReject> query_verdicts(Reader& reader, std::string_view query) {
  const GuardedText text(query);
  const HeaderValues headers{};
  std::vector<BeaconReject> all;
  read_each(reader, request_of({}, text.text(), headers), [&](BeaconReject r, const Beacon&) { all.push_back(r); });
  return all;
}

}  // namespace bellrock::beacon
