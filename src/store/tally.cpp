#include "apply/tally.hpp"

namespace dcs::apply {

void count(audit::Counts& counts, store::Outcome outcome) {
    ++counts.total;
    switch (outcome) {
    case store::Outcome::created:
    case store::Outcome::revived: ++counts.created; break;
    case store::Outcome::updated: ++counts.updated; break;
    case store::Outcome::removed: ++counts.deleted; break;
    case store::Outcome::unchanged:
    case store::Outcome::stale:
    case store::Outcome::unordered: ++counts.unchanged; break;
    }
}

}  // namespace dcs::apply
