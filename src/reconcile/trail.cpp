#include "reconcile/trail.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace dcs::reconcile {

namespace {

class Hash {
public:
    Hash(std::string_view kind, std::string_view listing) {
        add(kind);
        add(listing);
    }
    void add(std::string_view text) {
        for (const char character : text) mix(static_cast<unsigned char>(character));
        mix(0x1f);
    }
    std::int64_t value() const { return static_cast<std::int64_t>(hash_); }

private:
    void mix(unsigned char byte) { hash_ = (hash_ ^ byte) * 1099511628211ULL; }
    std::uint64_t hash_ = 14695981039346656037ULL;  // FNV-1a
};

std::int64_t place(std::string_view listing, std::string_view position) {
    Hash hash{"position", listing};
    hash.add(position);
    return hash.value();
}

}  // namespace

pg::Statement was_at(const std::string& run_id, std::string_view listing, std::string_view position) {
    return pg::sql("select from sync_trail where run_id = $1::uuid and mark = $2", run_id, place(listing, position));
}

pg::Statement remember_page(const std::string& run_id, std::string_view listing, std::string_view position,
                            std::string_view part, std::span<const std::string> keys) {
    Hash shown{"shown", listing};
    shown.add(part);
    std::vector<std::string_view> sorted{keys.begin(),
                                         keys.end()};  // the same records in another order are the same page
    std::ranges::sort(sorted);
    for (const auto key : sorted) shown.add(key);
    const std::array marks{place(listing, position), shown.value()};
    return pg::sql("with marks as (insert into sync_trail (run_id, mark) select $1::uuid, unnest($2::bigint[]) "
                   "on conflict do nothing returning mark) select not $4 or exists (select from marks where mark = $3)",
                   run_id, pg::bigint_array(std::span{marks}.first(keys.empty() ? 1 : 2)), shown.value(),
                   !keys.empty());
}

}  // namespace dcs::reconcile
