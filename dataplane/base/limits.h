// Every compile-time bound of the dataplane with its reason. What two sites would set differently is a configuration
// key instead (journey/definition.h, Limits).
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/base/time.h"

namespace bellrock {

// Workers: one bit each in small masks; more cores than an edge box gives to a collector.
inline constexpr std::size_t kWorkersMax = 64;

// Events in one ring between two workers: 512 KiB a ring. A full ring makes its producer consume first.
inline constexpr std::size_t kHandoverEventsMax = 1'024;

// How long events may be held to put beacons in order (`reorder_wait`): what the network delays is back within a second
// or two; beacons that a browser sends again later are late by other rules, and each second costs memory and delay.
inline constexpr Duration kReorderWaitMax = 30 * kSecond;
// Held beacons that one which comes late is put before: as many numbers as are known of a page view.
inline constexpr std::size_t kReorderStepsMax = 32;
// Held events that one is put before by its time, which another producer handed over: what is in two full rings.
inline constexpr std::size_t kReorderWalkMax = 2 * kHandoverEventsMax;

// Deadlines that a live poll fires at once, some 0.1 ms: all visitors may have left at the same moment, and the device
// has to be polled. Captures have no such bound.
inline constexpr std::uint32_t kTimersPerPollMax = 256;

// Packets in one burst: 64 is what AF_XDP fills at once.
inline constexpr std::size_t kBurstMax = 64;

// Frames that one core has ready to be sent: four bursts, an answered request being one or two frames, a larger reply
// up to ten.
inline constexpr std::size_t kOutFramesMax = 256;

// The largest IP packet that is sent: with two VLAN tags it fits into a buffer of 2 KiB.
inline constexpr std::uint16_t kOutMtuMax = 2'000;

// A request or response head. Browsers send 0.5-4 KB; servers' own defaults refuse above 8-32 KB.
inline constexpr std::size_t kHeadBytesMax = 32 * 1024;
inline constexpr std::size_t kHeadersMax = 128;
inline constexpr std::size_t kTrailerBytesMax = 8 * 1024;

// Requests of one connection that wait for their response. Browsers do not pipeline; proxies seldom go past 8.
inline constexpr std::size_t kPipelineMax = 64;

// A beacon body, compressed and not: what sendBeacon may carry in all (Fetch standard, 64 KiB).
inline constexpr std::size_t kBodyBytesMax = 64 * 1024;
inline constexpr std::size_t kInflateRatioMax = 64;
inline constexpr std::size_t kBeaconsPerBodyMax = 1'024;

// Out-of-order bytes that one connection may hold, and how many holes.
inline constexpr std::size_t kOutOfOrderBytesMax = 256 * 1024;
inline constexpr std::size_t kHolesMax = 64;

// Fields of the native beacon.
inline constexpr std::size_t kSidBytesMax = 64;
inline constexpr std::size_t kPageBytesMax = 2'048;
inline constexpr std::size_t kNameBytesMax = 128;
inline constexpr std::size_t kMessageBytesMax = 1'024;
inline constexpr std::size_t kCodeBytesMax = 64;
inline constexpr std::size_t kAttrsMax = 32;

// The compiled configuration.
inline constexpr std::size_t kTemplatesMax = 1'024;
inline constexpr std::size_t kTemplateSegmentsMax = 32;
inline constexpr std::size_t kJourneysMax = 256;
inline constexpr std::size_t kStepsMax = 32;       // of a journey: steps seen are one 32-bit mask
inline constexpr std::size_t kObjectivesMax = 16;  // of a journey
inline constexpr std::size_t kMarksMax = 6;        // step times an attempt keeps for its objectives
inline constexpr std::size_t kCorrelatesMax = 4;   // different lists of what tells attempts apart, over all journeys
inline constexpr std::size_t kCorrelateSourcesMax = 4;  // of one list: a request's, a beacon's, and two to spare
inline constexpr std::size_t kCorrelateBytesMax = 256;  // a longer value tells nothing apart
inline constexpr std::size_t kAmountsMax = 4;           // different sources of values in money, over all journeys
inline constexpr std::uint64_t kAmountMax = 1'000'000'000'000;  // minor units of one: a sum of 18 million fits 64 bits
inline constexpr std::size_t kEffectsMax = 4;                   // of a journey: 410 series in total each
inline constexpr std::size_t kStrataMax = 4;         // of one effect: more leave too few attempts in a stratum
inline constexpr std::uint8_t kMinAttemptsMax = 63;  // of consistency: a visit counts its attempts up to here
inline constexpr std::size_t kIdentitiesMax = 4;
inline constexpr std::size_t kIdentityKeysMax = 8;
inline constexpr std::size_t kLinkedKeysMax = 4;  // of one visitor: a cookie, a header, a beacon's field, one to spare
inline constexpr std::size_t kIdentityValueBytesMax = 4'096;  // a longer value is no key; RFC 6265 6.1: a cookie's size
inline constexpr std::size_t kDimensionsMax = 32;             // distinct sources over all journeys
inline constexpr std::size_t kJourneyDimensionsMax = 8;
inline constexpr std::size_t kDimensionValuesMax = 254;
inline constexpr std::size_t kTopDimensionsMax = 4;  // open-ended ones, over all journeys: 18 KiB of a core each
inline constexpr std::size_t kTopTablesMax = kTopDimensionsMax + 1;  // theirs, and the last one's of error codes
inline constexpr std::size_t kTopMax = 100;                          // values of one that are told apart
inline constexpr std::size_t kTopTextBytesMax = 38;                  // of a value; a longer one is __other__
inline constexpr std::size_t kClocksMax = 32;                        // distinct client duration fields
inline constexpr std::size_t kHeaderInterestsMax = 64;
inline constexpr std::size_t kResponseLeavesMax = 256;  // match conditions on responses, over all journeys
inline constexpr std::size_t kMatchNodesMax = 16'384;   // of all match trees: 256 journeys × 32 steps × 2
inline constexpr std::size_t kMatchDepthMax = 8;        // bounds the matcher's recursion
inline constexpr std::size_t kConditionsMax = 32;       // of one leaf: as many as a beacon has attrs
inline constexpr std::size_t kConditionValuesMax = 254;
inline constexpr std::size_t kStatusesMax = 64;           // exact status codes of one leaf
inline constexpr std::size_t kVisitorRulesMax = 512;      // by which bots, devices and browsers are told apart
inline constexpr std::size_t kVisitorTokensMax = 1'024;   // different texts in them: a bit each
inline constexpr std::size_t kVisitorLacksMax = 8;        // of one rule
inline constexpr std::size_t kVisitorRuleBytesMax = 64;   // of one text: longer than any product's name
inline constexpr std::size_t kVisitorTextBytesMax = 512;  // of a header that is looked at: twice what browsers send
inline constexpr std::size_t kBrowsersMax = 64;
inline constexpr std::size_t kVitalPagesMax =
    64;  // page templates whose web vitals are told apart: 544 KiB of a core each
inline constexpr std::size_t kClickPagesMax = 64;           // page templates whose clicks are told apart
inline constexpr std::uint32_t kSuppressBelowMax = 10'000;  // clicks on one place of a page that stay on the box
inline constexpr Duration kClickPeriodMax = 24 * kHour;     // over which they are counted: one board's life at least
inline constexpr std::size_t kFrustrationPagesMax = 64;     // page templates whose frustration is told apart
inline constexpr std::uint8_t kLoopReturnsMax = 3;          // to one page that are a loop
inline constexpr std::uint8_t kThrashViewsMax = 8;          // of pages that are thrash
inline constexpr Duration kTrailKept = 30 * kMinute;        // behind a visitor's last page view, and the longest window
inline constexpr std::uint8_t kStoriesKeptMax = 16;         // storyboards of one way to fail in a window
inline constexpr std::size_t kStoriesMax = 1'024;           // of all journeys and ways to fail: 1 KiB each in a frame
inline constexpr std::size_t kErrorPagesMax = 64;           // page templates whose errors are told apart
inline constexpr std::size_t kCoveragePagesMax = 64;        // page templates whose coverage is told apart
inline constexpr std::size_t kCoverageCallsMax = 32;        // templates of calls whose time is split
inline constexpr Duration kCoverageWithinMax = 30 * kMinute;  // for a beacon: a page that is looked at longer is rare
// Pages that wait for beacons in one bucket, and of these of one visitor and template: a lookup reads no more.
inline constexpr std::size_t kPagesInBucketMax = 64, kPagesOfVisitorMax = 16;
// How much later than its call can have ended a beacon may come. Whoever collects beacons for longer tells too late; a
// lost one is made up for once its visitor has made no such call for as long.
inline constexpr Duration kCallBeaconLagMax = 10 * kSecond;
inline constexpr std::size_t kSitesMax = 64;
inline constexpr std::size_t kSiteHostsMax = 1'024;
inline constexpr std::size_t kSitePathsMax = 64;  // beacon paths of one site
inline constexpr std::size_t kLabelsMax = 32;
inline constexpr std::size_t kServerPortsMax = 64;
inline constexpr std::size_t kServedAddressesMax = 64;
inline constexpr std::size_t kServedPortsMax = 16;    // what the program in the kernel holds for an address
inline constexpr std::size_t kServedHeadersMax = 43;  // configured ones, beside those that a server reads itself
inline constexpr std::size_t kEalArgumentsMax = 64;
inline constexpr std::size_t kConfigTextBytesMax = 2'048;  // any one text of it: as long as a page's path

// Sizes a site may choose (journey/definition.h, Limits): a table of one core has to be indexable by 24 bits.
inline constexpr std::uint32_t kPerCoreMax = 1u << 24;

// One event: a message that matches more is several events, each with whole journeys. What one journey alone matches
// beyond this is lost, and counted as too_many_matches.
inline constexpr std::size_t kEventMatchesMax = 8;
inline constexpr std::size_t kEventDimensionsMax = kDimensionsMax;
inline constexpr std::size_t kEventClocksMax = 4;

// Attempts of one visitor and journey that wait for a verdict after their commit.
inline constexpr std::size_t kPendingAttemptsMax = 4;

}  // namespace bellrock
