#include "admin/history.hpp"

#include <fmt/format.h>

#include <map>

namespace dcs::admin {

namespace {

constexpr std::string_view raw = "drchrono_raw";

struct Pair {
    const Document* before = nullptr;
    const Document* after = nullptr;
};
using Pairs = std::map<std::string, Pair>;

void collect(Pairs& pairs, const Document& values, const Document* Pair::* side) {
    for (const auto& [name, value] : values.members()) {
        if (name == raw && value.is_object())
            for (const auto& [inner, of_raw] : value.members()) pairs[fmt::format("{}.{}", raw, inner)].*side = &of_raw;
        else pairs[name].*side = &value;
    }
}

std::string text_of(const Document* value) { return value == nullptr ? "null" : value->text(); }

/// Sets what the object held before, and takes out what it did not hold.
void restore(Document& object, const Document& before, const Document& after) {
    for (const auto& [name, value] : after.members())
        if (before.find(name) == nullptr) object.remove(name);
    for (const auto& [name, value] : before.members()) object.set(name, value);
}

void unwind(Document& fields, const ChangeRow& change) {
    for (const auto& [name, value] : change.old_values.members()) {
        if (name != raw || !value.is_object()) {
            fields.set(name, value);
            continue;
        }
        const auto* held = fields.find(raw);
        Document object = held != nullptr && held->is_object() ? *held : Document{Document::Object{}};
        const auto* after = change.new_values.find(raw);
        restore(object, value, after == nullptr ? Document{} : *after);
        fields.set(raw, std::move(object));
    }
}

}  // namespace

std::string diff_of(const ChangeRow& change) {
    Pairs pairs;
    collect(pairs, change.old_values, &Pair::before);
    collect(pairs, change.new_values, &Pair::after);
    std::string fields;
    for (const auto& [name, pair] : pairs)
        fields += fmt::format(R"({}{{"field":{},"old":{},"new":{}}})", fields.empty() ? "" : ",", json_quoted(name),
                              text_of(pair.before), text_of(pair.after));
    return "[" + fields + "]";
}

AsOf unwound(Document now, const std::vector<ChangeRow>& since) {
    AsOf then{.existed = now.is_object()};
    if (then.existed) then.fields = std::move(now);
    for (const auto& change : since) {
        const bool first = change.operation == "INSERT" && change.old_values.is_null();
        const bool last = change.operation == "DELETE" && change.new_values.is_null();
        if (first) {
            then = {.existed = false};
        } else if (last) {
            then = {.existed = true, .fields = change.old_values};
        } else {
            unwind(then.fields, change);
        }
    }
    return then;
}

}  // namespace dcs::admin
