#include "control/config/journey_tests.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "control/config/journey_scope.h"
#include "control/config/test_expectation.h"
#include "control/config/units.h"

namespace bellrock::config {
namespace {

using journey::Literal;
using journey::ValueType;

Written written_at(const Value& value) {
  return {value.file, value.node->mark.line, value.node->mark.column, value.path};
}

constexpr Duration kTestTimeMax = 30 * 24 * kHour;
constexpr const char* kEventFix = "write for example \"6 pay_ok\", or {at: 6, step: pay_ok}";

std::string name_of(const TestEvent& event, const JourneyScope& scope) {
  if (event.step) return scope.journey.steps[event.step->index()].name;
  if (event.answer == TestAnswer::kAborted) return "aborted";
  return event.report ? "report" : event.beacon ? "beacon" : "http";
}

// --- The short form.

bool read_word_of(const Value& value, const std::string& word, TestEvent& event, const JourneyScope& scope) {
  const auto& steps = scope.journey.steps;
  const auto found = std::find_if(steps.begin(), steps.end(), [&word](const auto& step) { return step.name == word; });
  if (found != steps.end()) {
    event.step = StepId(static_cast<std::size_t>(found - steps.begin()));
    return true;
  }
  if (word == "beacon" || word == "http" || word == "aborted") {
    event.beacon = word == "beacon";
    if (word == "aborted") event.answer = TestAnswer::kAborted;
    return true;
  }
  std::vector<std::string_view> words{"beacon", "http", "aborted"};
  for (const auto& step : steps) words.push_back(step.name);
  const std::string_view meant = nearest(word, words);
  value.error(Code::kNoStep, "the journey has no step named " + shown(word),
              meant.empty() ? "use one of " + one_of(words) : "did you mean `" + std::string(meant) + "`?");
  return false;
}

// "6 pay_ok"
bool read_short(const Value& value, TestEvent& event, const JourneyScope& scope) {
  const auto text = read_text(value);
  if (!text) return false;
  std::istringstream words(*text);
  std::string at, word, more;
  words >> at >> word;
  const auto time = parse_seconds(at);
  if (!time || word.empty() || words >> more) {
    value.error(Code::kTestEvent, shown(*text) + " is not a time in seconds and one word", kEventFix);
    return false;
  }
  event.at = *time;
  return read_word_of(value, word, event, scope);
}

// --- The long form.

void read_status(const Value& value, TestEvent& event) {
  const auto text = read_text(value);
  if (!text) return;
  const auto code = parse_unsigned(*text);
  if (*text == "none") {
    event.answer = TestAnswer::kUnanswered;
  } else if (*text == "aborted") {
    event.answer = TestAnswer::kAborted;
  } else if (code && *code >= 100 && *code <= 599) {
    event.answer = TestAnswer::kStatus;
    event.status = static_cast<std::uint16_t>(*code);
  } else {
    value.error(Code::kChoice, shown(*text) + " is not a status",
                "write a code (503), `none` for no answer, or `aborted` for a client that left");
  }
}

void read_attrs(const Value& map, TestEvent& event) {
  for (const Entry& entry : read_entries(map, kAttrsMax).value_or(std::vector<Entry>{})) {
    const auto text = read_text(entry.value);
    if (!text) continue;
    const bool quoted = entry.value.node->quoted;
    const auto number = quoted ? std::nullopt : parse_number(*text);
    Literal literal{ValueType::kString, *text, 0};
    if (number) literal = {ValueType::kNumber, *text, *number};
    if (!quoted && (*text == "true" || *text == "false"))
      literal = {ValueType::kBool, *text, *text == "true" ? 1.0 : 0.0};
    event.attrs.emplace_back(entry.key, std::move(literal));
  }
}

void read_texts(const std::optional<Value>& map, std::vector<std::pair<std::string, std::string>>& out) {
  if (!map) return;
  for (const Entry& entry : read_entries(*map, kAttrsMax).value_or(std::vector<Entry>{})) {
    if (auto text = read_text(entry.value)) out.emplace_back(entry.key, std::move(*text));
  }
}

void read_fields(const std::optional<Value>& map, TestEvent& event) {
  constexpr std::array<std::string_view, 7> kFields{"rel", "exp", "conn", "cur", "kind", "code", "dur"};
  read_texts(map, event.fields);
  for (const auto& [name, text] : event.fields) {
    if (std::find(kFields.begin(), kFields.end(), name) != kFields.end()) continue;
    map->error(Code::kChoice, shown(name) + " is not a field that a test gives a beacon", "use " + one_of(kFields));
  }
}

std::optional<std::string> read_page(const Value& value) {
  auto text = read_text(value);
  if (!text || (text->starts_with('/') && text->find_first_of("?#{") == std::string::npos)) return text;
  value.error(Code::kPath, shown(*text) + " is not the path of a page", "write for example page: /cart");
  return std::nullopt;
}

// What only one of the two channels has; nothing when the keys contradict each other.
struct ChannelKeys {
  std::optional<Value> channel, beacon, http;  // the last two: the first key of its kind
};

ChannelKeys channel_keys(Fields& fields) {
  ChannelKeys keys{fields.find("channel"), {}, {}};
  for (const char* key : {"attrs", "n", "pv", "fields"}) {
    if (const auto value = fields.find(key); value && !keys.beacon) keys.beacon = value;
  }
  for (const char* key : {"status", "query", "headers"}) {
    if (const auto value = fields.find(key); value && !keys.http) keys.http = value;
  }
  return keys;
}

// What is not said: what the keys tell, else HTTP before beacons before reports.
std::uint8_t likely_channel(const ChannelKeys& keys, const TestEvent& event, std::uint8_t can) {
  if (!event.step) return keys.beacon ? kBeaconChannel : kHttpChannels;
  const bool by_http = (can & kHttpChannels) != 0, by_beacon = (can & kBeaconChannel) != 0;
  if (by_beacon && (!by_http || keys.beacon)) return kBeaconChannel;
  return by_http || can == 0 ? kHttpChannels : kReportChannel;
}

bool choose_channel(const Value& value, const ChannelKeys& keys, TestEvent& event, const JourneyScope& scope) {
  constexpr Choice<std::uint8_t> kChannels[] = {
      {"http", kHttpChannels}, {"beacon", kBeaconChannel}, {"report", kReportChannel}};
  const auto channel = keys.channel ? read_choice(*keys.channel, kChannels) : std::nullopt;
  if (keys.channel && !channel) return false;
  const std::uint8_t can = event.step ? scope.notes[event.step->index()].channels : kAllChannels;
  const std::uint8_t comes = channel.value_or(likely_channel(keys, event, can));
  event.report = comes == kReportChannel;
  event.beacon = comes == kBeaconChannel || event.report;
  if (can != 0 && (can & comes) == 0) {
    const std::string by = event.report ? "report" : event.beacon ? "beacon" : "HTTP";
    value.error(Code::kTestMessage,
                "`" + name_of(event, scope) + "` cannot come by " + by + ": its match does not ask for that",
                (can & kHttpChannels) != 0
                    ? "write channel: http, and no attrs, n or fields"
                    : "write channel: " + std::string((can & kBeaconChannel) != 0 ? "beacon" : "report"));
    return false;
  }
  const auto& wrong = event.beacon ? keys.http : keys.beacon;
  if (!wrong) return true;
  wrong->error(Code::kTestMessage,
               event.beacon ? "a beacon has neither status nor query nor headers here"
                            : "an HTTP message has neither attrs nor a number nor fields",
               event.beacon ? "give it attrs and fields" : "give it query and headers, or write channel: beacon");
  return false;
}

// Each stands for one of the identity's keys, in their order.
void read_ids(const Value& list, TestEvent& event, const JourneyScope& scope) {
  const auto& identity = scope.tables.definition.identities[scope.journey.identity.index()];
  std::vector<std::string> ids;
  for (const Value& value :
       read_list(list, std::min(kLinkedKeysMax, identity.keys.size())).value_or(std::vector<Value>{})) {
    if (auto id = read_text(value)) ids.push_back(std::move(*id));
  }
  if (ids.empty()) return;
  if (!identity.link) {
    list.error(Code::kTestMessage,
               "the identity " + shown(identity.name) + " does not link its keys, so that a message has one id",
               "write `id`, or give the identity `link: true`");
    return;
  }
  event.visitor = ids.front();
  event.more_visitors.assign(ids.begin() + 1, ids.end());
}

bool read_long(const Value& value, TestEvent& event, const JourneyScope& scope) {
  Fields fields(value);
  const auto at = fields.need("at", "add `at`, in seconds since the test's beginning");
  const auto step = fields.find("step");
  const ChannelKeys keys = channel_keys(fields);
  const auto time = at ? read_seconds(*at) : std::nullopt;
  if (time) event.at = *time;
  if (step) {
    if (const auto id = read_step_name(*step, scope)) event.step = *id;
  }
  if (const auto id = fields.find("id")) event.visitor = read_text(*id).value_or("1");
  if (const auto ids = fields.find("ids")) read_ids(*ids, event, scope);
  fields.into("n", event.number, [](const Value& n) { return read_unsigned(n, 0, 4'000'000'000); });
  fields.into("pv", event.page_view, read_text);
  fields.into("page", event.page, read_page);
  if (const auto status = fields.find("status")) read_status(*status, event);
  if (const auto attrs = fields.find("attrs")) read_attrs(*attrs, event);
  read_fields(fields.find("fields"), event);
  read_texts(fields.find("query"), event.query);
  read_texts(fields.find("headers"), event.headers);
  for (auto& [name, text] : event.headers) {
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  }
  fields.finish();
  if (!time || (step && !event.step)) return false;
  if (!step && !keys.channel && event.answer != TestAnswer::kAborted) {
    value.error(Code::kTestEvent, "neither `step` nor `channel` says what comes", kEventFix);
    return false;
  }
  if (!step && !event.page.empty() && event.answer != TestAnswer::kNone) {
    fields.find("page")->error(Code::kTestMessage, "an answer is of its request's page", "give the request the page");
    return false;
  }
  return choose_channel(value, keys, event, scope);
}

// --- Tests.

std::optional<TestEvent> read_event(const Value& value, const JourneyScope& scope) {
  TestEvent event;
  event.written = written_at(value);
  const bool good = value.is_map() ? read_long(value, event, scope) : read_short(value, event, scope);
  if (!good) return std::nullopt;
  if (event.at > kTestTimeMax) {
    value.error(Code::kRange, "the event is later than 30 days after the test's beginning", "write an earlier time");
    return std::nullopt;
  }
  if (!value.is_map() && event.step && !choose_channel(value, {}, event, scope)) return std::nullopt;
  event.text = seconds_text(event.at) + ' ' + name_of(event, scope);
  return event;
}

void read_events(const Value& list, DefinitionTest& test, const JourneyScope& scope) {
  for (const Value& value : read_list(list, kTestEventsMax).value_or(std::vector<Value>{})) {
    auto event = read_event(value, scope);
    if (!event) continue;
    if (!test.events.empty() && event->at < test.events.back().at) {
      value.error(Code::kTestTime,
                  "`" + event->text + "` comes after `" + test.events.back().text + "` and is earlier");
    }
    test.events.push_back(std::move(*event));
  }
}

}  // namespace

void read_tests(const Value& list, JourneyScope& scope) {
  JourneyTests all{JourneyId(scope.tables.definition.journeys.size()), {}};
  for (const Value& value : read_list(list, kTestsMax).value_or(std::vector<Value>{})) {
    Fields fields(value);
    DefinitionTest test;
    test.name = std::to_string(all.tests.size() + 1);
    test.written = written_at(value);
    fields.into("name", test.name, read_text);
    if (const auto events = fields.need("events", "add events: [\"0 open\", …]")) read_events(*events, test, scope);
    if (const auto expect = fields.need("expect", "add `expect`: an outcome, a list of outcomes, or a mapping")) {
      read_expectation(*expect, test, scope);
    }
    fields.finish();
    all.tests.push_back(std::move(test));
  }
  scope.tables.tests.push_back(std::move(all));
}

}  // namespace bellrock::config
