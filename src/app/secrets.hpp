#pragma once
// Secrets: what the settings mark as secret, read again while the service runs.
//
// Source     the files that NAME_FILE names; a variable of the environment cannot change. Files may be written in place, put
//            in the place of others, or reached through links that are turned (Kubernetes turns ..data for all at once).
// Promise    a value that cannot be right leaves the one in use working: a file that is gone, empty, too large, or has a line
//            break in its middle. Names of settings leave here, never their values.

#include "app/settings.hpp"

#include <array>

namespace dcs::app {

struct SecretsRead {
    Settings settings;                 // with what was taken
    std::vector<std::string> taken;    // names of the settings that have another value now
    std::vector<std::string> restart;  // of those whose new value works after a restart
    std::vector<std::string> refused;  // what is wrong with the others; their old value stays
};
SecretsRead read_secrets(Settings settings);

/// Whether one of the files may hold something else. Blocks for as long as the file system does.
class SecretFiles {
public:
    explicit SecretFiles(std::map<std::string, std::string> files) : files_{std::move(files)} {}

    /// True once for each change, and at the first look; a file that still changes is waited for until two looks agree.
    bool changed();

private:
    using Stamp = std::array<std::int64_t, 6>;  // all zero: not there
    using Stamps = std::map<std::string, Stamp>;
    Stamps look() const;

    std::map<std::string, std::string> files_;
    Stamps known_{};
    Stamps last_{};
    bool looked_ = false;
};

}  // namespace dcs::app
