#include "control/cli/output.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>

namespace bellrock::cli {
namespace {

const char* escape_of(Colour colour) {
  switch (colour) {
    case Colour::kGreen:
      return "\x1b[32m";
    case Colour::kRed:
      return "\x1b[31m";
    case Colour::kYellow:
      return "\x1b[33m";
    case Colour::kBold:
      return "\x1b[1m";
    case Colour::kDim:
      return "\x1b[2m";
    case Colour::kNone:
      break;
  }
  return "";
}

// A scalar as YAML 1.2 reads it back: strings always in JSON's quotes, which are YAML's double quotes.
std::string scalar(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

void yaml(const Json& value, std::size_t depth, std::string& out);

// What follows "key:" or "-".
void yaml_value(const Json& value, std::size_t depth, std::string& out) {
  if (!value.is_structured() || value.empty()) {
    out += ' ' + scalar(value) + '\n';
  } else {
    out += '\n';
    yaml(value, depth, out);
  }
}

void yaml(const Json& value, std::size_t depth, std::string& out) {
  const std::string indent(depth * 2, ' ');
  if (value.is_array()) {
    for (const auto& one : value) {
      out += indent + '-';
      yaml_value(one, depth + 1, out);
    }
    return;
  }
  for (const auto& [key, one] : value.items()) {
    out += indent + scalar(Json(key)) + ':';
    yaml_value(one, depth + 1, out);
  }
}

}  // namespace

Format format_of(std::string_view name) {
  const auto found = std::find(kFormatNames.begin(), kFormatNames.end(), name);
  return found == kFormatNames.end() ? Format::kTable : static_cast<Format>(found - kFormatNames.begin());
}

std::string to_yaml(const Json& value) {
  if (!value.is_structured() || value.empty()) return scalar(value) + '\n';
  std::string out;
  yaml(value, 0, out);
  return out;
}

void write_document(std::ostream& out, Format format, const Json& document, std::string_view items) {
  constexpr auto kReplace = Json::error_handler_t::replace;
  if (format == Format::kYaml) {
    out << to_yaml(document);
  } else if (format != Format::kJsonl) {
    out << document.dump(2, ' ', false, kReplace) << '\n';
  } else if (items.empty()) {
    out << document.dump(-1, ' ', false, kReplace) << '\n';
  } else {
    for (const auto& one : document.at(std::string(items))) out << one.dump(-1, ' ', false, kReplace) << '\n';
  }
}

void Table::add(std::vector<Cell> row) {
  for (auto& cell : row) cell.text = printable(cell.text);
  row.resize(columns_.size(), Cell(""));
  rows_.push_back(std::move(row));
}

void Table::write(std::ostream& out, bool colours) const {
  if (rows_.empty()) return;
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = display_width(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, display_width(row[i].text));
    widths.push_back(width);
  }
  const auto line = [&](const auto& cell_of) {
    std::string text;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const Cell cell = cell_of(i);
      const std::string pad(widths[i] - display_width(cell.text), ' ');
      const bool last = i + 1 == columns_.size();
      const bool right = columns_[i].align == Align::kRight;
      text += (right ? pad : "") + coloured(cell.text, cell.colour, colours) + (right || last ? "" : pad) +
              (last ? "" : "  ");
    }
    out << text << '\n';
  };
  line([&](std::size_t i) { return Cell(columns_[i].title, Colour::kDim); });
  for (const auto& row : rows_) line([&](std::size_t i) { return row[i]; });
}

std::string coloured(std::string_view text, Colour colour, bool colours) {
  if (!colours || colour == Colour::kNone) return std::string(text);
  return escape_of(colour) + std::string(text) + "\x1b[0m";
}

bool wants_colours(int descriptor) {
  const char* const refused = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  if (refused && *refused) return false;
  return ::isatty(descriptor) == 1 && terminal && std::string_view(terminal) != "dumb";
}

namespace {

// Bytes of what a text begins with that must not reach a terminal as it is: control characters (C0, DEL, C1), and those
// that turn the direction of what follows (Unicode's Bidi_Control). 0: nothing.
std::size_t unprintable(std::string_view text) {
  using namespace std::string_view_literals;
  const auto c = static_cast<unsigned char>(text.front());
  if (c < 0x20 || c == 0x7f) return 1;
  if (c == 0xc2 && text.size() > 1 && static_cast<unsigned char>(text[1]) < 0xa0) return 2;
  if (text.starts_with("\xd8\x9c"sv)) return 2;
  for (const auto bidi :
       {"\xe2\x80\x8e"sv, "\xe2\x80\x8f"sv, "\xe2\x80\xaa"sv, "\xe2\x80\xab"sv, "\xe2\x80\xac"sv, "\xe2\x80\xad"sv,
        "\xe2\x80\xae"sv, "\xe2\x81\xa6"sv, "\xe2\x81\xa7"sv, "\xe2\x81\xa8"sv, "\xe2\x81\xa9"sv}) {
    if (text.starts_with(bidi)) return bidi.size();
  }
  return 0;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t bad = unprintable(text);
    out.push_back(bad == 0 ? text.front() : '?');
    text.remove_prefix(std::max<std::size_t>(bad, 1));
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;  // not a continuation byte
  }));
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

}  // namespace bellrock::cli
