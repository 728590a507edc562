// A folder of documents that commands wrote, checked against the schema that is published for them.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "control/cli/output.h"
#include "tests/unit/control/cli/scratch_files.h"

namespace bellrock::cli {

class SchemaFolder {
 public:
  // `name` is that of the document in the schema.
  template <typename Command>
  void add(const char* name, Command&& command) {
    std::ostringstream out, err;
    command(out, err);
    EXPECT_TRUE(Json::accept(out.str())) << name << err.str();
    folder_.write(std::string(name) + ".json", out.str());
  }
  void check(std::size_t documents) const {
    const std::string command = "python3 -B " BELLROCK_SOURCE "/tests/unit/control/cli/check_schema.py " BELLROCK_SOURCE
                                "/control/cli/output.schema.json " +
                                folder_.path("") + " 2>&1";
    FILE* const pipe = ::popen(command.c_str(), "r");
    std::string said;
    char buffer[4'096];
    while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, pipe)) said.append(buffer, n);
    EXPECT_EQ(::pclose(pipe), 0) << said;
    EXPECT_EQ(said, std::to_string(documents) + " documents\n");
  }

 private:
  ScratchFiles folder_;
};

}  // namespace bellrock::cli
