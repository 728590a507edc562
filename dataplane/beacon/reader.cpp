#include "dataplane/beacon/reader.h"

#include <algorithm>
#include <vector>

#include "dataplane/beacon/carrier.h"
#include "dataplane/beacon/draft.h"
#include "dataplane/beacon/elements.h"
#include "dataplane/beacon/json_index.h"
#include "dataplane/beacon/json_walker.h"
#include "dataplane/beacon/native_form.h"
#include "dataplane/beacon/native_json.h"
#include "dataplane/beacon/plain_json.h"
#include "dataplane/beacon/report_json.h"

namespace bellrock::beacon {
namespace {

// What the next call of next() has to read.
enum class Source : std::uint8_t {
  kNothing,
  kRefused,   // one refused beacon: `reject`
  kForm,      // all of `rest`
  kBody,      // `rest` is one object, or lines of them: not yet known
  kLines,     // `rest` is lines
  kArray,     // the walker stands at an element of an array that is JSON so far
  kElements,  // `rest` starts at an element of an array that is not all JSON
  kArrayEnd,  // `rest` is what follows an array's ']'
  kArrayCut,  // an array ended without its ']'
};

// The other verdicts are about what a JSON text says.
bool is_json(BeaconReject verdict) {
  return verdict != BeaconReject::kNotJson && verdict != BeaconReject::kTruncatedBody &&
         verdict != BeaconReject::kBadUtf8;
}

}  // namespace

struct Reader::State {
  // A form is decoded, its `attrs` copied, and the strings of these unescaped: each no longer than the text. Keys at
  // the end of a text and of `attrs` in it are copied as well.
  explicit State(std::size_t bytes_max)
      : body_bytes_max(bytes_max),
        memory(3 * std::max(bytes_max, kHeadBytesMax) + 4 * kKeyReadable),
        scratch(memory),
        index(std::max(bytes_max, kHeadBytesMax)) {}

  Step accept_or_refuse(BeaconReject verdict);
  Step finish_with(BeaconReject verdict);
  bool walk_object() {
    return dialect == Dialect::kReports ? read_report(walker, draft) : read_native_json(walker, draft);
  }
  BeaconReject read_object(std::string_view text);
  void start_array(std::string_view body);
  Step next_of_body();
  Step next_line();
  Step next_of_array();
  Step next_element();
  void clear();
  Step next();

