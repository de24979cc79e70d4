#include "ingress/refusals.hpp"

#include "base/log.hpp"

#include <utility>

namespace dcs::ingress {

void Refusals::refused(std::string_view source, std::string_view request_id, const Error& error) {
    ++since_stored_;
    const bool due = lines_.count().has_value();
    told_ = told_ || due;
    log::write(due ? log::Level::error : log::Level::debug, "deliveries are refused: they cannot be stored",
               {{"source", source},
                {"request_id", request_id},
                {"refused", since_stored_},
                {"fault", name_of(error.fault)},
                {"detail", error.detail}});
}

void Refusals::stored() {
    if (!std::exchange(told_, false)) return;
    log::info("deliveries are stored again", {{"refused", std::exchange(since_stored_, 0)}});
}

}  // namespace dcs::ingress
