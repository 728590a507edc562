// The compiled configuration: what control/config makes from YAML and the dataplane runs. Plain structs and vectors,
// built once at start, read-only afterwards and shared by all workers. Names are kept for export; on the packet path
// everything is an index into these tables. All references have been checked by the compiler (`check` in snapshot.h
// repeats that for a snapshot read from the board). Longer than 400 lines: one table of what can be configured.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/ids.h"
#include "dataplane/base/limits.h"
#include "dataplane/base/time.h"
#include "dataplane/flow/feedback.h"
#include "dataplane/flow/outcome.h"
#include "dataplane/journey/frustration_rules.h"
#include "dataplane/journey/visitor_rules.h"

namespace bellrock::journey {

// The empty literal segment of "/" and of a path with a trailing slash, as a text no segment can have.
inline constexpr std::string_view kEmptySegment = "/";

// A path template: literal segments and {id}, which stands for one non-empty raw segment. A literal beats {id}.
struct PathTemplate {
  std::string text;                   // as written: "/product/{id}"
  std::vector<std::string> segments;  // split at '/'; "" is {id}, kEmptySegment an empty literal
};

// Where an identity's or dimension's value is read from.
enum class SourceKind : std::uint8_t {
  kCookie,       // `name` is the cookie, in header kCookie
  kHeader,       // `header` indexes HeaderValues
  kQuery,        // `name` is the query parameter
  kBeaconField,  // `name` is a field of the beacon: sid, rel, exp, conn, cur, kind, code, name, type
  kBeaconAttr,   // `name` is a key of attrs
  kDevice,       // built in: phone, tablet or desktop, by the visitor rules
  kBrowser,      // built in: one of VisitorRules::browsers
  kAnswerTime,   // from a request's last byte to its answer's first: of a step of the journey. Dimensions only
};
struct Source {
  SourceKind kind = SourceKind::kCookie;
  std::uint8_t header = 0;
  std::string name;
  std::string subfield;  // of a cookie like "a=1&b=2": only this part; empty: the whole value
};

struct Identity {
  std::string name;
  std::vector<Source> keys;      // the first that is present on a message is the visitor's key
  Duration max = 4 * kHour;      // of an attempt
  Duration idle = 30 * kMinute;  // between two visits, where visits count
  Duration reorder_wait = 0;  // events are held this long, so that numbered beacons go back into order; 0: not at all
  bool link = false;          // keys that a message carries together are one visitor's from then on; one core owns all
};

struct Dimension {
  std::string name;
  Source source;
  std::vector<std::string> values;  // the closed set; index + 1 is the value, 0 is __other__
  std::vector<Duration> bounds;     // kAnswerTime: the longest time of each value; ascending
  std::uint8_t top = 0;             // not 0: no closed set, so many of the most frequent values are told apart
};

// What tells the attempts of one visitor apart, such as a cart's number: the first of these that a message carries.
struct Correlate {
  std::vector<Source> from;
};

// A client-side duration: a beacon's `dur` or a numeric attr, in milliseconds.
struct Clock {
  bool is_attr = false;
  std::string attr;
};

enum class Compare : std::uint8_t { kEq, kNe, kGt, kGte, kLt, kLte, kIn, kPresent };
enum class ValueType : std::uint8_t { kString, kNumber, kBool };
struct Literal {
  ValueType type = ValueType::kString;
  std::string text;
  double number = 0;  // kBool: 0 or 1
};
// A condition on a query parameter or beacon attr.
struct Condition {
  std::string name;
  Compare op = Compare::kPresent;
  std::vector<Literal> values;  // one; several for kIn; none for kPresent
};

// A leaf of a match: what one message must be.
enum class LeafKind : std::uint8_t { kHttpRequest, kHttpResponse, kBeacon, kReport };
struct Leaf {
  LeafKind kind = LeafKind::kHttpRequest;
  // HTTP: empty or 0 means any.
  std::string host;
  std::string method;
  TemplateId path_template;
  std::vector<Condition> query;
  // kHttpResponse: bit c set: status class c (1..5) holds; `statuses` are exact codes.
  std::uint8_t status_classes = 0;
  std::vector<std::uint16_t> statuses;
  bool none = false;     // the server never answered
  bool aborted = false;  // the client closed first
  // kBeacon, kReport: empty means any.
  std::string event;  // of a report its type
  TemplateId url_template;
  std::vector<Condition> attrs;
};

// A match is a tree in Definition::nodes; children are contiguous.
enum class NodeOp : std::uint8_t { kLeaf, kAny, kAll, kNot };
struct Node {
  NodeOp op = NodeOp::kLeaf;
  std::uint16_t first = 0;  // kLeaf: index into leaves; else of the first child in nodes
  std::uint16_t count = 0;  // children
};

enum class StepKind : std::uint8_t { kStart, kCommit, kAck, kSuccess, kFailure, kCancel, kObserve };
enum class FailureClass : std::uint8_t { kUser, kBusiness, kSystem };
struct Step {
  std::string name;
  StepKind kind = StepKind::kObserve;
  FailureClass failure_class = FailureClass::kSystem;
  bool optional = false;
  bool repeatable = false;
  Duration within = 0;            // since the previous counted step; 0: no bound
  std::uint16_t root = 0;         // of its match in nodes
  bool on_http_response = false;  // can match only at a response or at a request's end: pairs with its own request
};

enum class Sli : std::uint8_t { kSuccess, kLatency, kConsistency };
enum class FailedRule : std::uint8_t { kBad, kExclude };
enum class SupersededRule : std::uint8_t { kCensor, kBad };
constexpr std::uint16_t outcome_bit(Outcome o) { return static_cast<std::uint16_t>(1u << static_cast<unsigned>(o)); }

struct Objective {
  std::string name;
  Sli sli = Sli::kSuccess;
  std::uint64_t version = 0;  // hash of all that decides its counts
  // kSuccess: which outcomes are bad or excluded; success is good, kUnknown unknown, all others excluded.
  StepId count_from;      // attempts that never reached it are funnel
  std::uint16_t bad = 0;  // outcome_bit masks
  std::uint16_t exclude = 0;
  Duration waited_over =
      0;  // kAbandonedWaiting in `bad`: bad only if the wait was longer, else excluded; 0: always bad
  // kLatency: from -> to, compared with the threshold.
  StepId from, to;
  bool or_equal = false;  // op lte
  Duration threshold = 0;
  FailedRule failed = FailedRule::kBad;
  SupersededRule superseded = SupersededRule::kCensor;  // of those that had not missed the threshold
  bool has_client_clock = false;
  ClockId client_clock;     // an end that is a beacon is measured by this field of the ending beacon
  bool edge_clock = false;  // both ends are HTTP
  // kConsistency: visits with at least so many attempts that count for the latency `of`, all of them good.
  ObjectiveId of;
  std::uint8_t min_attempts = 2;
  // For the centre; target and max_unknown in parts per 10^9, exact for every decimal with up to 9 places.
  std::uint64_t target_e9 = 0;
  std::uint64_t max_unknown_e9 = 0;
  bool has_max_unknown = false;
  bool strict = false;  // met only above the target, not at it
};

// A success that an answer promised and that never showed: `expect` not seen for `within` after the first `after`,
// while every channel that could have carried it was alive.
struct SilentFailure {
  bool watched = false;
  StepId after;   // an ack
  StepId expect;  // a success
  Duration within = 0;
  bool by_http = false;  // what could carry `expect`; at least one
  bool by_beacon = false;
};

// What an attempt is worth in money: a whole number of the currency's minor units, read where `at` counts.
struct MoneyValue {
  std::uint8_t amount = 0;  // 1 + index into Definition::amounts; 0: attempts have no value
  StepId at;
  std::string currency;       // three capital letters, ISO 4217
  std::uint64_t version = 0;  // hash of the above, and of the journey
};

// What a step's latency does to how attempts end, counted by strata (`correlate_with`).
struct Effect {
  static constexpr std::uint8_t kReturning = 0xff;  // a stratum: whether the visitor had an attempt decided before

