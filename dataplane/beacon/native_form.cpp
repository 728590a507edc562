#include "dataplane/beacon/native_form.h"

#include "dataplane/beacon/json_scalars.h"
#include "dataplane/beacon/native_json.h"

namespace bellrock::beacon {
namespace {

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const int letter = (c | 0x20) - 'a';
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

// Text without anything coded is used where it is.
std::string_view decode(std::string_view text, Scratch& scratch) {
  if (text.find('%') == std::string_view::npos && text.find('+') == std::string_view::npos) return text;
  char* out = scratch.top();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      *out++ = static_cast<char>(high << 4 | low);
      i += 2;
    } else {
      *out++ = text[i] == '+' ? ' ' : text[i];
    }
  }
  return scratch.keep(out);
}

struct Boomerang {
  bool session = false;        // rt.si was there: the beacon is boomerang's own
  bool unload = false;         // rt.quit: its t_done repeats the page's
  bool duration = false;       // `dur` came from t_done
  bool other_version = false;  // `v` is not a number
};

// boomerang's names first; then the native ones.
Field form_field_of(std::string_view name, Boomerang& boomerang, Draft& draft) {
  if (name == "rt.si") {
    boomerang.session = true;
    return Field::kSid;
  }
  if (name == "rt.quit") boomerang.unload = true;
  if (name == "u") return Field::kPage;
  if (name == "t_done") {
    boomerang.duration = !draft.seen(Field::kDur);
    return Field::kDur;
  }
  if (name.size() > kFieldNames[static_cast<std::size_t>(Field::kSynthetic)].size()) return Field::kUnknown;
  std::array<char, 16> padded{};
  std::memcpy(padded.data(), name.data(), name.size());
  return field_of(padded.data(), name.size());
}

void read_number(Field field, std::string_view value, Draft& draft, Boomerang& boomerang) {
  double number = 0;
  const char* const end = value.data() + value.size();
  const bool whole = !value.empty() && parse_number(value.data(), end, number) == end;
  if (whole)
    draft.on_number(field, number);
  else if (field == Field::kV)
    boomerang.other_version = true;
  else
    draft.on_wrong_type();
}

void read_bool(Field field, std::string_view value, Draft& draft) {
  const bool yes = value == "true" || value == "1";
  if (yes || value == "false" || value == "0")
    draft.on_bool(field, yes);
  else
    draft.on_wrong_type();
}

// The text was decoded, so it ends in the scratch or in the carrier: the walker reads nothing behind it but the 8 bytes
// at a key, so it is copied where there is room.
void read_attrs_text(std::string_view value, Draft& draft, Scratch& scratch, JsonIndex& index) {
  std::memmove(scratch.top(), value.data(), value.size());
  const std::string_view text = scratch.keep(scratch.top() + value.size());
  if (index.build(text) != BeaconReject::kCount) return draft.on_wrong_type();
  JsonWalker walker(text, index.tokens(), scratch);
  if (walker.peek() != '{' || !read_attrs(walker, draft) || !walker.at_end()) draft.on_wrong_type();
}

}  // namespace

BeaconReject read_native_form(std::string_view text, Draft& draft, Scratch& scratch, JsonIndex& index) {
  Boomerang boomerang;
  bool utf8 = true;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string_view name = decode(pair.substr(0, equals), scratch);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view("") : decode(pair.substr(equals + 1), scratch);
    utf8 = utf8 && is_utf8(name) && is_utf8(value);
    const Field field = form_field_of(name, boomerang, draft);
    if (!draft.claim(field)) continue;
    if (field < Field::kV)
      draft.on_string(field, value);
    else if (field < Field::kOk)
      read_number(field, value, draft, boomerang);
    else if (field < Field::kAttrs)
      read_bool(field, value, draft);
    else
      read_attrs_text(value, draft, scratch, index);
  }
  if (!utf8) return BeaconReject::kBadUtf8;
  if (boomerang.session)
    draft.finish_as_boomerang(boomerang.unload && boomerang.duration);
  else if (boomerang.other_version)
    draft.on_wrong_type();
  return draft.finish();
}

}  // namespace bellrock::beacon
