#include "simulator/lists.hpp"

#include "base/encoding.hpp"
#include "simulator/replies.hpp"

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace dcs::simulator {
namespace {

std::optional<std::int64_t> whole(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// A cursor says where the page begins, in base64url: "n:order:index" after that record, "p:…" before it.

std::string cursor_text(char direction, const Position& position) {
    return to_base64url(fmt::format("{}:{}:{}", direction, position.order, position.index));
}

std::optional<Step> step_of(std::string_view cursor) {
    const auto plain = from_base64url(cursor);
    if (!plain) return std::nullopt;
    std::vector<std::string> parts;
    boost::split(parts, *plain, boost::is_any_of(":"));
    if (parts.size() != 3 || (parts[0] != "n" && parts[0] != "p")) return std::nullopt;
    const auto order = whole(parts[1]);
    const auto index = whole(parts[2]);
    if (!order || !index || *index < 0) return std::nullopt;
    return Step{Position{*order, static_cast<Index>(*index)}, parts[0] == "p", 0};
}

}  // namespace

Result<Selection> Lists::selection(const Route& route, const net::Query& query, bool bulk) const {
    return select(clinic_, route, query, bulk, wall_clock(clock_.now(), clinic_.world().zone_of_doctor(0)));
}

std::optional<net::Response> Lists::refused(const Route& route, const net::Query& query, bool bulk) const {
    const auto given = [&query](std::string_view param) { return query.has(param); };
    const bool needs = !route.one_of.empty() && (!bulk || switches_.bulk_needs_filter);
    if (needs && std::ranges::none_of(route.one_of, given))
        return invalid(route.one_of.front(),
                       fmt::format("One of these is required: {}.", fmt::join(route.one_of, ", ")));
    const auto declares_since = [](const Filter& filter) { return filter.param == "since"; };
    if (route.refuses_since && query.has("since") && std::ranges::none_of(route.filters, declares_since))
        return invalid("since", "This filter is not supported.");
    if (route.kind == Kind::payers) {
        const auto type = query.get("payer_type");
        if (type != "emdeon" && type != "gateway" && type != "ihcfa")
            return invalid("payer_type", fmt::format("\"{}\" is not a valid choice.", type));
    }
    const auto chosen = selection(route, query, bulk);
    if (!chosen) return invalid(chosen.error().detail, "Enter a valid value.");
    return std::nullopt;
}

View Lists::view(const Route& route, const net::Query& query) const {
    View view{.verbose = is_true(query.get("verbose")), .as_of = clinic_.readable()};
    view.show_inactive = is_true(query.get("show_inactive"));
    view.only.assign(route.only.begin(), route.only.end());
    if (const auto fields = query.get("fields"); !fields.empty() && route.kind == Kind::appointments)
        boost::split(view.only, fields, boost::is_any_of(","));
    return view;
}

json::array Lists::objects(Kind kind, const std::vector<Index>& indexes, const View& view) const {
    json::array rows;
    for (const auto index : indexes)
        if (const auto record = clinic_.find(kind, index, view.as_of)) rows.push_back(record->object(view));
    return rows;
}

std::size_t Lists::page_size(const Route& route, const net::Query& query) const {
    const auto cap = page_cap(route, options_, switches_);
    const auto wanted = route.ignores_page_size ? std::nullopt : whole(query.get("page_size"));
    std::int64_t size = wanted && *wanted > 0 ? std::min<std::int64_t>(*wanted, cap.most) : cap.standard;
    if (is_true(query.get("verbose"))) size = std::min<std::int64_t>(size, cap.verbose);
    return static_cast<std::size_t>(std::max<std::int64_t>(size, 1));
}

json::value Lists::link(std::string_view path, const net::Query& query,
                        const std::optional<std::string>& cursor) const {
    if (!cursor) return nullptr;
    auto url = fmt::format("{}/api/{}?cursor={}", base_url_, path, *cursor);
    for (const auto& [name, value] : query)
        if (name != "cursor") url += fmt::format("&{}={}", net::percent_encode(name), net::percent_encode(value));
    return text(url);
}

net::Response Lists::page(json::array results, json::value previous, json::value next) const {
    json::object body{{"previous", std::move(previous)}, {"results", std::move(results)}};
    if (!next.is_null() || !switches_.next_missing_at_end) body["next"] = std::move(next);
    return reply(200, body);
}

net::Response Lists::empty_list() const { return page({}, nullptr, nullptr); }

net::Response Lists::list(const Route& route, const net::Query& query) const {
    if (auto refusal = refused(route, query, false)) return std::move(*refusal);
    auto step = query.has("cursor") ? step_of(query.get("cursor")) : std::optional{Step{}};
    if (!step) return detail(404, "Invalid cursor");
    const auto chosen = selection(route, query, false);
    const auto size = page_size(route, query);
    step->limit = size + 1;  // one more tells whether there is another page
    auto indexes = walk(clinic_, *chosen, *step, clinic_.readable());
    const bool more = indexes.size() > size;
    if (more) indexes.erase(step->backwards ? indexes.begin() : indexes.end() - 1);

    std::optional<std::string> previous;
    std::optional<std::string> next;
    if (!indexes.empty()) {
        const auto first = clinic_.position(route.kind, indexes.front());
        const auto last = clinic_.position(route.kind, indexes.back());
        if (step->backwards ? more : step->from.has_value()) previous = cursor_text('p', first);
        if (step->backwards || more) next = cursor_text('n', last);
    }
    return page(objects(route.kind, indexes, view(route, query)), link(route.path, query, previous),
                link(route.path, query, next));
}

net::Response Lists::item(const Route& route, std::string_view id, const net::Query& query) const {
    const auto missing = [] { return detail(404, "Not found."); };
    if (route.kind == Kind::payers) {
        if (auto refusal = refused(route, query, false)) return std::move(*refusal);
        for (const auto index : walk(clinic_, *selection(route, query, false), {.limit = 1000}, always))
            if (const auto payer = clinic_.find(route.kind, index, always); payer->value("payer_id") == json::value(id))
                return reply(200, payer->object({}));
        return missing();
    }
    auto index = clinic_.world().index_of(route.kind, id);
    if (route.kind == Kind::clinical_notes && switches_.note_id == NoteId::own) {
        const auto own = whole(id).value_or(0) - 500'000'001;
        index = own >= 0 ? std::optional{static_cast<Index>(own)} : std::nullopt;
    }
    const auto record = index ? clinic_.find(route.kind, *index, clinic_.readable()) : std::nullopt;
    if (!record) return missing();
    const bool archived = route.kind == Kind::appointments && record->value("deleted_flag") == true;
    if (archived && !(switches_.archived_items_found && is_true(query.get("show_archived")))) return missing();
    return reply(200, record->object(view(route, query)));
}

net::Response Lists::deletions(const net::Query& query) const {
    std::optional<Naive> since;
    if (query.has("since")) {
        since = parse_naive(query.get("since"));
        if (!since) return invalid("since", "Enter a valid value.");
    }
    const auto appointment = query.get("appointment_id");
    const auto step = query.has("cursor") ? step_of(query.get("cursor")) : std::optional{Step{}};
    if (!step) return detail(404, "Invalid cursor");
    const auto readable = wall_clock(clinic_.readable(), clinic_.world().zone_of_doctor(0));
    json::array rows;
    std::optional<std::string> next;
    const auto& all = clinic_.tombstones();
    for (auto nth = step->from ? step->from->index + 1 : 0; nth < all.size(); ++nth) {
        const auto& gone = all[nth];
        if (gone.at > readable || (since && gone.at < *since)) continue;
        if (!appointment.empty() && json::serialize(gone.appointment) != appointment) continue;
        if (rows.size() == 250) {
            next = cursor_text('n', {0, nth - 1});
            break;
        }
        rows.push_back(json::object{{"billing_line_item_id", gone.line_item},
                                    {"appointment_id", gone.appointment},
                                    {"created_at", timestamp_text(gone.at)}});
    }
    return page(std::move(rows), nullptr, link("line_item_deletions", query, next));
}

}  // namespace dcs::simulator
