// Any bytes as a gridhook's body, under any scheme: the first byte chooses that, and whether the rest is the body or the
// ciphertext in it. Opened or not, nothing breaks; what is opened can be stored and is the same a second time.

#include "base/document.hpp"
#include "base/repair.hpp"
#include "deepcura/gridhook.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using dcs::Document;
using dcs::deepcura::Cipher;
using dcs::deepcura::Scheme;

void promise(bool kept) {
    if (!kept) std::abort();
}

/// Keys are derived once: that is made to take long.
const std::vector<Cipher>& ciphers() {
    static const std::vector<Cipher> all = [] {
        std::vector<Cipher> made;
        for (const auto scheme : dcs::deepcura::all_schemes()) made.emplace_back(scheme, "a secret", "an older one");
        made.emplace_back(Scheme::none, "a secret", "");
        return made;
    }();
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto& cipher = ciphers()[(data[0] >> 1) % ciphers().size()];
    const std::string_view rest{reinterpret_cast<const char*>(data) + 1, size - 1};
    const auto body = data[0] % 2 == 0 ? std::string{rest}
                                       : R"({"encrypted_payload":)" + dcs::json_quoted(dcs::repair_text(rest)) + "}";

    const auto read = dcs::deepcura::read_gridhook(cipher, body, {});
    if (!read) {
        promise(read.error().fault == dcs::Fault::bad_input || read.error().fault == dcs::Fault::unauthorized);
        return 0;
    }
    promise(dcs::is_utf8(read->raw) && !dcs::repair_json(read->raw) && Document::parse(read->raw).has_value());
    promise(read->content_sha256.size() == 64 && !read->omitted);
    promise(dcs::deepcura::read_gridhook(cipher, body, {})->content_sha256 == read->content_sha256);

    const std::string secret[]{"social_security_number"};
    const auto without = dcs::deepcura::read_gridhook(cipher, body, secret);
    promise(without.has_value());
    auto kept = Document::parse(without->raw);
    promise(kept.has_value() && !kept->value.remove_fields(secret));
    return 0;
}
