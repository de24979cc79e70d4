#pragma once
// Refusals: deliveries that could not be stored, told in the log: the first, one a minute while it lasts, and its end.
//
// Promise    an outage of hours with thousands of deliveries makes some lines an hour, each with how many there were.
// Threads    the executor's single thread.

#include "base/error.hpp"
#include "base/log_seldom.hpp"

#include <string_view>

namespace dcs::ingress {

class Refusals {
public:
    void refused(std::string_view source, std::string_view request_id, const Error& error);
    /// One was stored: an outage that was told of is over.
    void stored();

private:
    log::Seldom lines_{};
    std::int64_t since_stored_ = 0;
    bool told_ = false;
};

}  // namespace dcs::ingress
