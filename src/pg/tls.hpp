#pragma once
// Tls: whether a connection to the database is encrypted, and whether the server must prove whose it is; what to do where it cannot.

#include "pg/pool.hpp"

#include <string>
#include <string_view>

namespace dcs::pg {

/// libpq's sslmode: `set`, where it says anything; else verify-full where the way to `host` leaves this machine, and nothing (what
/// libpq does by itself) where it does not.
std::string sslmode_for(const std::string& host, std::string_view set);

/// Whether a server without a certificate of a known authority is refused.
bool checks_certificate(const Settings& settings);

/// What an operator can do, behind libpq's own words on a connection that came to nothing; empty: it is not about TLS.
std::string_view advice_on_tls(std::string_view message) noexcept;

}  // namespace dcs::pg
