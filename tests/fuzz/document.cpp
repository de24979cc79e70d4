// Any bytes as JSON of a vendor's: what is taken keeps its content however it is written again, and a database can hold it.

#include "base/document.hpp"
#include "base/repair.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using dcs::Document;

void promise(bool kept) {
    if (!kept) std::abort();
}

void check_text(const Document& value, const std::string& text) {
    promise(dcs::is_utf8(text) && !dcs::repair_json(text));
    const auto again = Document::parse(text);
    promise(again.has_value() && !again->altered && again->value == value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    auto parsed = Document::parse(bytes);
    if (!parsed) return 0;
    check_text(parsed->value, parsed->value.text());
    check_text(parsed->value, parsed->value.canonical());
    const std::string names[]{"a", "id"};
    parsed->value.remove_fields(names);
    promise(!parsed->value.remove_fields(names));
    return 0;
}
