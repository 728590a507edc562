#include "control/proto/wire_scan.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "bellrock/v1/frame.pb.h"
#include "control/proto/storyboard_codec.h"

namespace bellrock::proto {
namespace {

using google::protobuf::internal::WireFormatLite;
using Stream = google::protobuf::io::CodedInputStream;

// Calls on_message(field number, its bytes) for every length-delimited field. False: not a message.
template <typename OnMessage>
bool each_field(Bytes message, OnMessage&& on_message, std::size_t& fields) {
  Stream stream(message.data(), static_cast<int>(message.size()));
  while (const std::uint32_t tag = stream.ReadTag()) {
    ++fields;
    if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!WireFormatLite::SkipField(&stream, tag)) return false;
      continue;
    }
    std::uint32_t size = 0;
    if (!stream.ReadVarint32(&size)) return false;
    const auto at = static_cast<std::size_t>(stream.CurrentPosition());
    if (size > message.size() - at) return false;
    on_message(WireFormatLite::GetTagFieldNumber(tag), message.subspan(at, size));
    if (!stream.Skip(static_cast<int>(size))) return false;
  }
  return stream.ConsumedEntireMessage();
}

}  // namespace

Status<FrameError> scan(Bytes message) {
  std::size_t fields = 0, strings = 0, windows = 0, series = 0, lost = 0, levels = 0, stories = 0;
  bool ok = true;
  const auto in_window = [&](int field, Bytes) { series += field == v1::Window::kSeriesFieldNumber; };
  const auto in_frame = [&](int field, Bytes inner) {
    switch (field) {
      case v1::DeltaFrame::kStringsFieldNumber:
        ++strings;
        break;
      case v1::DeltaFrame::kStoryboardsFieldNumber:
        ++stories;
        break;
      case v1::DeltaFrame::kLostFieldNumber:
        ++lost;
        break;
      case v1::DeltaFrame::kOpenFieldNumber:
      case v1::DeltaFrame::kBoardLostFieldNumber:
      case v1::DeltaFrame::kCountersFieldNumber:
        ++levels;
        break;
      case v1::DeltaFrame::kWindowsFieldNumber:
        ++windows;
        ok = ok && each_field(inner, in_window, fields);
        break;
      default:
        break;
    }
  };
  if (!each_field(message, in_frame, fields) || !ok) return Failure{FrameError::kNotProtobuf};
  // Unknown fields are kept by the parser, each in a node of its own.
  const bool fits = strings <= kStringsMax && windows <= kWindowsMax && series <= kSeriesMax &&
                    lost <= kLostRangesMax && levels <= 3 * kLevelsMax && stories <= kStoryboardsMax &&
                    fields <= strings + windows + series + lost + levels + stories + 65'536;
  return fits ? Status<FrameError>(Done{}) : Failure{FrameError::kTooMany};
}

}  // namespace bellrock::proto
