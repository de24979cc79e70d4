#include "net/held.hpp"

#include <map>

namespace dcs::net {

Held::Coming::Coming(Held& held) : held_{held} {
    auto& strangers = held_.service_.strangers;
    if (!held_.proven_) place_ = strangers.insert(strangers.end(), &held_);
}

Held::Coming::~Coming() {
    if (!held_.proven_) held_.service_.strangers.erase(place_);
}

Held::~Held() { (proven_ ? service_.buffered_bytes : service_.stranger_bytes) -= bytes_; }

bool Held::grow_to(std::size_t bytes) {
    auto& all = proven_ ? service_.buffered_bytes : service_.stranger_bytes;
    all += bytes - bytes_;
    bytes_ = bytes;
    if (proven_) return all <= service_.limits.max_buffered_bytes;
    while (all > service_.limits.max_stranger_bytes) {
        auto* other = to_cut();
        if (other == nullptr) return false;
        other->drop();
    }
    return true;
}

Held* Held::to_cut() const {
    std::map<std::string, std::size_t> by_address;
    for (const auto* each : service_.strangers) by_address[each->session_.remote()] += each->bytes_;
    Held* found = nullptr;
    for (auto* each : service_.strangers) {
        if (each == this || each->bytes_ == 0) continue;
        if (found == nullptr || by_address[each->session_.remote()] > by_address[found->session_.remote()])
            found = each;
    }
    return found;
}

void Held::drop() noexcept {
    service_.stranger_bytes -= bytes_;
    bytes_ = 0;
    session_.cut();
}

}  // namespace dcs::net
