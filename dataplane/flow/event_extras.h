// What few messages say beside their steps: values of open-ended dimensions, money, what tells attempts apart, web
// vitals, a click, an error, the page that is viewed, an answer, a page that was served or spoken of, where a replay
// is, more keys of its visitor. It is almost half of an event's size, so it is copied only with an event that has
// something of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/base/counters.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/limits.h"
#include "dataplane/flow/click.h"
#include "dataplane/flow/feedback.h"
#include "dataplane/flow/frustration.h"
#include "dataplane/flow/page_error.h"
#include "dataplane/flow/page_sight.h"
#include "dataplane/flow/replay_pointer.h"
#include "dataplane/flow/vital.h"

namespace bellrock {

// A value of an open-ended dimension. Its number is the owner core's to give.
struct TopText {
  DimensionId dimension;
  std::uint8_t size = 0;  // 0: a value that is none to be told apart
  std::array<char, kTopTextBytesMax> text{};
};

inline constexpr std::uint64_t kBadAmount = ~std::uint64_t{0};  // there, and not a whole number up to kAmountMax

// Who an event is about, as one key says. The keys rotate (journey/session_keys.h), the hash never does.
struct VisitorKey {
  SessionKey key;
  SessionKey previous{};  // under the key before; all zero: not asked for
  std::uint32_t hash = 0;
};

class EventExtras {
 public:
  struct Values {
    std::uint8_t top_count = 0;
    std::uint8_t click = 0;  // 1 + ClickKind; its page and device are those of `vitals`. 0: none
    Answer answer;
    std::uint16_t click_place = 0;  // of the click
    std::array<TopText, kTopDimensionsMax> tops{};
    // By Definition::amounts, where a step takes it: 1 + minor units; 0: not there, or not asked for.
    std::array<std::uint64_t, kAmountsMax> amounts{};
    // By Definition::correlates: a keyed hash of what tells attempts apart; 0: the message does not say.
    std::array<std::uint32_t, kCorrelatesMax> correlates{};
    VitalValues vitals;
    ViewedPage viewed;
    PageError error;
    PageSight sight;
    ReplayPointer replay;
    // Where keys are linked: those that came beside the event's own, none of them twice.
    std::uint8_t more_key_count = 0;
    std::array<VisitorKey, kLinkedKeysMax - 1> more_keys{};
  };

  EventExtras() : said_(false) {}  // `values_` is made when something is said
  EventExtras(const EventExtras& other) { *this = other; }
  EventExtras& operator=(const EventExtras& other) {
    said_ = other.said_;
    if (said_) values_ = other.values_;
    return *this;
  }
  ~EventExtras() = default;

  // To say something: all zero at first.
  Values& say() {
    if (!said_) values_ = Values{};
    said_ = true;
    return values_;
  }

  [[nodiscard]] std::span<const TopText> tops() const {
    return said_ ? std::span<const TopText>(values_.tops).first(values_.top_count) : std::span<const TopText>{};
  }
  [[nodiscard]] std::span<const VisitorKey> more_keys() const {
    return said_ ? std::span<const VisitorKey>(values_.more_keys).first(values_.more_key_count)
                 : std::span<const VisitorKey>{};
  }
  [[nodiscard]] const VitalValues* vitals() const {
    return said_ && values_.vitals.said != 0 ? &values_.vitals : nullptr;
  }
  // An event that says this says nothing else.
  [[nodiscard]] const PageSight* sight() const {
    return said_ && values_.sight.what != PageSight::What::kNothing ? &values_.sight : nullptr;
  }
  [[nodiscard]] const Answer* answer() const {
    return said_ && values_.answer.question != Question::kCount ? &values_.answer : nullptr;
  }
  [[nodiscard]] std::optional<Click> click() const {
    if (!said_ || values_.click == 0) return std::nullopt;
    return Click{values_.vitals.page, values_.vitals.device, static_cast<ClickKind>(values_.click - 1),
                 values_.click_place};
  }
  [[nodiscard]] const PageError* error() const { return said_ && values_.error.said ? &values_.error : nullptr; }
  [[nodiscard]] const ViewedPage* viewed() const {
    return said_ && values_.viewed.number != 0 ? &values_.viewed : nullptr;
  }
  // A beacon brings vitals, a click or an error.
  void say_click(const Click& click) {
    Values& says = say();
    says.click = static_cast<std::uint8_t>(1 + static_cast<unsigned>(click.kind));
    says.click_place = click.place;
    says.vitals.page = click.page;
    says.vitals.device = click.device;
  }
  [[nodiscard]] bool says_of_page() const {
    return vitals() != nullptr || click().has_value() || error() != nullptr || viewed() != nullptr;
  }
  void forget_page() {
    if (!said_) return;
    values_.vitals.said = values_.click = values_.viewed.number = 0;
    values_.error.said = false;
  }
  [[nodiscard]] const ReplayPointer* replay() const {
    return said_ && values_.replay.size != 0 ? &values_.replay : nullptr;
  }
  [[nodiscard]] std::uint64_t amount(std::size_t index) const { return said_ ? values_.amounts[index] : 0; }
  [[nodiscard]] std::uint32_t correlate(std::size_t list) const { return said_ ? values_.correlates[list] : 0; }

 private:
  bool said_;
  union {
    Values values_;
  };
};

}  // namespace bellrock
