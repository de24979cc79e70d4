#pragma once
// Manifest: what a backup holds, written beside it and confirmed by the key of the audit chain's seals.
//
// Layout     <directory>/backup-20261127T120123Z/    0700; there under this name only when it is complete
//                database.dump                        0600, pg_dump's custom format: not encrypted by us
//                manifest.json                        0600
// Promise    a manifest that somebody without the service's secrets has written or altered does not read.

#include "audit/seal_key.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace dcs::backup {

inline constexpr std::string_view dump_file = "database.dump";
inline constexpr std::string_view manifest_file = "manifest.json";

struct Manifest {
    Time made_at{};          // the moment that the backup shows
    std::string database{};  // its name
    std::string server{};    // PostgreSQL's version
    int schema = 0;          // number of the last migration
    std::int64_t milliseconds = 0;
    std::map<std::string, std::int64_t> rows{};  // of each table
    std::int64_t seal = 0;  // the end of the audit chain: number and hash in hex; 0 and empty: there was no seal
    std::string seal_hash{};
    std::int64_t bytes = 0;  // of the dump
    std::string sha256{};    // of the dump, hex
};

/// "backup-20261127T120123Z".
std::string name_at(Time made_at);
/// Complete backups in `directory`, the oldest first. A directory that is not there has none.
std::vector<std::filesystem::path> backups_in(const std::filesystem::path& directory);

/// pre: there is a key.
std::string text_of(const Manifest& manifest, const audit::SealKeys& keys);
/// bad_input: it is no manifest. unauthorized: none of the keys confirms it.
Result<Manifest> read_manifest(std::string_view text, const audit::SealKeys& keys);
Result<Manifest> manifest_of(const std::filesystem::path& backup, const audit::SealKeys& keys);

/// SHA-256 of a file in hex, and its size. unavailable: it cannot be read.
struct Digest {
    std::string sha256;
    std::int64_t bytes;
};
Result<Digest> digest_of(const std::filesystem::path& file);

}  // namespace dcs::backup
