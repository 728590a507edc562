#include "control/config/diagnostic.h"

#include <algorithm>

namespace bellrock::config {

std::string to_line(const Diagnostic& diagnostic) {
  std::string line = diagnostic.file;
  if (diagnostic.line > 0) line += ':' + std::to_string(diagnostic.line) + ':' + std::to_string(diagnostic.column);
  line += diagnostic.note ? ": note " : diagnostic.warning ? ": warning " : ": error ";
  line += diagnostic.code;
  if (!diagnostic.key.empty()) line += " [" + diagnostic.key + ']';
  return line + ": " + diagnostic.message + "; fix: " + diagnostic.fix;
}

std::string clipped(std::string_view text) {
  constexpr std::size_t kBytesMax = 80;
  const bool cut = text.size() > kBytesMax;
  if (cut) {
    std::size_t end = kBytesMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not inside a UTF-8 sequence
    text = text.substr(0, end);
  }
  std::string out = std::string(text) + (cut ? "…" : "");
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return out;
}

std::string shown(std::string_view text) { return '`' + clipped(text) + '`'; }

}  // namespace bellrock::config
