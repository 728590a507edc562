#include "dataplane/app/served_requests.h"

#include <algorithm>

namespace bellrock::app {
namespace {

bool holds(Bytes frame, Bytes part) {
  return part.data() >= frame.data() && part.data() + part.size() <= frame.data() + frame.size();
}

}  // namespace

bool ServedRequests::on_request(responder::ConnectionIndex, const HttpRequest& request) {
  if (stays(request)) {
    put_aside(request);
  } else {
    read_waiting();
    read(request);
  }
  return true;
}

// Head and body lie in one frame of the burst: neither was gathered from pieces or decoded. Frames come in their order.
bool ServedRequests::stays(const HttpRequest& request) {
  for (std::size_t i = frame_; i < frames_.size(); ++i) {
    if (!holds(frames_[i].data, bytes(request.target))) continue;
    frame_ = i;
    return request.body.empty() || holds(frames_[i].data, request.body);
  }
  return false;
}

void ServedRequests::put_aside(const HttpRequest& request) {
  if (waiting_count_ == waiting_.size()) read_waiting();
  Waiting& waiting = waiting_[waiting_count_++];
  waiting.request = request;
  std::copy_n(request.headers->begin(), headers_, waiting.headers.begin());
  waiting.request.headers = &waiting.headers;
}

void ServedRequests::read(const HttpRequest& request) {
  RequestTag tag;
  intake_.tag_beacon(request, tag);
  counters_.add_id(counter::path_template(tag.path_template.value));
  intake_.read_beacons(request, tag);
}

void ServedRequests::read_waiting() {
  for (std::size_t i = 0; i < waiting_count_; ++i) read(waiting_[i].request);
  waiting_count_ = 0;
}

}  // namespace bellrock::app
