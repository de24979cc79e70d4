#pragma once
// FakeInbox: remembers arrivals; can be told to fail.

#include "inbox/inbox.hpp"

#include <optional>
#include <vector>

namespace dcs::ingress {

struct FakeInbox {
    std::vector<inbox::Arrival> arrivals{};
    std::optional<Error> outage{};
    bool duplicate = false;

    Async<Result<inbox::Stored>> append(inbox::Arrival arrival) {
        if (outage) co_return *outage;
        arrivals.push_back(std::move(arrival));
        const inbox::Stored stored{"id-" + std::to_string(arrivals.size()), duplicate};
        co_return stored;
    }
};

}  // namespace dcs::ingress
