#pragma once
// Roles: what a user of the admin page may do.
//
// viewer       counts, times, states: nothing clinical. Whoever is signed in may do as much.
// operator     the same, and retries deliveries and starts runs
// phi_reader   the same as a viewer, and sees clinical content
// admin        everything, and the audit log
// emergency    the same as a viewer; for a reason, and for a limited time, sees clinical content as a phi_reader does

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace dcs::auth {

struct Roles {
    bool viewer = false;
    bool operates = false;
    bool reads_phi = false;
    bool administers = false;
    bool emergency = false;

    bool operator==(const Roles&) const = default;
};

/// What a route asks for.
/// signed_in: as a viewer, also while the second factor that the role needs is still to be set up.
enum class Need { signed_in, viewer, operates, reads_phi, operates_and_reads_phi, administers, emergency };

inline bool allows(const Roles& roles, Need need) noexcept {
    if (roles.administers) return true;
    switch (need) {
    case Need::signed_in:
    case Need::viewer: return true;
    case Need::operates: return roles.operates;
    case Need::reads_phi: return roles.reads_phi;
    case Need::operates_and_reads_phi: return roles.operates && roles.reads_phi;
    case Need::administers: return false;
    case Need::emergency: return roles.emergency;
    }
    return false;
}

inline constexpr std::string_view name_of(Need need) noexcept {
    switch (need) {
    case Need::signed_in:
    case Need::viewer: return "viewer";
    case Need::operates: return "operator";
    case Need::reads_phi: return "phi-reader";
    case Need::operates_and_reads_phi: return "operator+phi-reader";
    case Need::administers: return "admin";
    case Need::emergency: return "emergency";
    }
    return "";
}

/// Adds the role of that name; false: there is none.
inline bool add_role(Roles& roles, std::string_view name) noexcept {
    if (name == "viewer") return roles.viewer = true;
    if (name == "operator") return roles.operates = true;
    if (name == "phi-reader") return roles.reads_phi = true;
    if (name == "admin") return roles.administers = true;
    if (name == "emergency") return roles.emergency = true;
    return false;
}

/// "operator,phi-reader" → the roles. nullopt: none, or an unknown one.
inline std::optional<Roles> roles_of(std::string_view names) noexcept {
    Roles roles;
    while (true) {
        const auto comma = names.find(',');
        if (!add_role(roles, names.substr(0, comma))) return std::nullopt;
        if (comma == std::string_view::npos) return roles;
        names.remove_prefix(comma + 1);
    }
}

/// "operator,phi-reader".
inline std::string text_of(const Roles& roles) {
    std::string text;
    const std::array<std::pair<bool, std::string_view>, 5> all{{{roles.viewer, "viewer"},
                                                                {roles.operates, "operator"},
                                                                {roles.reads_phi, "phi-reader"},
                                                                {roles.administers, "admin"},
                                                                {roles.emergency, "emergency"}}};
    for (const auto& [has, name] : all)
        if (has) text.append(text.empty() ? "" : ",").append(name);
    return text;
}

}  // namespace dcs::auth
