#include "pg/tls.hpp"

#include "pg/address.hpp"

namespace dcs::pg {

std::string sslmode_for(const std::string& host, std::string_view set) {
    if (!set.empty()) return std::string{set};
    return is_this_machine(host) ? "" : "verify-full";
}

bool checks_certificate(const Settings& settings) {
    return settings.sslmode == "verify-full" || settings.sslmode == "verify-ca";
}

std::string_view advice_on_tls(std::string_view message) noexcept {
    const auto says = [message](std::string_view words) { return message.find(words) != std::string_view::npos; };
    // "server does not support SSL, but SSL was required"
    if (says("does not support SSL"))
        return "; turn on TLS in the server, or set DB_SSLMODE=disable where nobody else is on the way to it";
    // "server certificate for "a" does not match host name "b"", "… (and 1 other name) does not match host name …"
    if (says("does not match host name"))
        return "; set DB_HOST to a name in the certificate, or DB_SSLMODE=verify-ca where the authority signs for this server alone";
    if (says("certificate"))
        return "; set PGSSLROOTCERT to the file of the authority that signed the server's certificate (DB_SSLMODE=require encrypts "
               "without checking whose server it is)";
    return {};
}

}  // namespace dcs::pg
