#include "net/unsent.hpp"

#include <map>
#include <string>
#include <utility>

namespace dcs::net {

Unsent::Unsent(Service& service, Session& session, std::size_t bytes)
    : service_{service}, session_{session}, bytes_{bytes}, place_{service.unsent.insert(service.unsent.end(), this)} {
    service_.unsent_bytes += bytes_;
    while (too_much()) {
        auto* other = to_cut();
        if (other == nullptr) break;
        other->drop();
        other->session_.cut();
    }
}

Unsent::~Unsent() {
    if (counted_) drop();
}

bool Unsent::too_much() const noexcept {
    const auto& limits = service_.limits;
    return service_.unsent.size() > limits.max_stranger_answers ||
           service_.unsent_bytes > limits.max_stranger_answer_bytes;
}

Unsent* Unsent::to_cut() const {
    std::map<std::string, int> by_address;
    for (const auto* each : service_.unsent) ++by_address[each->session_.remote()];
    const auto rank = [&](const Unsent& each) { return std::pair{-by_address[each.session_.remote()], each.moved_}; };
    Unsent* found = nullptr;
    for (auto* each : service_.unsent)
        if (each != this && (found == nullptr || rank(*each) < rank(*found))) found = each;
    return found;
}

/// It counts no more.
void Unsent::drop() noexcept {
    service_.unsent_bytes -= bytes_;
    service_.unsent.erase(place_);
    counted_ = false;
}

}  // namespace dcs::net
