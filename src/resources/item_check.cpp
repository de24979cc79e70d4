#include "resources/item_check.hpp"

#include <algorithm>

namespace dcs {

namespace {

bool has_items_members(const Resource& resource, const Document& item) {
    return !resource.item_members.empty() && std::ranges::all_of(resource.item_members, [&](std::string_view name) {
        const auto* member = item.find(name);
        return member && (member->is_array() || !member->as_id().empty());
    });
}

/// Whether one of its members beside its key and its clock `counts`.
template <class Counts>
bool has_member(const Resource& resource, const Document& item, Counts counts) {
    const auto is_shown = [&](std::string_view name) {
        const auto member = name.substr(0, name.find('.'));
        if (member.empty() || member == resource.key_field || member == resource.clock_field) return false;
        const auto* value = item.find(member);
        return value != nullptr && counts(*value);
    };
    return std::ranges::any_of(resource.columns, [&](const Column& column) {
        return is_shown(column.from()) || std::ranges::any_of(column.otherwise, is_shown) ||
               std::ranges::any_of(column.parts, [&](const Column::Part& part) { return is_shown(part.source); });
    });
}

}  // namespace

bool shows_a_member(const Resource& resource, const Document& item) {
    return has_member(resource, item, [](const Document& value) { return !value.is_null(); });
}

Result<std::string> checked_key(const Resource& resource, const Document& item, std::string_view asked) {
    if (!item.is_object()) return Error{Fault::rejected, "the answer is not an object"};
    const auto* field = item.find(resource.key_field);
    if (!field && has_items_members(resource, item)) return std::string{asked};
    auto key = key_of(resource, item);
    if (key.empty()) return Error{Fault::rejected, "the answer has no usable id"};
    if (key != asked) return Error{Fault::rejected, "the answer is another record"};
    // An answer is complete: its nulls say that there is nothing.
    const bool has_any = has_member(resource, item, [](const Document&) { return true; });
    if (!has_any) return Error{Fault::rejected, "the answer shows nothing but an id"};
    return key;
}

}  // namespace dcs
