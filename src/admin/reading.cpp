#include "admin/reading.hpp"

#include "admin/access.hpp"
#include "admin/listing.hpp"
#include "admin/reply.hpp"
#include "audit/patients_named.hpp"
#include "base/repair.hpp"
#include "deepcura/account.hpp"
#include "resources/sensitive.hpp"

#include <fmt/format.h>

namespace dcs::admin {

namespace {

constexpr std::size_t longest_value = 2'000;      // bytes of a value that are shown
constexpr std::size_t budget = 16 * 1024 * 1024;  // bytes that may be read while others wait

/// The payload, and whom the note shows. $1: the note.
std::string payload_and_patients() {
    return fmt::format("select coalesce(y.bytes, convert_to(n.gridhook_raw::text, 'UTF8')), n.source, n.id, {} "
                       "from deepcura_notes n left join deepcura_payloads y on y.note_id = n.id where n.id = $1::uuid",
                       patients_of_note);
}

std::string list_of(const std::vector<std::string>& words) {
    std::string list;
    for (const auto& word : words) list += (list.empty() ? "" : ",") + json_quoted(word);
    return "[" + list + "]";
}

std::string shown(std::string text) {
    if (text.size() <= longest_value) return json_quoted(text);
    auto end = longest_value;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not within a character
    return json_quoted(text.substr(0, end) + "…");
}

std::string text_of(const Document& value) {
    const auto text = value.string();
    return text ? std::string{*text} : value.text();
}

std::string answer_of(const deepcura::Account& account, std::string_view id, std::string_view source,
                      std::size_t bytes) {
    std::string members;
    for (const auto& member : account.members)
        members += fmt::format(R"({}{{"path":{},"became":{},"not_taken":{},"envelope":{},"value":{}}})",
                               members.empty() ? "" : ",", json_quoted(member.path), list_of(member.became),
                               list_of(member.not_taken), json_of(member.envelope), shown(text_of(*member.value)));
    std::string columns;
    for (const auto& [column, value] : account.columns)
        columns += fmt::format(R"({}{{"name":{},"value":{}}})", columns.empty() ? "" : ",", json_quoted(column),
                               shown(value.value_or("")));
    return fmt::format(R"({{"id":{},"source":{},"bytes":{},"complete":{},"members":[{}],"columns":[{}],"flags":{}}})",
                       json_quoted(id), json_quoted(source), bytes, json_of(account.complete), members, columns,
                       list_of(account.flags));
}

}  // namespace

Async<net::Response> show_reading(Backend& backend, net::Request request, auth::Caller caller) {
    const auto known = only_known(request.query, {});
    if (!known) co_return refuse(400, known.error().detail, request);
    const auto id = segment_behind(request, "notes");
    if (!is_uuid(id)) co_return refuse(404, "There is no such note", request);
    auto query = pg::sql(payload_and_patients(), id);
    std::function<Access(const pg::Rows&)> seen = [id](const pg::Rows& rows) {
        std::vector<Target> targets;
        if (!rows.empty()) targets = note_targets(id, rows.string(0, 3));
        // A payload may name further ones, by which it was not filed.
        if (!rows.empty())
            for (const auto& number : audit::patients_named_in(rows.bytes(0, 0))) name_also(targets, id, number);
        return Access{.action = "notes.reading", .table_name = "deepcura_notes", .targets = std::move(targets)};
    };
    const auto rows = co_await read_logged(backend, caller, request, std::move(query), std::move(seen));
    if (!rows) co_return failed(rows.error(), request);
    if (rows->empty()) co_return refuse(404, "There is no such note", request);
    const auto bytes = rows->bytes(0, 0);
    const auto* source = deepcura::find_source(rows->string(0, 1));
    const auto opened = source == nullptr ? Result<deepcura::Gridhook>{Error{Fault::not_found, "no such source"}}
                                          : deepcura::read_opened(bytes, {}, *source);
    const auto payload = opened ? Document::parse(opened->raw) : Result<Document::Parsed>{opened.error()};
    if (!payload || !payload->value.is_object())
        co_return refuse(409, "The payload cannot be read as an object", request);
    // What is sensitive by its name stays hidden here, too: payloads are shown for a reason alone.
    const auto masked = without_sensitive(payload->value);
    const auto account = deepcura::account_of(masked ? *masked : payload->value, *source, budget);
    co_return json(answer_of(account, id, source->name, bytes.size()));
}

}  // namespace dcs::admin