  std::string name;
  ObjectiveId of;                    // the latency objective that measures it
  std::uint16_t outcomes = 0;        // outcome_bit mask: the effect; for the centre
  bool table = false;                // by the latency of those that were answered; for the centre
  bool hazard = false;               // by how long those that left had waited; for the centre
  std::uint64_t version = 0;         // hash of all that decides its counts
  std::vector<std::uint8_t> strata;  // index into Journey::dimensions, or kReturning
};

// What visitors of a journey may be asked: how many gave which answer, by how their attempts ended.
struct Feedback {
  std::uint8_t questions = 0;  // question_bit mask; 0: answers are not counted
  bool has_latency = false;
  ObjectiveId of;             // the latency objective by whose latency answers are counted too
  std::uint64_t version = 0;  // hash of all that decides its counts
};

// Errors that a success of the same visitor makes good again (tracker_recovery.h).
struct Recovery {
  Duration within = 0;        // of the error; 0: not followed
  std::uint64_t version = 0;  // hash of the above, and of the journey
};

struct Journey {
  std::string name;
  std::string owner;
  std::vector<std::string> labels;  // "key=value"
  IdentityId identity;
  Duration idle = 30 * kMinute;
  bool strict_order = false;
  bool restart_continues = false;  // a start before the commit goes on with the attempt, else it supersedes it
  bool per_session = false;        // success objectives count visits, each as the last of its attempts that counts
  bool synthetic = false;          // of synthetic visitors, and of nobody else
  SilentFailure silent;
  std::uint8_t correlate = 0;  // 1 + index into Definition::correlates; 0: nothing tells attempts apart
  MoneyValue value;
  std::uint64_t version = 0;  // hash of steps and attempt rules
  std::vector<Step> steps;
  std::vector<Objective> objectives;
  std::vector<DimensionId> dimensions;
  std::vector<StepId> marks;    // steps whose time an attempt keeps (objectives' `from`), <= kMarksMax
  bool has_commit = false;      // without one, an ack commits
  std::vector<Effect> effects;  // the latencies that they and `feedback` are of are kept behind the marks, one of each
  Feedback feedback;
  bool distinct_sessions = false;  // how many different visitors began attempts is estimated
  Recovery recovery;
  std::uint8_t stories_kept = 0;  // of each way to fail and window, so many attempts are told step by step
  bool stories_replay = false;    // and where their replays are
};

// Where an attempt keeps the latency of the objective, if an effect or feedback asks for it: an index into
// Attempt::marks.
inline std::optional<std::size_t> kept_latency(const Journey& journey, ObjectiveId objective) {
  std::size_t at = journey.marks.size();
  for (std::size_t i = 0; i < journey.effects.size(); ++i) {
    const ObjectiveId of = journey.effects[i].of;
    if (std::any_of(journey.effects.begin(), journey.effects.begin() + static_cast<std::ptrdiff_t>(i),
                    [of](const Effect& before) { return before.of == of; })) {
      continue;
    }
    if (of == objective) return at;
    ++at;
  }
  if (journey.feedback.has_latency && journey.feedback.of == objective) return at;
  return std::nullopt;
}

struct Site {
  std::string name;
  std::vector<std::string> hosts;         // lower case, no port; empty: every host
  std::vector<std::string> beacon_paths;  // exact paths
};

// Sizes that are fixed when the board is made (edge.yaml).
struct Limits {
  std::uint32_t workers = 1;
  std::uint32_t connections_per_core = 65'536;
  std::uint32_t sessions_per_core = 65'536;
  std::uint32_t attempts_per_core = 65'536;
  std::uint32_t cells_per_core = 8'192;
  std::uint32_t pages_per_bank = 16'384;  // of 256 bytes
  std::uint32_t held_events_per_core = 32'768;
  std::uint32_t click_places_per_core = 8'192;
  std::uint32_t links_per_core = 65'536;
  std::uint32_t trails_per_core = 65'536;
  std::uint32_t seen_pages_per_core = 65'536;
  std::uint32_t body_bytes_max = 64 * 1024;  // of a beacon
  Duration connection_idle = 5 * kMinute;
  bool verify_checksums = false;
  std::vector<std::uint16_t> server_ports;  // empty: any; else only flows with one of these ports are followed
};

// Where packets come from. One of the three.
struct Port {
  std::vector<std::string> eal;       // DPDK EAL arguments, e.g. --vdev=net_af_packet0,iface=eth1
  std::string pcap_file;              // a capture; resumes at the board's committed position
  std::string xdp_interface;          // AF_XDP behind our own steering: this interface's kernel keeps what is not ours
  std::uint16_t xdp_first_queue = 0;  // as many queues as workers from here on
};

// An IP address in network order, IPv4 as ::ffff:a.b.c.d.
struct IpAddress {
  std::uint64_t high = 0, low = 0;
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

constexpr std::array<std::uint8_t, 16> octets_of(const IpAddress& address) {
  std::array<std::uint8_t, 16> octets{};
  for (unsigned i = 0; i < 8; ++i) {
    octets[i] = static_cast<std::uint8_t>(address.high >> (56 - 8 * i));
    octets[8 + i] = static_cast<std::uint8_t>(address.low >> (56 - 8 * i));
  }
  return octets;
}

inline constexpr Duration kServeDeadlineMax = 2 * kMinute;

// Mode terminate: the addresses and ports that are served here, and how. Each default is the library's own
// (responder/config.h, server/config.h), where its reason is.
struct Serve {
  bool on = false;
  std::vector<IpAddress> addresses;
  std::vector<std::uint16_t> ports{80};
  bool owned = true;      // nobody else has the addresses: ARP, neighbour discovery and echo are answered here too
  std::uint16_t mtu = 0;  // 0: the device's
  std::uint32_t connections_per_source = 0;
  std::uint32_t syn_acks_per_second = 0;
  std::uint32_t resets_per_second = 1'000;
  std::uint32_t requests_per_second = 0;  // of one source
  std::uint32_t request_burst = 200;
  std::uint32_t requests_per_connection = 10'000;
  std::uint32_t pool_blocks = 1u << 15;          // of 1 KiB, for requests in pieces
  std::uint32_t out_of_order_bytes = 16u << 20;  // of a core
  Duration idle = 75 * kSecond;
  Duration head_timeout = 10 * kSecond;
  Duration body_timeout = 20 * kSecond;
  Duration reply_timeout = 30 * kSecond;
  std::string health_path = "/healthz";
  std::string snippet_file;  // read by the edge at start; empty: none is served
  std::string snippet_path = "/bellrock.js";
  Duration snippet_max_age = kHour;
};

// Which pages that were answered are heard of by beacons, and where their time went (seen_pages.h).
struct Coverage {
  bool on = false;
  IdentityId identity;  // by whose keys pages and beacons are one visitor's
  Duration within = 5 * kMinute;
  bool has_place = false;
  DimensionId place;  // a closed set
  bool split = false;
};

// A request of a page's scripts whose time is split as well, and the event of the beacons that tell of it.
struct CoverageCall {
  TemplateId path;
  std::string event;
};

// Where clicks are on their pages, as counts of a grid (click_map.h).
struct ClickGrid {
  bool on = false;
  std::uint32_t suppress_below = 5;  // a place with fewer clicks in a period stays on the box
  Duration every = kHour;            // a period: whole windows
};

struct Definition {
  std::vector<Site> sites;
  std::vector<PathTemplate> templates;  // [0] is unused: TemplateId 0 means none
  std::vector<std::string> headers;     // configured interests, lower case; HeaderValues index = kCount + i
  std::vector<Identity> identities;
  std::vector<Dimension> dimensions;
  std::vector<Correlate> correlates;
  std::vector<Source> amounts;
  std::vector<Clock> clocks;
  std::vector<Leaf> leaves;
  std::vector<Node> nodes;
  std::vector<Journey> journeys;
  Limits limits;
  Port port;
  Serve serve;
  VisitorRules visitors;
  std::vector<TemplateId>
      vital_pages;  // pages whose web vitals are counted, beside all others together; none: no page's
  std::vector<TemplateId> click_pages;        // the same for clicks
  ClickGrid click_grid;                       // of these, but not of all other pages together
  std::vector<TemplateId> frustration_pages;  // pages whose frustration is told apart
  Frustration frustration;
  std::vector<TemplateId> coverage_pages;
  Coverage coverage;                         // of these, and of all others together
  std::vector<CoverageCall> coverage_calls;  // no path and no event twice, no path of a page; none without split
  std::string replay_prefix;  // of what beacons say where a replay is; empty: no journey asks (replay_pointer.h)
  std::vector<TemplateId> error_pages;  // pages whose errors are told apart, beside all others together
  std::uint8_t error_top = 0;           // so many of their most frequent codes are; 0: errors are not counted
};

// Records for pages that wait for their beacons that a core needs; 0: nobody asks for their coverage.
inline std::uint32_t seen_pages_needed(const Definition& definition) {
  return definition.coverage.on ? definition.limits.seen_pages_per_core : 0;
}

// Records for visitors with several keys that a core needs; 0: no identity links its keys.
inline std::uint32_t links_needed(const Definition& definition) {
  const bool any = std::any_of(definition.identities.begin(), definition.identities.end(),
                               [](const Identity& identity) { return identity.link; });
  return any ? definition.limits.links_per_core : 0;
}

// Attempts that a core can tell step by step, of one window: as many as all journeys ask for, of each way to fail.
inline std::uint32_t stories_needed(const Definition& definition) {
  std::size_t stories = 0;
  for (const Journey& journey : definition.journeys) stories += kToldOutcomes * journey.stories_kept;
  return static_cast<std::uint32_t>(stories);
}

// The core that owns a visitor. Where keys are linked all visitors of the identity are one core's, so that any two of
// their keys meet there; the others are spread by their hashes.
constexpr std::size_t owner_core(bool links, IdentityId identity, std::uint32_t hash, std::size_t cores) {
  return (links ? identity.index() : hash) % cores;
}

// The table that numbers error codes: behind those of dimensions.
inline constexpr std::size_t kErrorTable = kTopTablesMax;

// The table that numbers an open-ended dimension's values, from 1; 0: its values are a closed set.
inline std::size_t top_table_of(const Definition& definition, DimensionId dimension) {
  if (definition.dimensions[dimension.index()].top == 0) return 0;
  std::size_t table = 0;
  for (std::size_t i = 0; i <= dimension.index(); ++i) {
    if (definition.dimensions[i].top != 0) ++table;
  }
  return table;
}

}  // namespace bellrock::journey
