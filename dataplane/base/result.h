// Result<T, E>: a value or an error, returned by everything that can fail. It allocates nothing and throws nothing.
// On the packet path E is `Drop` (counters.h): bad input is an outcome, not an exception.
#pragma once

#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include "dataplane/base/check.h"

namespace bellrock {

// A failure of our own machinery: what failed, and one number that says more (errno, an offset, a line).
struct Error {
  const char* what = "";
  std::int64_t detail = 0;
};

template <typename E>
struct Failure {
  E error;
};
template <typename E>
Failure(E) -> Failure<E>;

template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)), ok_(true) {}
  template <typename F>
  requires std::is_convertible_v<F, E> Result(Failure<F> failure) : error_(std::move(failure.error)), ok_(false) {}
  Result(const Result& other) : ok_(other.ok_) { construct(other); }
  Result(Result&& other) noexcept : ok_(other.ok_) { construct(std::move(other)); }
  Result& operator=(Result other) noexcept {
    destroy();
    ok_ = other.ok_;
    construct(std::move(other));
    return *this;
  }
  ~Result() { destroy(); }

  [[nodiscard]] bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  [[nodiscard]] T& value() & { return CHECK(ok_), value_; }
  [[nodiscard]] const T& value() const& { return CHECK(ok_), value_; }
  [[nodiscard]] T&& value() && { return CHECK(ok_), std::move(value_); }
  [[nodiscard]] const E& error() const { return CHECK(!ok_), error_; }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  template <typename R>
  void construct(R&& other) {
    if (ok_) {
      new (&value_) T(std::forward<R>(other).value_);
    } else {
      new (&error_) E(std::forward<R>(other).error_);
    }
  }
  void destroy() {
    if (ok_) {
      value_.~T();
    } else {
      error_.~E();
    }
  }

  union {
    T value_;
    E error_;
  };
  bool ok_;
};

struct Done {};
template <typename E = Error>
using Status = Result<Done, E>;

}  // namespace bellrock

#define BELLROCK_JOIN_(a, b) a##b
#define BELLROCK_JOIN(a, b) BELLROCK_JOIN_(a, b)
#define BELLROCK_TRY_ASSIGN_(temporary, declaration, expression)                 \
  auto temporary = (expression);                                                 \
  if (!temporary.ok()) return ::bellrock::Failure{std::move(temporary).error()}; \
  declaration = std::move(temporary).value()

// TRY_ASSIGN(const auto x, f()): x is f()'s value, or the enclosing function returns f()'s error.
#define TRY_ASSIGN(declaration, expression) \
  BELLROCK_TRY_ASSIGN_(BELLROCK_JOIN(try_result_, __LINE__), declaration, expression)

// TRY(f()): go on, or return f()'s error.
#define TRY(expression)                                                              \
  do {                                                                               \
    auto try_status = (expression);                                                  \
    if (!try_status.ok()) return ::bellrock::Failure{std::move(try_status).error()}; \
  } while (false)
