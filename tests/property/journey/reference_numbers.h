// The numbers of one visitor's beacons, for the reference: every number that was ever seen, in sets.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

namespace bellrock::journey::reference {

class Numbers {
 public:
  // What an attempt remembers of the moment at which a beacon began to be expected.
  struct Since {
    bool numbered = false;                       // beacons had numbers before it
    std::map<std::size_t, std::uint32_t> first;  // by numbering: the first number after it
    std::size_t numberings = 0;                  // that there were
    bool lost = false;                           // some had not come when the numbers were forgotten
  };
  [[nodiscard]] bool any() const { return !views_.empty(); }
  // What can still be said when these numbers are forgotten.
  void forget(Since& since) const {
    since.lost = since.lost || missing(since);
    since.numbered = false;
    since.first.clear();
  }

  // False: the same number on the same page view.
  bool see(std::uint32_t page_view, std::uint32_t number) {
    const std::size_t numbering = numbering_of(page_view, number);
    std::set<std::uint32_t>& seen = numberings_[numbering];
    // Of what is 32 below the highest nothing is kept.
    if (!seen.empty() && number + 32 <= *seen.rbegin()) return true;
    return seen.insert(number).second;
  }

  [[nodiscard]] Since now() const {
    Since since;
    since.numbered = !views_.empty();
    since.numberings = numberings_.size();
    for (const View& view : views_) since.first[view.numbering] = *numberings_[view.numbering].rbegin() + 1;
    return since;
  }

  // A number of after `since` that has not come.
  [[nodiscard]] bool missing(const Since& since) const {
    if (since.lost) return true;
    for (std::size_t i = 0; since.numbered && i < numberings_.size(); ++i) {
      const auto known = since.first.find(i);
      if (known == since.first.end() && i < since.numberings) continue;
      const std::uint32_t first = known == since.first.end() ? 1 : known->second;
      for (std::uint32_t n = first; n <= *numberings_[i].rbegin(); ++n) {
        if (!numberings_[i].contains(n)) return true;
      }
    }
    return false;
  }

  // Whether a number that has been seen can be compared with those of `since`, and came after it.
  enum class Order { kUnknown, kBefore, kAfter };
  [[nodiscard]] Order order(const Since& since, std::uint32_t page_view, std::uint32_t number) const {
    for (const View& view : views_) {
      const auto first = since.first.find(view.numbering);
      if (view.page_view != page_view || first == since.first.end()) continue;
      return number >= first->second ? Order::kAfter : Order::kBefore;
    }
    return Order::kUnknown;
  }

 private:
  struct View {
    std::uint32_t page_view;
    std::size_t numbering;
  };

  // The two latest page views are known; another one goes on with the newest one's numbers, or begins at the first.
  std::size_t numbering_of(std::uint32_t page_view, std::uint32_t number) {
    for (const View& view : views_) {
      if (view.page_view == page_view) return view.numbering;
    }
    std::size_t numbering = numberings_.size();
    if (!views_.empty() && number > *numberings_[views_[0].numbering].rbegin()) {
      numbering = views_[0].numbering;
    } else {
      numberings_.emplace_back();
    }
    views_.insert(views_.begin(), {page_view, numbering});
    if (views_.size() > 2) views_.pop_back();
    return numbering;
  }

  std::vector<View> views_;  // newest first
  std::vector<std::set<std::uint32_t>> numberings_;
};

}  // namespace bellrock::journey::reference
