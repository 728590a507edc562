// Every finding a configuration can have: its stable code, what it means, and what usually mends it. `bellrock
// validate` prints the code; config/README.md lists this table. A code is never used for another meaning.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace bellrock::config {

// X(enumerator, code, meaning, usual fix)
#define BELLROCK_CONFIG_CODES(X)                                                                                       \
  X(kUnreadable, "BR1001", "a file or directory cannot be read", "check the path and its permissions")                 \
  X(kSyntax, "BR1002", "the file is not YAML", "mend the YAML at this place; indentation and colons are usual causes") \
  X(kEncoding, "BR1003", "the file is not UTF-8 text", "save the file as UTF-8 without control characters")            \
  X(kTooLarge, "BR1004", "the file is larger than a configuration can be", "split it into several files")              \
  X(kYamlFeature, "BR1005", "anchors, aliases, merge keys and tags are not read",                                      \
    "write the value out where it is used")                                                                            \
  X(kDuplicateKey, "BR1006", "a key is written twice in one mapping", "keep one of the two")                           \
  X(kNothing, "BR1007", "there is no document to read", "name files, or directories with *.yaml or *.yml files")       \
  X(kUnknownKey, "BR1101", "a key that means nothing here", "remove it, or correct its spelling")                      \
  X(kMissingKey, "BR1102", "a key that must be there is missing", "add the key")                                       \
  X(kWrongType, "BR1103", "a value of the wrong type", "write the type that the message asks for")                     \
  X(kApiVersion, "BR1104", "another apiVersion than bellrock/v1", "write apiVersion: bellrock/v1")                     \
  X(kDuration, "BR1105", "a duration without a unit, or not a duration", "write a number and one of ns us ms s m h d") \
  X(kSize, "BR1106", "a size without a unit, or not a size", "write a number and one of B KiB MiB GiB")                \
  X(kRange, "BR1107", "a number outside its range", "choose a number within the range")                                \
  X(kChoice, "BR1108", "a word that is not one of the choices", "use one of the words listed")                         \
  X(kName, "BR1109", "a name with characters that names do not have", "use lower-case letters, digits, - and _")       \
  X(kDecimal, "BR1110", "a ratio that is not a decimal between 0 and 1", "write 99.2 % as 0.992")                      \
  X(kEmpty, "BR1111", "an empty text or list where something must be", "write at least one entry")                     \
  X(kText, "BR1112", "a text with characters that cannot occur there", "correct the text")                             \
  X(kTooMany, "BR1201", "more of something than there is room for", "remove some, or merge them")                      \
  X(kDuplicateName, "BR1202", "two things of one kind have the same name", "rename one of them")                       \
  X(kNoIdentity, "BR1203", "a journey names an identity that is not defined", "define it, or correct the name")        \
  X(kNoStep, "BR1204", "a step is named that the journey does not have", "use one of the journey's steps")             \
  X(kNoHost, "BR1205", "a match names a host that no site lists", "add the host to a Site, or correct it")             \
  X(kSecondDocument, "BR1206", "a second document of a kind that exists once", "keep one of the two")                  \
  X(kNoObjective, "BR1207", "a policy or a test names an objective that is not defined",                               \
    "write JOURNEY/OBJECTIVE, or JOURNEY/* for all of them")                                                           \
  X(kTwoPolicies, "BR1208", "two policies for the same objectives", "name the objectives in one of them")              \
  X(kNoDimension, "BR1209", "a stratum that is no dimension of the journey",                                           \
    "name one of the journey's dimensions, or `returning`")                                                            \
  X(kPageAndCall, "BR1210", "a path that is a page and a call", "list it under one of the two")                        \
  X(kPath, "BR1301", "not a path template", "write a path of literal segments and {placeholders}")                     \
  X(kOverlap, "BR1302", "two path templates match one path and neither wins", "make one of them more specific")        \
  X(kBeaconPath, "BR1303", "an HTTP match on a beacon path", "match the beacon by its event instead")                  \
  X(kNoStart, "BR1401", "a journey that cannot begin", "add a step of kind start")                                     \
  X(kNoEnd, "BR1402", "a journey that cannot end", "add a step of kind success, failure or cancel")                    \
  X(kWithin, "BR1403", "a time bound on a start step", "put `within` on the step that must follow in time")            \
  X(kClass, "BR1404", "a failure without class, or a class on another step",                                           \
    "give failures a class: user, business or system")                                                                 \
  X(kNeverMatches, "BR1405", "a match that can never hold", "combine only conditions that one message can meet")       \
  X(kStatusAtRequest, "BR1406", "a status on a request", "match it at the response")                                   \
  X(kOperator, "BR1407", "an operator and its value do not fit", "compare sizes with numbers, lists with `in`")        \
  X(kOpenMatch, "BR1408", "a match that holds where none of its conditions does",                                      \
    "put the `not` into an `all` beside what the step is")                                                             \
  X(kSilentFailure, "BR1409", "a silent failure that is not between an ack and a success",                             \
    "name the ack that promises the success, and the success")                                                         \
  X(kValueStep, "BR1410", "a value taken at a step that cannot carry it",                                              \
    "take it at a step that is a request or a beacon, from what that carries")                                         \
  X(kCountFrom, "BR1501", "a success objective cannot count from this step",                                           \
    "count from the start or from the step of intent")                                                                 \
  X(kNoCommit, "BR1502", "count_from in a journey without commit and ack",                                             \
    "leave count_from out, or add a commit step")                                                                      \
  X(kFromAfterTo, "BR1503", "a latency that ends before it begins",                                                    \
    "exchange `from` and `to`, or list the steps in order")                                                            \
  X(kLatencyEnd, "BR1504", "a latency between steps that cannot bound one",                                            \
    "measure from a step to a later one of the same attempt")                                                          \
  X(kClock, "BR1505", "a latency that no clock can measure", "give clock: {client: beacon.attrs.NAME}")                \
  X(kOutcomeTwice, "BR1506", "an outcome is both bad and excluded", "name it in one of the two lists")                 \
  X(kOutcome, "BR1507", "an outcome that cannot be bad or excluded",                                                   \
    "list failures, abandonment, cancellation or supersession")                                                        \
  X(kNeverFires, "BR1508", "an alert that can never fire",                                                             \
    "make `in` longer or `burned` smaller: burned * window / in * (1 - target) must stay below 1")                     \
  X(kConsistency, "BR1509", "a consistency of something that is no latency objective",                                 \
    "name a latency objective of the same journey")                                                                    \
  X(kEffect, "BR1510", "a latency that is asked for and not measured, or measured in several ways",                    \
    "give the step a latency of its own")                                                                              \
  X(kComposite, "BR1511", "a composite whose parts do not fit the way it counts",                                      \
    "give weights with by: weighted only, and a target unless by: least_healthy")                                      \
  X(kTimes, "BR1601", "two times that contradict each other", "make the longer one longer")                            \
  X(kPort, "BR1602", "an edge with no source of packets, or with several", "give port one of `eal`, `pcap` and `xdp`") \
  X(kAddress, "BR1603", "not an IP address and a port", "write for example 127.0.0.1:8480 or [::1]:8480")              \
  X(kUrl, "BR1604", "not a URL of what is asked or told", "write for example http://127.0.0.1:8480")                   \
  X(kServedAddress, "BR1605", "not an address that a machine can have",                                                \
    "write an IPv4 or IPv6 address of one machine, without a port")                                                    \
  X(kMode, "BR1606", "a mode and its keys do not fit",                                                                 \
    "give `mode: terminate` together with `terminate`, and a live port")                                               \
  X(kServedPath, "BR1607", "two things are served at one path", "give each a path of its own")                         \
  X(kInterface, "BR1608", "not the name of a network interface",                                                       \
    "write the name that `ip link` shows: at most 15 bytes, without blanks and `/:,=[]`")                              \
  X(kStore, "BR1610", "a centre with two stores, or with none",                                                        \
    "give `database` for SQLite, or store: {clickhouse: {url: …}}, and not both")                                      \
  X(kShards, "BR1611", "servers of a cluster that are not in one shard each",                                          \
    "write cluster: {shards: [[http://a1:8123, http://a2:8123], [http://b1:8123, http://b2:8123]]}, without `url`")    \
  X(kTls, "BR1613", "a certificate without its key, or TLS where it is not spoken",                                    \
    "give `certificate` and `key` together, and tls at an agent whose `central` is https://")                          \
  X(kTestEvent, "BR1701", "an event of a test that cannot be read",                                                    \
    "write for example \"6 pay_ok\", or {at: 6, step: pay_ok}")                                                        \
  X(kTestTime, "BR1702", "events of a test that go back in time", "list them in the order of their times")             \
  X(kTestMessage, "BR1703", "an event of a test that its step cannot be",                                              \
    "choose a channel and keys that the step's match asks for")                                                        \
  X(kLater, "BR1801", "a feature that this version does not have",                                                     \
    "remove it, or write what the message says instead")                                                               \
  X(kUnnamedOutcomes, "BR1901", "outcomes that an objective does not name are left out of it",                         \
    "name them in `bad` or `exclude`")                                                                                 \
  X(kNoTarget, "BR1902", "a latency objective without a target has no status", "add a target, for example 0.95")       \
  X(kNeverGood, "BR1904", "a success objective in a journey without a success step is never good",                     \
    "add a step of kind success")                                                                                      \
  X(kTemplateTwice, "BR1905", "a site lists one path template twice", "keep one of the two")                           \
  X(kManySteps, "BR1906", "one message matches more steps of a journey than an event has room for",                    \
    "make the steps' conditions exclude each other, or split the journey in two")                                      \
  X(kManyClocks, "BR1907", "one beacon brings more client clocks of a journey than an event has room for",             \
    "let several latencies use one clock, or split the journey in two")                                                \
  X(kNotHere, "BR1908", "a file that is read when a process starts is not on this machine",                            \
    "correct the path, or see to it that the file is where that process runs")                                         \
  X(kNoAlerts, "BR1909", "a policy that names no alerts, over a window too short for the usual ones",                  \
    "name `alerts`, or make `window` 50h or longer; `alerts: []` says that none are wanted")                           \
  X(kTlsFiles, "BR1910", "files by which TLS cannot be spoken",                                                        \
    "name PEM files: the process's certificate first in its file, the key of that certificate, and those who sign")    \
  X(kKeptShorter, "BR1911", "objectives are judged over more time than counts are kept",                               \
    "make `retention` of the Central document longer, or `window` shorter")                                            \
  X(kTargetNotTaken, "BR1912", "a target of an OpenSLO document, which the journey's objective does not have from it", \
    "write the target at the objective of the journey")

#define BELLROCK_ENUMERATOR(name, code, meaning, fix) name,
enum class Code : std::uint8_t { BELLROCK_CONFIG_CODES(BELLROCK_ENUMERATOR) kCount };
#undef BELLROCK_ENUMERATOR

struct CodeInfo {
  std::string_view code, meaning, fix;
};
#define BELLROCK_CODE_INFO(name, code, meaning, fix) CodeInfo{code, meaning, fix},
inline constexpr std::array kCodes{BELLROCK_CONFIG_CODES(BELLROCK_CODE_INFO)};
#undef BELLROCK_CODE_INFO

constexpr const CodeInfo& info(Code code) { return kCodes[static_cast<std::size_t>(code)]; }

}  // namespace bellrock::config
