#include "backup/manifest.hpp"

#include "base/document.hpp"
#include "base/encoding.hpp"
#include "crypto/crypto.hpp"

#include <boost/json.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>

namespace dcs::backup {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr int format = 1;
constexpr std::string_view prefix = "backup-";
constexpr std::string_view purpose = "drchrono-sync backup manifest\n";
constexpr std::streamsize longest_manifest = 1024 * 1024;

Error no_manifest() { return {Fault::bad_input, "the manifest cannot be read"}; }

std::string confirmation(const audit::SealKey& key, const std::string& text) {
    return to_hex(crypto::hmac_sha256(key.bytes, std::string{purpose} + text));
}

/// What is confirmed: the manifest without its confirmation, its members in the order in which text_of() writes them.
json::object content_of(const Manifest& manifest) {
    json::object rows;
    for (const auto& [table, count] : manifest.rows) rows[table] = count;
    return {{"format", format},
            {"made_at", iso8601(manifest.made_at)},
            {"database", manifest.database},
            {"server", manifest.server},
            {"schema", manifest.schema},
            {"milliseconds", manifest.milliseconds},
            {"rows", std::move(rows)},
            {"seal", manifest.seal},
            {"seal_hash", manifest.seal_hash},
            {"bytes", manifest.bytes},
            {"sha256", manifest.sha256}};
}

std::string text_at(const Document& document, std::string_view name) {
    const auto* member = document.find(name);
    return member == nullptr ? std::string{} : std::string{member->string().value_or("")};
}

std::int64_t number_of(const Document* member) {
    const auto digits = member == nullptr ? std::string_view{} : member->number().value_or("");
    std::int64_t number = -1;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

Result<Manifest> read_members(const Document& document) {
    const auto made_at = parse_iso8601(text_at(document, "made_at"));
    if (!made_at || number_of(document.find("format")) != format) return no_manifest();
    Manifest manifest{.made_at = *made_at,
                      .database = text_at(document, "database"),
                      .server = text_at(document, "server"),
                      .schema = static_cast<int>(number_of(document.find("schema"))),
                      .milliseconds = number_of(document.find("milliseconds")),
                      .seal = number_of(document.find("seal")),
                      .seal_hash = text_at(document, "seal_hash"),
                      .bytes = number_of(document.find("bytes")),
                      .sha256 = text_at(document, "sha256")};
    const auto* rows = document.find("rows");
    if (rows == nullptr) return no_manifest();
    for (const auto& [table, count] : rows->members()) manifest.rows[table] = number_of(&count);
    return manifest;
}

}  // namespace

std::string name_at(Time made_at) {
    return fmt::format("{}{:%Y%m%dT%H%M%SZ}", prefix, std::chrono::floor<std::chrono::seconds>(made_at));
}

std::vector<fs::path> backups_in(const fs::path& directory) {
    std::vector<fs::path> found;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator{directory, none})
        if (entry.path().filename().string().starts_with(prefix) && fs::exists(entry.path() / manifest_file, none))
            found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
}

std::string text_of(const Manifest& manifest, const audit::SealKeys& keys) {
    auto content = content_of(manifest);
    const auto confirmed = confirmation(keys.front(), json::serialize(content));
    content["key"] = keys.front().id;
    content["confirmed"] = confirmed;
    return json::serialize(content) + "\n";
}

Result<Manifest> read_manifest(std::string_view text, const audit::SealKeys& keys) {
    const auto document = Document::parse(text);
    if (!document) return no_manifest();
    auto manifest = read_members(document->value);
    if (!manifest) return manifest.error();
    const auto* key = audit::find_key(keys, text_at(document->value, "key"));
    if (key == nullptr)
        return Error{Fault::unauthorized, "the manifest was confirmed with a key that is not the service's"};
    if (!crypto::same_secret(confirmation(*key, json::serialize(content_of(*manifest))),
                             text_at(document->value, "confirmed")))
        return Error{Fault::unauthorized, "the manifest was altered after the backup was made"};
    return manifest;
}

Result<Manifest> manifest_of(const fs::path& backup, const audit::SealKeys& keys) {
    std::ifstream file{backup / manifest_file, std::ios::binary};
    std::string text(longest_manifest, '\0');
    file.read(text.data(), std::ssize(text));
    if (!file.eof()) return no_manifest();
    text.resize(static_cast<std::size_t>(file.gcount()));
    return read_manifest(text, keys);
}

Result<Digest> digest_of(const fs::path& file) {
    constexpr std::size_t part = 1024 * 1024;
    std::ifstream in{file, std::ios::binary};
    crypto::Sha256 digest;
    std::string bytes(part, '\0');
    std::int64_t size = 0;
    while (in) {
        in.read(bytes.data(), std::ssize(bytes));
        size += in.gcount();
        digest.add(std::string_view{bytes}.substr(0, static_cast<std::size_t>(in.gcount())));
    }
    if (!in.eof() || in.bad())
        return Error{Fault::unavailable, fmt::format("{} cannot be read", file.filename().string())};
    return Digest{to_hex(digest.finish()), size};
}

}  // namespace dcs::backup
