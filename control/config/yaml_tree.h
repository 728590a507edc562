// A YAML stream as a plain tree in which every value and key knows its line and column. Built from yaml-cpp's events
// rather than its nodes: duplicate keys stay visible, and aliases, which could make a small file endlessly large, are
// refused. yaml-cpp bounds the nesting (500); the loader bounds the size of a file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/config/codes.h"

namespace bellrock::config::yaml {

struct Mark {
  int line = 0, column = 0;  // from 1
};

enum class NodeType { kNull, kScalar, kList, kMap };

struct Key {
  std::string text;
  Mark mark;
};

struct Node {
  NodeType type = NodeType::kNull;
  Mark mark = {};
  std::string text = {};         // kScalar
  bool quoted = false;           // kScalar: a quoted number is a string
  std::vector<Key> keys = {};    // kMap: the keys of `items`, in the file's order
  std::vector<Node> items = {};  // kList, kMap
};

struct Problem {
  Code code = Code::kSyntax;
  Mark mark;
  std::string message;
};

struct Stream {
  std::vector<Node> documents;    // what could be read before the first syntax error
  std::vector<Problem> problems;  // empty: all of it
};

Stream parse(const std::string& text);

}  // namespace bellrock::config::yaml
