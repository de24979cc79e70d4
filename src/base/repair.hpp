#pragma once
// Repair: makes JSON text that jsonb would refuse acceptable, changing as little as possible.

#include <optional>
#include <string>
#include <string_view>

namespace dcs {

/// `bytes` with U+FFFD in place of what PostgreSQL's jsonb cannot hold: \u0000, lone surrogate escapes, bytes that are not
/// UTF-8. nullopt: nothing had to be replaced. Text that is not JSON stays not JSON.
std::optional<std::string> repair_json(std::string_view bytes);

/// `json` with the digits of numbers whose exponent has more than nine digits as texts.
std::string quote_absurd_numbers(std::string_view json);

/// repair_json() for plain text: NUL bytes and invalid UTF-8 become U+FFFD.
std::string repair_text(std::string_view bytes);

/// Whether all of `bytes` is well-formed UTF-8.
bool is_utf8(std::string_view bytes) noexcept;

}  // namespace dcs
