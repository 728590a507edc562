// Every counted reason and total of the dataplane has its name here, once. A worker counts into Counters (plain memory
// of its core); at the end of a packet or burst the touched ones are moved to the board through the journal, together
// with what the packet's events changed, so that a kill can never leave a packet half counted. One list of names is why
// this file is longer than 400 lines.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "dataplane/base/limits.h"

namespace bellrock {

// Why a packet ended before TCP reassembly. passed + Σ drops = packets.
#define BELLROCK_DROPS(X)                                                                               \
  X(kTruncated, "truncated")               /* the capture holds fewer bytes than the headers promise */ \
  X(kUnknownLinkType, "unknown_link_type") /* a link layer that is not read, or too many VLAN tags */   \
  X(kNotIp, "not_ip")                      /* ARP, LLDP: another EtherType or address family */         \
  X(kBadIp, "bad_ip")                      /* version, header length or total length is impossible */   \
  X(kIpFragment, "ip_fragment")                                                                         \
  X(kIpv6Chain, "ipv6_chain") /* too many or unknown extension headers */                               \
  X(kNotTcp, "not_tcp")                                                                                 \
  X(kBadTcp, "bad_tcp")                     /* header length or flags are impossible */                 \
  X(kBadChecksum, "bad_checksum")           /* only where checksums are verified */                     \
  X(kConnectionsFull, "connections_full")   /* the connection table has no free slot */                 \
  X(kDistributionFull, "distribution_full") /* the queue to the packet's worker had no room */

// What reassembly and HTTP met inside passed packets.
#define BELLROCK_STREAM_COUNTS(X)                                                                         \
  X(kConnections, "connections")                                                                          \
  X(kConnectionsMidStream, "connections_mid_stream") /* first seen without a SYN */                       \
  X(kConnectionsEvicted, "connections_evicted")      /* idle past the limit, or pushed out by new ones */ \
  X(kConnectionsLost, "lost_connection")             /* a restart of the process forgot them */           \
  X(kRetransmittedBytes, "retransmitted_bytes")                                                           \
  X(kConflictingBytes, "conflicting_bytes") /* retransmitted with other content; the first copy won */    \
  X(kOutOfOrderSegments, "out_of_order_segments")                                                         \
  X(kOutOfWindowSegments, "out_of_window_segments")                                                       \
  X(kOutOfOrderEvictedBytes, "out_of_order_evicted_bytes")                                                \
  X(kGapBytes, "gap_bytes") /* never captured; skipped */                                                 \
  X(kGaps, "gaps")                                                                                        \
  X(kTransactions, "transactions") /* a request whose end is known: answered, aborted or unanswered */    \
  X(kTransactionsAborted, "transactions_aborted")                                                         \
  X(kTransactionsUnanswered, "transactions_unanswered")                                                   \
  X(kInterimResponses, "interim_responses")                                                               \
  X(kOrphanResponses, "orphan_responses")  /* a response whose request was not captured */                \
  X(kUpgrades, "upgrades")                 /* CONNECT or Upgrade: no longer HTTP */                       \
  X(kNotHttpBytes, "not_http_bytes")       /* bytes of streams that were given up */                      \
  X(kPipelineFull, "pipeline_full")        /* more requests in flight than are tracked */                 \
  X(kHttpBuffersFull, "http_buffers_full") /* a split message, or its body, lost for want of blocks */

// Why a stream was given up: RFC 9112 and the stricter rules in http/README.
#define BELLROCK_HTTP_ERRORS(X)                    \
  X(kBadRequestLine, "bad_request_line")           \
  X(kBadStatusLine, "bad_status_line")             \
  X(kBadVersion, "bad_version")                    \
  X(kBadTarget, "bad_target")                      \
  X(kBadHeaderName, "bad_header_name")             \
  X(kBadHeaderValue, "bad_header_value")           \
  X(kBareLineEnd, "bare_line_end")                 \
  X(kFoldedHeader, "folded_header")                \
  X(kBadContentLength, "bad_content_length")       \
  X(kConflictingLength, "conflicting_length")      \
  X(kBadTransferEncoding, "bad_transfer_encoding") \
  X(kBadChunk, "bad_chunk")                        \
  X(kHeadTooLong, "head_too_long")                 \
  X(kTooManyHeaders, "too_many_headers")           \
  X(kTrailerTooLong, "trailer_too_long")

// Why a beacon was refused. seen = accepted + Σ rejected.
#define BELLROCK_BEACON_REJECTS(X)              \
  X(kNotJson, "not_json")                       \
  X(kTruncatedBody, "truncated")                \
  X(kBadUtf8, "bad_utf8")                       \
  X(kMissingField, "missing_field")             \
  X(kWrongType, "wrong_type")                   \
  X(kUnsupportedVersion, "unsupported_version") \
  X(kTooLarge, "too_large")                     \
  X(kFieldTooLong, "field_too_long")            \
  X(kTooManyAttrs, "too_many_attrs")            \
  X(kTooManyBeacons, "too_many_beacons")        \
  X(kBadEncoding, "bad_encoding")               \
  X(kBombBody, "decompression_bound")           \
  X(kUnknownDialect, "unknown_dialect")         \
  X(kIncompleteBody, "incomplete_body")         \
  X(kNoBuffer, "no_buffer") /* its blocks were needed for newer messages: http_buffers_full */

// Why an event, or a value in it, did not become a count.
#define BELLROCK_EVENT_COUNTS(X)                                                                                   \
  X(kEvents, "events")                                                                                             \
  X(kNoIdentity, "no_identity") /* none of the identity's keys on it */                                            \
  X(kSessionsFull, "sessions_full")                                                                                \
  X(kLinked, "linked")                  /* keys that became one of a visitor with several */                       \
  X(kRelinked, "relinked")              /* keys with other partners that came with a new one, and went to him */   \
  X(kLinkFull, "link_full")             /* keys left out: as many as can be linked were in use already */          \
  X(kLinksFull, "links_full")           /* messages whose keys stayed apart: no room for another visitor */        \
  X(kLinksForgotten, "links_forgotten") /* linked keys that gave way to others */                                  \
  X(kAttemptsFull, "attempts_full")                                                                                \
  X(kOrphanSuccess, "orphan_success")                                                                              \
  X(kLateSuccess, "late_success")                                                                                  \
  X(kDuplicateSuccess, "duplicate_success")                                                                        \
  X(kDuplicateBeacon, "duplicate_beacon") /* its number had been seen on its page view: dropped */                 \
  X(kRetried, "retried")                                                                                           \
  X(kOutOfOrderStep, "out_of_order")                                                                               \
  X(kTooManyMatches, "too_many_matches")                                                                           \
  X(kBadClientDuration, "bad_client_duration")                                                                     \
  X(kBadAmount, "bad_amount") /* a value that is no whole number of minor units, or too large */                   \
  X(kBadReplay, "bad_replay") /* where a replay is, and not behind the configured prefix, or too long */           \
  X(kRecorded, "recorded")    /* values offered to cells */                                                        \
  X(kValueRejected, "value_rejected")                                                                              \
  X(kSeriesOverflow, "series_overflow") /* counted in the overflow series */                                       \
  X(kLateRoll, "late_roll")             /* a live window went on because the other bank was not drained */         \
  X(kLateTimers, "late_timers")         /* live polls that left deadlines to the next one */                       \
  X(kReordered, "reordered")            /* beacons put before held ones with later numbers */                      \
  X(kReleasedEarly, "released_early")   /* held events that made room before they had waited */                    \
  X(kBoardLost, "board_lost")                                                                                      \
  X(kClassUnknown, "class_unknown") /* requests and beacons by the class of who sent them, filtered or not; in */  \
  X(kClassHuman, "class_human")     /* VisitorClass's order */                                                     \
  X(kClassBot, "class_bot")                                                                                        \
  X(kClassSynthetic, "class_synthetic")                                                                            \
  X(kFilteredBot, "filtered_bot") /* messages that began nothing and kept nobody active */                         \
  X(kFilteredSynthetic, "filtered_synthetic")                                                                      \
  X(kFilteredOptedOut, "filtered_opted_out")                                                                       \
  X(kFilteredStarts, "filtered_starts") /* attempts that such messages would have begun */                         \
  X(kFlagged, "flagged")                /* attempts whose visitor turned out to be one of these */                 \
  X(kVitals, "vitals")                  /* values of web vitals that were counted */                               \
  X(kBadVital, "bad_vital")             /* negative, or longer than an hour */                                     \
  X(kFeedback, "feedback")              /* answers that came while a journey asks: each is one of those below */   \
  X(kFeedbackJoined, "feedback_joined")                                                                            \
  X(kFeedbackUnjoined, "feedback_unjoined")        /* no attempt of the visitor's is known that asks for it */     \
  X(kFeedbackRepeated, "feedback_repeated")        /* answered before, or a beacon that had been here */           \
  X(kFeedbackFiltered, "feedback_filtered")        /* of a visitor whose attempts are not followed */              \
  X(kFeedbackBadQuestion, "feedback_bad_question") /* neither ces, csat nor nps */                                 \
  X(kFeedbackBadScore, "feedback_bad_score")       /* no whole number that the question can be answered by */      \
  X(kClicks, "clicks")                  /* clicks that came while a site asks: in a cell, or one of those below */ \
  X(kClicksDropped, "clicks_dropped")   /* of a beacon that had been here, or of a visitor who is not followed */  \
  X(kBadClick, "bad_click")             /* neither click, rage, dead nor error */                                  \
  X(kClicksUnplaced, "clicks_unplaced") /* that a grid is asked for, and that do not say where they were */        \
  X(kBadClickPlace, "bad_click_place")  /* said to be outside of their page, or of a page without an extent */     \
  X(kPageErrors, "page_errors")         /* error beacons while a site asks: in a cell, or dropped */               \
  X(kPageErrorsDropped, "page_errors_dropped") /* of a beacon that had been here, or of a filtered visitor */      \
  X(kTrailsEvicted, "trails_evicted")          /* visitors whose page views gave way to others' */                 \
  X(kErrors, "errors") /* attempts that failed at a journey that follows them: open, or one of those below */      \
  X(kErrorsRecovered, "errors_recovered")        /* a success came in time */                                      \
  X(kErrorsNotRecovered, "errors_not_recovered") /* none did */                                                    \
  X(kErrorsUnknown, "errors_unknown")            /* their records gave way to others before */

// What worker and port count about packets themselves.
#define BELLROCK_PACKET_COUNTS(X)                                                           \
  X(kPackets, "packets")                                                                    \
  X(kBytes, "bytes")                                                                        \
  X(kPassed, "passed")                                                                      \
  X(kForeignSegments, "foreign_segments") /* device split a flow over cores: must stay 0 */ \
  X(kPortMissed, "port_missed")                                                             \
  X(kPortNoBuffer, "port_no_buffer")                                                        \
  X(kPortUnsent, "port_unsent")       /* frames that the device did not take */             \
  X(kTimeBackwards, "time_backwards") /* capture times that went back and were clamped */   \
  X(kBeaconsSeen, "beacons_seen")                                                           \
  X(kBeaconsAccepted, "beacons_accepted")                                                   \
  X(kBusyCycles, "busy_cycles") /* of the TSC, in live polls that had packets: all of it */ \
  X(kPortCycles, "port_cycles") /* of these, in the port's receiving and sending */

// What became of a frame that the responder was given. Each frame has exactly one: frames in = Σ verdicts. The first
// group is left to the kernel where there is one.
#define BELLROCK_FRAME_VERDICTS(X)                                                                            \
  X(kOtherLink, "other_link")         /* no Ethernet, too many tags, or an EtherType that is not read */      \
  X(kOtherHost, "other_host")         /* a MAC or IP address that is not ours */                              \
  X(kOtherProtocol, "other_protocol") /* our address, but neither TCP nor an ICMP message that is answered */ \
  X(kFragment, "fragment")                                                                                    \
  X(kIpOptions, "ip_options")                                                                                 \
  X(kCut, "cut") /* fewer bytes than the headers promise */                                                   \
  X(kBadIpHeader, "bad_ip_header")                                                                            \
  X(kBadTcpHeader, "bad_tcp_header") /* lengths, options or flags are impossible */                           \
  X(kBadSum, "bad_sum")                                                                                       \
  X(kPartialSum, "partial_sum") /* TCP's is of the pseudo header alone: the sender left it to its device */   \
  X(kBadSource, "bad_source")   /* a source nobody can answer: multicast, unspecified, our own */             \
  X(kNeighbourAnswered, "neighbour_answered")                                                                 \
  X(kNeighbourIgnored, "neighbour_ignored")                                                                   \
  X(kEchoAnswered, "echo_answered")                                                                           \
  X(kEchoLimited, "echo_limited")                                                                             \
  X(kIcmpErrorTaken, "icmp_error_taken") /* of a segment in flight */                                         \
  X(kIcmpErrorRefused, "icmp_error_refused")                                                                  \
  X(kSynAnswered, "syn_answered")                                                                             \
  X(kSynLimited, "syn_limited")                                                                               \
  X(kPortClosed, "port_closed")                                                                               \
  X(kNoConnection, "no_connection")                                                                           \
  X(kRstIgnored, "rst_ignored")   /* without a connection, outside the window, or in TIME-WAIT */             \
  X(kCookieEarly, "cookie_early") /* of a connection whose first segment has not come yet */                  \
  X(kTableFull, "table_full")                                                                                 \
  X(kSourceFull, "source_full") /* the source has all the connections it may have */                          \
  X(kTimeWait, "time_wait")                                                                                   \
  X(kOldTimestamp, "old_timestamp") /* PAWS */                                                                \
  X(kNoTimestamp, "no_timestamp")                                                                             \
  X(kOutsideWindow, "outside_window")                                                                         \
  X(kDuplicate, "duplicate") /* nothing in it is new */                                                       \
  X(kWindowProbe, "window_probe")                                                                             \
  X(kChallengedSyn, "challenged_syn")                                                                         \
  X(kChallengedRst, "challenged_rst")                                                                         \
  X(kBadAck, "bad_ack")                                                                                       \
  X(kResetByPeer, "reset_by_peer")                                                                            \
  X(kAckOnly, "ack_only")                                                                                     \
  X(kDelivered, "delivered") /* the next bytes, or the FIN, of a stream */                                    \
  X(kDiscarded, "discarded") /* bytes behind the end: the server or the peer has closed */                    \
  X(kKept, "kept")           /* out of order, or the server does not take it yet */                           \
  X(kOutOfOrderFull, "out_of_order_full")

// What the responder did, beside the frames' verdicts.
#define BELLROCK_RESPONDER_COUNTS(X)                                                                     \
  X(kFramesIn, "frames_in")                                                                              \
  X(kFramesOut, "frames_out")                                                                            \
  X(kNoOutBuffer, "no_out_buffer") /* a frame that could not be sent: its timer sends it again */        \
  X(kOpened, "opened")                                                                                   \
  X(kClosedFinished, "closed_finished")                                                                  \
  X(kClosedReset, "closed_reset")                                                                        \
  X(kClosedAborted, "closed_aborted")    /* by the server */                                             \
  X(kClosedTimedOut, "closed_timed_out") /* nothing acknowledged in spite of all retransmissions */      \
  X(kClosedIdle, "closed_idle")                                                                          \
  X(kClosedLingered, "closed_lingered") /* the peer never sent its FIN */                                \
  X(kClosedEvicted, "closed_evicted")                                                                    \
  X(kClosedStalled, "closed_stalled") /* a reply was not taken within reply_timeout, or too slowly */    \
  X(kClosedRevoked, "closed_revoked") /* a reply that was wanted once more and given up: cors_revoked */ \
  X(kBytesDelivered, "bytes_delivered")                                                                  \
  X(kBytesDiscarded, "bytes_discarded")                                                                  \
  X(kBytesSent, "bytes_sent")        /* each once */                                                     \
  X(kRetransmitted, "retransmitted") /* segments */                                                      \
  X(kFastRetransmits, "fast_retransmits")                                                                \
  X(kWindowProbesSent, "window_probes_sent")                                                             \
  X(kAcksDelayed, "acks_delayed") /* sent by their timer, because no reply came to carry them */         \
  X(kChallengesSent, "challenges_sent")                                                                  \
  X(kChallengesLimited, "challenges_limited")                                                            \
  X(kResetsSent, "resets_sent")                                                                          \
  X(kResetsLimited, "resets_limited")                                                                    \
  X(kTimeWaits, "time_waits")                                                                            \
  X(kTimeWaitsEvicted, "time_waits_evicted")                                                             \
  X(kTimeWaitsReused, "time_waits_reused")                                                               \
  X(kOutOfOrderEvicted, "out_of_order_evicted") /* connections whose kept bytes made room for others' */ \
  X(kMssLowered, "mss_lowered")                                                                          \
  X(kMssRaised, "mss_raised") /* SYNs that asked for smaller segments than are sent */

// Why the server refused a request that is HTTP, or ended one that was not complete; what is not HTTP has an HttpError.
// Each refused request has exactly one of the two.
#define BELLROCK_REFUSALS(X)                                                                           \
  X(kNotFound, "not_found")                                                                            \
  X(kMethodNotAllowed, "method_not_allowed")                                                           \
  X(kMethodUnknown, "method_unknown")                                                                  \
  X(kLengthRequired, "length_required") /* a POST that does not say how long it is */                  \
  X(kBodyTooLarge, "body_too_large")    /* as declared, as sent, or as decoded */                      \
  X(kTargetTooLong, "target_too_long")                                                                 \
  X(kExpectationUnknown, "expectation_unknown")                                                        \
  X(kRepeatedHeader, "repeated_header") /* of those that may come once only */                         \
  X(kBadPreflight, "bad_preflight")     /* what it asks for is no list of header names, or too long */ \
  X(kPreflightsFull, "preflights_full") /* there is no number left for its answer */                   \
  X(kRateLimited, "rate_limited")       /* the source has sent all the requests it may */              \
  X(kHeadTimeout, "head_timeout")                                                                      \
  X(kBodyTimeout, "body_timeout")                                                                      \
  X(kNoBuffers, "no_buffers") /* the pool for split requests is empty */                               \
  X(kSinkFull, "sink_full")   /* whoever counts could not take it */

// What the server did, beside the statuses of its answers.
#define BELLROCK_SERVER_COUNTS(X)                                                                         \
  X(kRequests, "requests") /* whose head was complete and HTTP */                                         \
  X(kContinues, "continues")                                                                              \
  X(kCutRequests, "cut_requests")              /* the peer ended, or its connection did, inside of one */ \
  X(kIgnoredBytes, "ignored_bytes")            /* behind the last request that was answered */            \
  X(kConnectionsUsedUp, "connections_used_up") /* closed after as many requests as one may have */        \
  X(kCorsRendered, "cors_rendered")            /* answers for an origin that was not in the cache */      \
  X(kCorsRevoked, "cors_revoked")              /* of these: in a place that peers still held */           \
  X(kCorsUncached, "cors_uncached")            /* given without the origin: too many replies are held */  \
  X(kCorsOriginIgnored, "cors_origin_ignored") /* too long, or not made of visible ASCII */

// Where the program in the kernel sent an interface's packets: the verdicts of bpf/abi/steer.h, in their order.
#define BELLROCK_STEER_COUNTS(X)       \
  X(kTcp, "tcp")                       \
  X(kOwnedTcp, "owned_tcp")            \
  X(kArp, "arp")                       \
  X(kNeighbour, "neighbour")           \
  X(kEcho, "echo")                     \
  X(kIcmpError, "icmp_error")          \
  X(kPassNoSocket, "pass_no_socket")   \
  X(kPassTruncated, "pass_truncated")  \
  X(kPassVlanDepth, "pass_vlan_depth") \
  X(kPassNotIp, "pass_not_ip")         \
  X(kPassArp, "pass_arp")              \
  X(kPassOptions, "pass_options")      \
  X(kPassFragment, "pass_fragment")    \
  X(kPassProtocol, "pass_protocol")    \
  X(kPassIcmp, "pass_icmp")            \
  X(kPassAddress, "pass_address")      \
  X(kPassPort, "pass_port")

#define BELLROCK_ENUMERATOR(name, text) name,
#define BELLROCK_TEXT(name, text) std::string_view{text},

enum class Drop : std::uint8_t { BELLROCK_DROPS(BELLROCK_ENUMERATOR) kCount };
enum class StreamCount : std::uint8_t { BELLROCK_STREAM_COUNTS(BELLROCK_ENUMERATOR) kCount };
enum class HttpError : std::uint8_t { BELLROCK_HTTP_ERRORS(BELLROCK_ENUMERATOR) kCount };
enum class BeaconReject : std::uint8_t { BELLROCK_BEACON_REJECTS(BELLROCK_ENUMERATOR) kCount };
enum class EventCount : std::uint8_t { BELLROCK_EVENT_COUNTS(BELLROCK_ENUMERATOR) kCount };
enum class PacketCount : std::uint8_t { BELLROCK_PACKET_COUNTS(BELLROCK_ENUMERATOR) kCount };
enum class FrameVerdict : std::uint8_t { BELLROCK_FRAME_VERDICTS(BELLROCK_ENUMERATOR) kCount };
enum class ResponderCount : std::uint8_t { BELLROCK_RESPONDER_COUNTS(BELLROCK_ENUMERATOR) kCount };
enum class Refusal : std::uint8_t { BELLROCK_REFUSALS(BELLROCK_ENUMERATOR) kCount };
enum class ServerCount : std::uint8_t { BELLROCK_SERVER_COUNTS(BELLROCK_ENUMERATOR) kCount };
enum class SteerCount : std::uint8_t { BELLROCK_STEER_COUNTS(BELLROCK_ENUMERATOR) kCount };

enum class Method : std::uint8_t {
  kGet,
  kHead,
  kPost,
  kPut,
  kDelete,
  kConnect,
  kOptions,
  kTrace,
  kPatch,
  kOther,
  kCount
};
enum class Dialect : std::uint8_t { kNativeJson, kNativeForm, kNativeQuery, kReports, kCount };
// A report is what the browser itself says (W3C Reporting API), and no type that a native beacon can name.
enum class BeaconType : std::uint8_t { kStep, kVitals, kError, kFeedback, kClick, kAction, kReport, kCount };

inline constexpr std::array kDropNames{BELLROCK_DROPS(BELLROCK_TEXT)};
inline constexpr std::array kStreamCountNames{BELLROCK_STREAM_COUNTS(BELLROCK_TEXT)};
inline constexpr std::array kHttpErrorNames{BELLROCK_HTTP_ERRORS(BELLROCK_TEXT)};
inline constexpr std::array kBeaconRejectNames{BELLROCK_BEACON_REJECTS(BELLROCK_TEXT)};
inline constexpr std::array kEventCountNames{BELLROCK_EVENT_COUNTS(BELLROCK_TEXT)};
inline constexpr std::array kPacketCountNames{BELLROCK_PACKET_COUNTS(BELLROCK_TEXT)};
inline constexpr std::array kFrameVerdictNames{BELLROCK_FRAME_VERDICTS(BELLROCK_TEXT)};
inline constexpr std::array kResponderCountNames{BELLROCK_RESPONDER_COUNTS(BELLROCK_TEXT)};
inline constexpr std::array kRefusalNames{BELLROCK_REFUSALS(BELLROCK_TEXT)};
inline constexpr std::array kServerCountNames{BELLROCK_SERVER_COUNTS(BELLROCK_TEXT)};
inline constexpr std::array kSteerCountNames{BELLROCK_STEER_COUNTS(BELLROCK_TEXT)};
inline constexpr std::array<std::string_view, 10> kMethodNames{"GET",     "HEAD",    "POST",  "PUT",   "DELETE",
                                                               "CONNECT", "OPTIONS", "TRACE", "PATCH", "other"};
inline constexpr std::array<std::string_view, 4> kDialectNames{"native", "native_form", "native_query", "reports"};
inline constexpr std::array<std::string_view, 7> kBeaconTypeNames{"step",  "vitals", "error", "feedback",
                                                                  "click", "action", "report"};

#undef BELLROCK_ENUMERATOR
#undef BELLROCK_TEXT

// One flat index space, so that moving counters to the board is one loop.
using CounterId = std::uint16_t;

namespace counter {
template <typename E>
inline constexpr CounterId kSize = static_cast<CounterId>(E::kCount);

inline constexpr CounterId kPacketBase = 0;
inline constexpr CounterId kDropBase = kPacketBase + kSize<PacketCount>;
inline constexpr CounterId kStreamBase = kDropBase + kSize<Drop>;
inline constexpr CounterId kHttpErrorBase = kStreamBase + kSize<StreamCount>;
inline constexpr CounterId kBeaconRejectBase = kHttpErrorBase + kSize<HttpError>;
inline constexpr CounterId kEventBase = kBeaconRejectBase + kSize<BeaconReject>;
inline constexpr CounterId kMethodBase = kEventBase + kSize<EventCount>;
inline constexpr CounterId kDialectBase = kMethodBase + kSize<Method>;
inline constexpr CounterId kBeaconTypeBase = kDialectBase + kSize<Dialect>;
inline constexpr CounterId kFrameVerdictBase = kBeaconTypeBase + kSize<BeaconType>;
inline constexpr CounterId kResponderBase = kFrameVerdictBase + kSize<FrameVerdict>;
inline constexpr CounterId kRefusalBase = kResponderBase + kSize<ResponderCount>;
inline constexpr CounterId kServerBase = kRefusalBase + kSize<Refusal>;
inline constexpr CounterId kSteerBase = kServerBase + kSize<ServerCount>;
inline constexpr CounterId kStatusBase = kSteerBase + kSize<SteerCount>;  // + status, 0..599
inline constexpr CounterId kTemplateBase = kStatusBase + 600;             // + TemplateId
inline constexpr CounterId kCount = kTemplateBase + kTemplatesMax + 1;

constexpr CounterId id(PacketCount c) { return static_cast<CounterId>(kPacketBase + static_cast<CounterId>(c)); }
constexpr CounterId id(Drop c) { return static_cast<CounterId>(kDropBase + static_cast<CounterId>(c)); }
constexpr CounterId id(StreamCount c) { return static_cast<CounterId>(kStreamBase + static_cast<CounterId>(c)); }
constexpr CounterId id(HttpError c) { return static_cast<CounterId>(kHttpErrorBase + static_cast<CounterId>(c)); }
constexpr CounterId id(BeaconReject c) { return static_cast<CounterId>(kBeaconRejectBase + static_cast<CounterId>(c)); }
constexpr CounterId id(EventCount c) { return static_cast<CounterId>(kEventBase + static_cast<CounterId>(c)); }
constexpr CounterId id(Method c) { return static_cast<CounterId>(kMethodBase + static_cast<CounterId>(c)); }
constexpr CounterId id(Dialect c) { return static_cast<CounterId>(kDialectBase + static_cast<CounterId>(c)); }
constexpr CounterId id(BeaconType c) { return static_cast<CounterId>(kBeaconTypeBase + static_cast<CounterId>(c)); }
constexpr CounterId id(FrameVerdict v) { return static_cast<CounterId>(kFrameVerdictBase + static_cast<CounterId>(v)); }
constexpr CounterId id(ResponderCount c) { return static_cast<CounterId>(kResponderBase + static_cast<CounterId>(c)); }
constexpr CounterId id(Refusal r) { return static_cast<CounterId>(kRefusalBase + static_cast<CounterId>(r)); }
constexpr CounterId id(ServerCount c) { return static_cast<CounterId>(kServerBase + static_cast<CounterId>(c)); }
constexpr CounterId id(SteerCount c) { return static_cast<CounterId>(kSteerBase + static_cast<CounterId>(c)); }
constexpr CounterId status(unsigned code) { return static_cast<CounterId>(kStatusBase + (code < 600 ? code : 0)); }
constexpr CounterId path_template(unsigned id) { return static_cast<CounterId>(kTemplateBase + id); }
}  // namespace counter

// Counts not yet on the board. Touched ids are listed, so that moving them costs only what was counted.
class Counters {
 public:
  template <typename E>
  void add(E what, std::uint64_t by = 1) {
    add_id(counter::id(what), by);
  }
  void add_id(CounterId id, std::uint64_t by = 1) {
    if (by == 0) return;
    if (pending_[id] == 0) touched_[touched_count_++] = id;
    pending_[id] += by;
  }
  template <typename F>
  void take_each(F&& f) {
    for (std::size_t i = 0; i < touched_count_; ++i) {
      const CounterId id = touched_[i];
      f(id, pending_[id]);
      pending_[id] = 0;
    }
    touched_count_ = 0;
  }
  [[nodiscard]] std::size_t touched() const { return touched_count_; }
  [[nodiscard]] std::uint64_t pending(CounterId id) const { return pending_[id]; }

 private:
  std::array<std::uint64_t, counter::kCount> pending_{};
  std::array<CounterId, counter::kCount> touched_{};
  std::size_t touched_count_ = 0;
};

}  // namespace bellrock
