#pragma once
// Practices: deliveries by the practice that they name: those that wait until ours is known, and those that were put aside as
// another's.
//
// Promise    a delivery that waits stays pending, keeps its place among those of its object, and is charged no try.

#include "inbox/claims.hpp"

namespace dcs::inbox {

inline constexpr std::string_view waits_for_practice = "waits until our practice is known";
inline constexpr std::string_view another_practice = "another practice";

/// Puts claimed deliveries back until release_held(), or for an hour; those whose fence is old are left alone.
pg::Statement hold_for_practice(std::span<const Claimed* const> claimed);
/// Our practice is known: at most `most` of those that waited can be claimed again. affected(): how many.
pg::Statement release_held(int most);
/// At most `most` deliveries that were put aside as another's and name `practice`, which is ours, are taken up again.
pg::Statement take_up_ignored(std::string_view practice, int most);
/// Rows: how many wait for the practice, counted up to 10,000.
pg::Statement count_held();

/// Deliveries of DrChrono's that came once more, and were put aside or are dead: they are tried again, for whoever lets them be
/// sent again wants that. The rest are left as they are.
pg::Statement try_again(std::span<const std::string> ids);

}  // namespace dcs::inbox
