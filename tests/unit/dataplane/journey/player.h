// Plays journeys that are written as lines of text through the tracker and through the reference that it is compared
// with.
#pragma once

#include <cmath>
#include <iomanip>
#include <sstream>

#include "tests/property/journey/reference.h"
#include "tests/unit/dataplane/journey/journey_fixture.h"

namespace bellrock::journey {

// A journey as a line of text, "name seconds, …" of one visitor, and the outcomes it must have.
//   `ok`, `5xx` and `closes` answer the last payment's request, `name@s` the one of second s. `name#n` is the beacon
//   numbered n, `name#v:n` of page view v. `name=v` carries v, which tells attempts apart; `name$1999` says that the
//   attempt is worth 1999 cents, `name$-` something that is no such number. `name!` comes from a bot.
struct Vector {
  const char* events;
  const char* outcomes;  // "outcome seconds, …" in the order of their ends; seconds since the attempt's start
};

class Player {
 public:
  explicit Player(JourneyId journey, Definition definition = make_definition())
      : journey_(journey), definition_(std::move(definition)), owner_(definition_) {}

  void play_all(const std::string& text) {
    std::istringstream lines(text);
    for (std::string item; std::getline(lines, item, ',');) play(item);
    owner_.tracker().expire(at_second(100'000));
    owner_.journal().commit();
    reference_.settle_all(at_second(100'000));
  }
  [[nodiscard]] std::string tracked() const { return text_of(owner_.outcomes); }
  [[nodiscard]] std::string by_reference() const { return text_of(reference_.outcomes); }
  // How often an objective came to each verdict, over all windows.
  [[nodiscard]] std::string verdicts(const auto& cells, std::uint8_t objective) const {
    std::map<std::uint8_t, std::uint64_t> counts;
    for (const auto& [at, cell] : cells) {
      const CellKey& key = at.second;
      if (key.kind != CellKind::kObjective || key.item != objective || key.scope != CellScope::kTotal) continue;
      if (key.journey == journey_) counts[key.detail] += cell.count;
    }
    std::string text;
    for (const auto& [verdict, count] : counts) {
      text += (text.empty() ? "" : ", ") + std::string(kVerdictNames[verdict]) + ' ' + std::to_string(count);
    }
    return text;
  }
  // Sums of values in their outcomes' order, over all windows.
  [[nodiscard]] static std::string worth(const auto& cells) {
    std::map<std::uint8_t, Duration> sums;
    for (const auto& [at, cell] : cells) {
      const CellKey& key = at.second;
      if (key.kind != CellKind::kValue || key.scope != CellScope::kTotal) continue;
      for (const Duration amount : cell.values) sums[key.item] += amount;
    }
    std::string text;
    for (const auto& [outcome, sum] : sums) {
      text += (text.empty() ? "" : ", ") + std::string(kOutcomeNames[outcome]) + ' ' + std::to_string(sum);
    }
    return text;
  }
  Owner& owner() { return owner_; }
  reference::Evaluator& reference() { return reference_; }

 private:
  // The reference settles visitor by visitor and attempt by attempt: what ends in one instant has no order.
  static std::string text_of(auto ends) {
    std::stable_sort(ends.begin(), ends.end(), [](const auto& a, const auto& b) { return a.end < b.end; });
    std::ostringstream out;
    out << std::setprecision(12);
    for (const auto& o : ends) {
      if (out.tellp() > 0) out << ", ";
      const Duration microseconds = o.duration / 1'000;
      out << kOutcomeNames[static_cast<std::size_t>(o.outcome)] << ' ' << static_cast<double>(microseconds) / 1e6;
    }
    return out.str();
  }
  void apply(const Event& event) {
    owner_.apply(event);
    reference_.on_event(event);
  }
  void play(const std::string& item) {
    std::istringstream words(item);
    std::string name, until;
    double second = 0;
    words >> name >> second;
    if (name == "every") {
      double last = 0;
      words >> until >> last;
      for (double s = second; s <= last; s += second) apply(make_event(1, at_second(s), Channel::kHttpRequest));
      return;
    }
    const bool bot = name.ends_with('!');
    if (bot) name.pop_back();
    std::uint64_t amount = 0;
    if (const auto sign = name.find('$'); sign != std::string::npos) {
      amount = name[sign + 1] == '-' ? kBadAmount : 1 + std::stoull(name.substr(sign + 1));
      name.resize(sign);
    }
    std::uint32_t correlate = 0;
    if (const auto sign = name.find('='); sign != std::string::npos) {
      correlate = static_cast<unsigned char>(name[sign + 1]);
      name.erase(sign, 2);
    }
    std::string request, number, page_view = "1";
    if (const auto sign = name.find('#'); sign != std::string::npos) {
      number = name.substr(sign + 1);
      name.resize(sign);
      if (const auto colon = number.find(':'); colon != std::string::npos) {
        page_view = number.substr(0, colon);
        number = number.substr(colon + 1);
      }
    }
    if (const auto sign = name.find('@'); sign != std::string::npos) {
      request = name.substr(sign + 1);
      name.resize(sign);
    }
    Event event = make_event(1, at_second(second), channel_of(name));
    if (bot) event.filter = Filter::kBot;
    if (correlate != 0) event.extras.say().correlates[0] = correlate;
    if (amount != 0) event.extras.say().amounts[0] = amount;
    if (!number.empty()) {
      event.channel = Channel::kBeacon;
      add_number(event, static_cast<std::uint32_t>(std::stoul(page_view)),
                 static_cast<std::uint32_t>(std::stoul(number)));
    }
    event.aborted = name == "closes" || name == "closes_open";
    if (event.channel == Channel::kHttpResponse || event.channel == Channel::kHttpEnd) {
      event.request_time = at_second(!request.empty() ? std::stod(request) : name == "closes_open" ? opened_ : sent_);
    }
    if (name == "pay" || name == "query") sent_ = second;
    if (name == "open") opened_ = second;
    const auto& steps = definition_.journeys[journey_.index()].steps;
    const std::string step = name == "ok" ? "pay_ok" : name == "5xx" || name == "none" ? "broken" : name;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (steps[i].name == step) add_match(event, journey_, static_cast<std::uint8_t>(i));
    }
    apply(event);
  }
  static Channel channel_of(const std::string& name) {
    if (name == "open" || name == "pay" || name == "query" || name == "http") return Channel::kHttpRequest;
    if (name == "ok" || name == "5xx" || name == "page" || name == "broken") return Channel::kHttpResponse;
    if (name == "closes" || name == "closes_open" || name == "none") return Channel::kHttpEnd;
    return Channel::kBeacon;
  }

  JourneyId journey_;
  Definition definition_;
  Owner owner_;
  reference::Evaluator reference_{definition_};
  double sent_ = 0, opened_ = 0;
};

}  // namespace bellrock::journey
