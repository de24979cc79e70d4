#include "app/secrets.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

namespace dcs::app {

namespace {

/// What is wrong with a new value; empty: nothing.
std::string fault_of(const SettingRow& row, Settings& settings, const std::string& value) {
    if (value.empty() && !row.may_go) return fmt::format("{}: is empty", row.name);
    const auto set = row.set(settings, value);
    return set ? std::string{} : fmt::format("{}: {}", row.name, set.error().detail);
}

}  // namespace

SecretsRead read_secrets(Settings settings) {
    SecretsRead read{std::move(settings), {}, {}, {}};
    for (const auto& row : setting_rows()) {
        const auto file = read.settings.secret_files.find(std::string{row.name});
        if (file == read.settings.secret_files.end()) continue;
        const auto value = read_secret_file(row, file->second);
        if (!value) {
            read.refused.push_back(value.error().detail);
            continue;
        }
        if (*value == read.settings.*row.member) continue;
        if (row.at_start_only) {
            read.restart.emplace_back(row.name);
            continue;
        }
        auto fault = fault_of(row, read.settings, *value);
        if (fault.empty()) read.taken.emplace_back(row.name);
        else read.refused.push_back(std::move(fault));
    }
    return read;
}

SecretFiles::Stamps SecretFiles::look() const {
    Stamps stamps;
    for (const auto& [name, path] : files_) {
        struct stat file{};
        auto& stamp = stamps[name];
        if (::stat(path.c_str(), &file) != 0) continue;
        stamp = {static_cast<std::int64_t>(file.st_dev),          static_cast<std::int64_t>(file.st_ino),
                 static_cast<std::int64_t>(file.st_size),         static_cast<std::int64_t>(file.st_mtim.tv_sec),
                 static_cast<std::int64_t>(file.st_mtim.tv_nsec), static_cast<std::int64_t>(file.st_ctim.tv_nsec)};
    }
    return stamps;
}

bool SecretFiles::changed() {
    auto now = look();
    const bool still = now == last_;
    last_ = now;
    if (!looked_) {
        looked_ = true;  // the settings were read before: somebody may have been quicker than this look
        known_ = std::move(now);
        return true;
    }
    if (!still || now == known_) return false;
    known_ = std::move(now);
    return true;
}

}  // namespace dcs::app
