#include "base/error.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace dcs {

std::string_view name_of(Fault fault) noexcept {
    switch (fault) {
    case Fault::bad_input: return "bad_input";
    case Fault::unauthorized: return "unauthorized";
    case Fault::forbidden: return "forbidden";
    case Fault::not_found: return "not_found";
    case Fault::conflict: return "conflict";
    case Fault::rate_limited: return "rate_limited";
    case Fault::unavailable: return "unavailable";
    case Fault::rejected: return "rejected";
    case Fault::bug: return "bug";
    }
    return "bug";
}

bool retryable(Fault fault) noexcept {
    switch (fault) {
    case Fault::rate_limited:
    case Fault::unavailable: return true;
    case Fault::bad_input:
    case Fault::unauthorized:
    case Fault::forbidden:
    case Fault::not_found:
    case Fault::conflict:
    case Fault::rejected:
    case Fault::bug: return false;
    }
    return false;
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
    throw std::logic_error{
        fmt::format("{}:{}: unhandled {}: {}", where.file_name(), where.line(), name_of(error.fault), error.detail)};
}

}  // namespace dcs
