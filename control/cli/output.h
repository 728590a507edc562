// How commands show what they found: tables for people, JSON, YAML and JSON lines for programs. Names that came over
// the network are shown without control characters, so that none can steer a terminal.
#pragma once

#include <iosfwd>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace bellrock::cli {

using Json = nlohmann::ordered_json;

enum class Format { kTable, kJson, kYaml, kJsonl };

// The names of -o, in the order of Format.
inline const std::vector<std::string> kFormatNames{"table", "json", "yaml", "jsonl"};
Format format_of(std::string_view name);  // kTable for others

// `document` as JSON or YAML; as JSON lines its array `items`, or itself in one line where `items` is empty.
void write_document(std::ostream& out, Format format, const Json& document, std::string_view items);
std::string to_yaml(const Json& value);

enum class Align { kLeft, kRight };
enum class Colour { kNone, kGreen, kRed, kYellow, kBold, kDim };

struct Cell {
  Cell(std::string cell_text, Colour cell_colour = Colour::kNone) : text(std::move(cell_text)), colour(cell_colour) {}
  Cell(const char* cell_text) : text(cell_text) {}
  std::string text;
  Colour colour = Colour::kNone;
};

// Columns as wide as their widest cell, two spaces between them. The header is not shown for an empty table.
class Table {
 public:
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<Cell> row);
  void write(std::ostream& out, bool colours) const;
  [[nodiscard]] bool empty() const { return rows_.empty(); }

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

std::string coloured(std::string_view text, Colour colour, bool colours);

// True for a terminal that wants colours: not with NO_COLOR, nor TERM=dumb (no-color.org).
bool wants_colours(int descriptor);

std::string printable(std::string_view text);      // control characters, and those of direction, become '?'
std::size_t display_width(std::string_view text);  // of UTF-8 text without control characters: one for each code point
std::string grouped(std::uint64_t number);         // 1234567 → "1,234,567"

}  // namespace bellrock::cli
