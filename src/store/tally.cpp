#include "store/tally.hpp"

namespace dcs::store {

void count(audit::Counts& counts, Outcome outcome) {
    ++counts.total;
    switch (outcome) {
    case Outcome::created:
    case Outcome::revived: ++counts.created; break;
    case Outcome::updated: ++counts.updated; break;
    case Outcome::removed: ++counts.deleted; break;
    case Outcome::unchanged:
    case Outcome::stale:
    case Outcome::unordered: ++counts.unchanged; break;
    }
}

}  // namespace dcs::store
