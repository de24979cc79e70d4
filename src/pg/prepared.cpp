#include "pg/prepared.hpp"

#include <utility>

namespace dcs::pg {

std::optional<std::string> Prepared::find(std::string_view text) {
    const auto found = by_text_.find(text);
    if (found == by_text_.end()) return std::nullopt;
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    return found->second->name;
}

void Prepared::add(std::string text, std::string name) {
    by_use_.push_front({std::move(text), std::move(name)});
    by_text_.emplace(by_use_.front().text, by_use_.begin());
    if (by_use_.size() <= bound_) return;
    evicted_.push_back(std::move(by_use_.back().name));
    by_text_.erase(by_use_.back().text);
    by_use_.pop_back();
}

void Prepared::dropped(std::size_t count) {
    evicted_.erase(evicted_.begin(), evicted_.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace dcs::pg
