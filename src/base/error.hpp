#pragma once
// Error: what went wrong, told as what the caller can do about it.
//
// Promise    every function that can fail for a reason outside the program returns Result<T>. Exceptions mean bugs.
// Secrets    `detail` goes to the log: ids, sizes, names of settings and SQLSTATEs; never a payload, a secret or
//            clinical text.

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dcs {

/// What the caller can do about a failure.
enum class Fault {
    bad_input,     // the sender must change the request
    unauthorized,  // secret, signature or token refused
    forbidden,     // known caller, not allowed
    not_found,     // upstream says it does not exist (any more)
    conflict,      // a constraint refused it, or somebody else holds it
    rate_limited,  // wait `retry_after`, then again
    unavailable,   // connection, timeout, deadlock, restart: again with backoff
    rejected,      // the other side understood and will not; the same again fails the same way
    bug,           // ours; a retry would fail the same way
};

struct Error {
    Fault fault{};
    std::string detail;  // for the log
    std::optional<std::chrono::milliseconds> retry_after{};
};

template <class T = void>
using Result = boost::system::result<T, Error>;

/// The fault's name as logs and tables show it.
std::string_view name_of(Fault fault) noexcept;

/// Whether the same call can succeed later without anybody changing anything.
bool retryable(Fault fault) noexcept;

/// Called by boost::system::result when `.value()` is taken of a failure: a bug in the caller.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace dcs
