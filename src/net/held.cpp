#include "net/held.hpp"

namespace dcs::net {

Held::Held(Service& service, Session& session, bool proven) : service_{service}, session_{session}, proven_{proven} {
    if (!proven_) place_ = service_.strangers.insert(service_.strangers.end(), this);
}

Held::~Held() {
    if (proven_) {
        service_.buffered_bytes -= bytes_;
        return;
    }
    service_.stranger_bytes -= bytes_;
    service_.strangers.erase(place_);
}

bool Held::grow_to(std::size_t bytes) {
    auto& all = proven_ ? service_.buffered_bytes : service_.stranger_bytes;
    all += bytes - bytes_;
    bytes_ = bytes;
    if (proven_) return all <= service_.limits.max_buffered_bytes;
    for (auto* each : service_.strangers) {
        if (all <= service_.limits.max_stranger_bytes) return true;
        if (each != this) each->drop();
    }
    return all <= service_.limits.max_stranger_bytes;
}

void Held::drop() noexcept {
    service_.stranger_bytes -= bytes_;
    bytes_ = 0;
    session_.cut();
}

}  // namespace dcs::net
