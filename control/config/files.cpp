#include "control/config/files.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>

namespace bellrock::config {
namespace {

namespace fs = std::filesystem;

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

std::vector<std::string> files_in(const std::string& directory, Report& report) {
  std::vector<std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator at(directory, error), end;
  for (; !error && at != end; at.increment(error)) {
    if (is_hidden(at->path())) {
      if (at->is_directory(error)) at.disable_recursion_pending();
      continue;
    }
    const std::string extension = at->path().extension().string();
    if ((extension == ".yaml" || extension == ".yml") && !at->is_directory(error)) files.push_back(at->path().string());
  }
  if (error) report.error(Code::kUnreadable, {directory, {}, ""}, "cannot be read: " + error.message());
  if (!error && files.empty())
    report.error(Code::kNothing, {directory, {}, ""}, "the directory holds no *.yaml or *.yml");
  std::sort(files.begin(), files.end());
  return files;
}

void read_file(const std::string& path, std::vector<SourceText>& texts, Report& report) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  // One byte more than allowed tells a file that is too large from one that just fits.
  text.resize(kFileBytesMax + 1);
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file && !file.eof()) {
    report.error(Code::kUnreadable, {path, {}, ""}, std::string("cannot be read: ") + std::strerror(errno));
    return;
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  texts.push_back({path, std::move(text)});
}

// The bytes of the UTF-8 sequence at `at` (Unicode 15, table 3-7), or 0 when there is none.
std::size_t sequence_bytes(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u; };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool good = (first != 0xe0 || second >= 0xa0) && (first != 0xed || second < 0xa0);
    return good && continues(1) && continues(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool good = (first != 0xf0 || second >= 0x90) && (first != 0xf4 || second < 0x90);
    return good && continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::vector<SourceText> read_files(std::span<const std::string> files_or_directories, Report& report) {
  std::vector<SourceText> texts;
  std::set<std::string> seen;
  const auto read_once = [&](const std::string& path) {
    std::error_code error;
    const fs::path canonical = fs::weakly_canonical(path, error);
    if (seen.insert(error ? path : canonical.string()).second) read_file(path, texts, report);
  };
  for (const std::string& path : files_or_directories) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      for (const std::string& file : files_in(path, report)) read_once(file);
    } else {
      read_once(path);
    }
  }
  return texts;
}

std::string unusable(const NamedFile& named) {
  std::error_code error;
  const bool regular = fs::is_regular_file(named.path, error);
  if (error) return error.message();
  if (!regular) return "it is no file";
  if (access(named.path.c_str(), R_OK) != 0) return std::strerror(errno);
  if (!named.first_line) return "";
  std::ifstream file(named.path);
  std::string line;
  return std::getline(file, line) && !line.empty() && line != "\r" ? "" : "its first line is empty";
}

void check_named_files(const Loaded& loaded, Report& report) {
  const auto check = [&](const char* process, const NamedFile& named) {
    const std::string why = unusable(named);
    if (why.empty()) return;
    report.warning(Code::kNotHere, {named.at.file, {named.at.line, named.at.column}, named.at.key},
                   std::string("the ") + process + " will not start without " + shown(named.path) + ": " + why);
  };
  const auto& serve = loaded.definition.serve;
  const auto place = loaded.places.find(std::string(kSnippetPlace));
  if (serve.on && place != loaded.places.end()) check("edge", {serve.snippet_file, false, place->second});
  for (const auto& named : loaded.agent.files) check("agent", named);
  for (const auto& named : loaded.central.files) check("centre", named);
}

bool check_text(const SourceText& source, Report& report, std::size_t bytes_max) {
  const std::string_view text = source.text;
  if (text.size() > bytes_max) {
    report.error(Code::kTooLarge, {source.file, {1, 1}, ""},
                 "the file is larger than " + std::to_string(bytes_max / (1024 * 1024)) + " MiB");
    return false;
  }
  yaml::Mark mark{1, 1};
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = sequence_bytes(text, at);
    const bool control =
        (static_cast<unsigned char>(text[at]) < 0x20 && text[at] != '\t' && text[at] != '\n' && text[at] != '\r') ||
        text[at] == 0x7f;
    if (bytes == 0 || control) {
      report.error(Code::kEncoding, {source.file, mark, ""},
                   bytes == 0 ? "the text is not UTF-8" : "the text holds a control character");
      return false;
    }
    mark.column += 1;
    if (text[at] == '\n') mark = {mark.line + 1, 1};
    at += bytes;
  }
  return true;
}

}  // namespace bellrock::config
