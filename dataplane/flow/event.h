// What happened to one visitor, by value: from here on nothing points into a packet, and names are ids. Made by
// journey::Matcher on the core that saw the message, consumed by journey::Tracker on the core that owns the session.
#pragma once

#include <array>
#include <type_traits>

#include "dataplane/base/ids.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/time.h"
#include "dataplane/flow/event_extras.h"
#include "dataplane/flow/visitor.h"

namespace bellrock {

enum class Channel : std::uint8_t { kHttpRequest, kHttpResponse, kHttpEnd, kBeacon, kReport };

// Those that carry the keys of their visitor themselves.
constexpr bool carries_keys(Channel channel) {
  return channel == Channel::kHttpRequest || channel == Channel::kBeacon || channel == Channel::kReport;
}
// Those of which the edge's clock says when they came, not when it happened.
constexpr bool comes_afterwards(Channel channel) { return channel == Channel::kBeacon || channel == Channel::kReport; }

struct StepMatch {
  JourneyId journey;
  StepId step;
  bool expected = false;  // not matched: the answer to this request may be the step
};

struct DimensionValue {
  DimensionId dimension;
  std::uint8_t value = 0;  // 1 + index into the closed set
};

struct ClientDuration {
  ClockId clock;
  bool valid = false;  // false: the field was there but negative, not finite or not a number
  Duration duration = 0;
};

// Copied as one block.
struct EventHead {
  Instant time;          // the packet that completed the message: orders events and decides windows
  Instant edge_time;     // where an HTTP step stands: request last byte, or response first byte
  Instant request_time;  // a response's own request (its last byte); 0 otherwise
  std::uint64_t ordinal = 0;
  std::uint32_t index = 0;       // within the packet
  std::uint32_t owner_hash = 0;  // picks the owner core; does not rotate
  SessionKey key;
  SessionKey previous_key;      // under the key of the day before, while that may still be asked for; all zero: none
  std::uint32_t page_view = 0;  // hash of a numbered beacon's page view
  std::uint32_t number = 0;     // of the beacon, within its page view or its session
  TemplateId page;              // of the request, or that a beacon is from where a journey tells its attempts
  std::uint16_t status = 0;     // of an answer
  IdentityId identity;
  Channel channel = Channel::kBeacon;
  bool activity = true;           // keeps a session alive: all but kHttpEnd and kReport do
  bool aborted = false;           // kHttpEnd: the client closed first, else the server never answered
  bool missed = false;            // kHttpEnd: or its answer was not captured
  bool numbered = false;          // a beacon with a number
  bool continued = false;         // more of what the message before this matched: not another message
  Filter filter = Filter::kNone;  // why this visitor begins no attempt
  std::uint8_t match_count = 0, dimension_count = 0, clock_count = 0;
  std::array<StepMatch, kEventMatchesMax> matches{};
  std::array<DimensionValue, kEventDimensionsMax> dimensions{};
  std::array<ClientDuration, kEventClocksMax> clocks{};
};
static_assert(std::is_trivially_copyable_v<EventHead>);

struct Event : EventHead {
  EventExtras extras;
};
static_assert(std::is_trivially_destructible_v<Event>, "rings on the board keep it by value");

}  // namespace bellrock
