// Files and directories → texts. Start-up only.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "control/config/loader.h"
#include "control/config/report.h"

namespace bellrock::config {

// A configuration file is written by people; this is a hundred times the largest that is expected.
inline constexpr std::size_t kFileBytesMax = 1024 * 1024;

// Each file once, directories recursively with *.yaml and *.yml in the order of their paths. Hidden files are skipped.
std::vector<SourceText> read_files(std::span<const std::string> files_or_directories, Report& report);

// Why a process cannot start with this file; empty: it can.
std::string unusable(const NamedFile& file);

// Warns of files that the configuration names and that are not on this machine; it may be meant for another one.
void check_named_files(const Loaded& loaded, Report& report);

// Whether the text can be given to the YAML parser: not larger than whole MiB, UTF-8, no control characters.
bool check_text(const SourceText& source, Report& report, std::size_t bytes_max = kFileBytesMax);

}  // namespace bellrock::config