  const std::size_t body_bytes_max;
  std::vector<char> memory;
  Scratch scratch;
  JsonIndex index;
  PlainJson plain;
  Draft draft;
  Dialect dialect = Dialect::kNativeJson;
  Source source = Source::kNothing;
  std::string_view rest;
  std::string_view array;  // the whole body, which the walker of kArray counts in
  JsonWalker walker;
  BeaconReject reject = BeaconReject::kCount;
  std::size_t count = 0;
};

using Step = Reader::Step;

Step Reader::State::accept_or_refuse(BeaconReject verdict) {
  reject = verdict;
  return verdict == BeaconReject::kCount ? Step::kBeacon : Step::kReject;
}

Step Reader::State::finish_with(BeaconReject verdict) {
  source = Source::kNothing;
  return accept_or_refuse(verdict);
}

// `text` as one beacon, complete in itself. Its first byte that is no space need not be a '{'.
BeaconReject Reader::State::read_object(std::string_view text) {
  if (dialect != Dialect::kReports) {
    if (plain.read(text, draft)) [[likely]]
      return draft.finish();
    clear();
  }
  const BeaconReject indexed = index.build(text);
  if (indexed != BeaconReject::kCount) return indexed;
  walker = JsonWalker(text, index.tokens(), scratch);
  const bool object = walker.peek() == '{';
  const bool json = object ? walk_object() : walker.skip_value(0);
  if (!json) return object && walker.ran_out() ? BeaconReject::kTruncatedBody : BeaconReject::kNotJson;
  if (!walker.at_end()) return BeaconReject::kNotJson;
  return object ? draft.finish() : BeaconReject::kWrongType;
}

// A body that starts with '{' is one object if it is JSON as a whole. Else its lines are beacons of their own, if the
// first is JSON by itself, or if each looks like an object. Else it is one refused beacon.
Step Reader::State::next_of_body() {
  const BeaconReject whole = read_object(rest);
  if (is_json(whole)) return finish_with(whole);
  std::string_view more = rest;
  const std::string_view line = take_line(more);
  if (without_leading_space(more).empty()) return finish_with(whole);
  clear();
  const BeaconReject first = read_object(line);
  if (!is_json(first) && !every_line_starts_an_object(more)) return finish_with(whole);
  source = Source::kLines;
  rest = without_leading_space(more);
  return accept_or_refuse(first);
}

Step Reader::State::next_line() {
  const std::string_view line = take_line(rest);
  rest = without_leading_space(rest);
  if (rest.empty()) source = Source::kNothing;
  return accept_or_refuse(read_object(line));
}

// An array is indexed once and walked in place, as long as it is JSON and of objects. What is not goes the slow way.
void Reader::State::start_array(std::string_view body) {
  source = Source::kElements;
  rest = without_leading_space(body.substr(1));
  if (rest.starts_with(']')) {
    source = Source::kArrayEnd;
    rest.remove_prefix(1);
    return;
  }
  if (index.build(body) != BeaconReject::kCount) return;
  source = Source::kArray;
  array = body;
  walker = JsonWalker(body, index.tokens(), scratch);
  walker.skip_token();
}

Step Reader::State::next_of_array() {
  rest = array.substr(walker.offset());
  const bool json = walker.peek() == '{' && walk_object();
  const bool more = json && walker.accept(',');
  if (!json || !(more || walker.peek() == ']' || walker.at_end())) {
    source = Source::kElements;
    clear();
    return next_element();
  }
  if (!more) {
    source = walker.at_end() ? Source::kArrayCut : Source::kArrayEnd;
    rest = array.substr(std::min(walker.offset() + 1, array.size()));
  }
  return accept_or_refuse(draft.finish());
}

Step Reader::State::next_element() {
  const Element element = element_at(rest);
  rest.remove_prefix(std::min(element.text.size() + 1, rest.size()));
  switch (element.end) {
    case Element::End::kComma:
      break;
    case Element::End::kBracket:
      source = Source::kArrayEnd;
      break;
    case Element::End::kCut:
      if (without_leading_space(element.text).empty()) return finish_with(BeaconReject::kTruncatedBody);
      source = Source::kArrayCut;
      break;
    case Element::End::kOpen:
    case Element::End::kConfused: {
      const BeaconReject why = index.build(element.text);
      if (why == BeaconReject::kBadUtf8) return finish_with(why);
      const bool open = element.end == Element::End::kOpen;
      return finish_with(open ? BeaconReject::kTruncatedBody : BeaconReject::kNotJson);
    }
  }
  const BeaconReject verdict = read_object(element.text);
  // Within its boundary nothing was cut: what is missing there was never sent.
  return accept_or_refuse(verdict == BeaconReject::kTruncatedBody ? BeaconReject::kNotJson : verdict);
}

void Reader::State::clear() {
  draft.reset(dialect);
  scratch.clear();
}

Step Reader::State::next() {
  if (source == Source::kNothing) return Step::kEnd;
  clear();
  if (source == Source::kArrayEnd && without_leading_space(rest).empty()) {
    source = Source::kNothing;
    return Step::kEnd;
  }
  if (count++ == kBeaconsPerBodyMax) return finish_with(BeaconReject::kTooManyBeacons);
  switch (source) {
    case Source::kNothing:
      break;
    case Source::kRefused:
      return finish_with(reject);
    case Source::kForm:
      return finish_with(read_native_form(rest, draft, scratch, index));
    case Source::kBody:
      return next_of_body();
    case Source::kLines:
      return next_line();
    case Source::kArray:
      return next_of_array();
    case Source::kElements:
      return next_element();
    case Source::kArrayEnd:
      return finish_with(BeaconReject::kNotJson);
    case Source::kArrayCut:
      return finish_with(BeaconReject::kTruncatedBody);
  }
  return Step::kEnd;
}

Reader::Reader(std::size_t body_bytes_max) : state_(std::make_unique<State>(body_bytes_max)) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

void Reader::start(const HttpRequest& carrier) {
  State& s = *state_;
  s.count = 0;
  s.source = Source::kRefused;
  s.dialect = Dialect::kNativeJson;
  if (carrier.body_error != BeaconReject::kCount) {
    s.reject = carrier.body_error;
    return;
  }
  const Carried carried = carried_by(carrier);
  const std::size_t bytes_max = carried.dialect == Dialect::kNativeQuery ? kHeadBytesMax : s.body_bytes_max;
  s.dialect = carried.dialect;
  s.rest = carried.text;
  s.reject = carried.text.size() > bytes_max ? BeaconReject::kTooLarge : carried.reject;
  if (s.reject != BeaconReject::kCount) return;
  if (carried.dialect == Dialect::kNativeForm || carried.dialect == Dialect::kNativeQuery)
    s.source = Source::kForm;
  else if (carried.text.front() == '[')
    s.start_array(carried.text);
  else
    s.source = Source::kBody;
}

Reader::Step Reader::next() { return state_->next(); }
const Beacon& Reader::beacon() const { return state_->draft.beacon(); }
BeaconReject Reader::reject() const { return state_->reject; }

}  // namespace bellrock::beacon
