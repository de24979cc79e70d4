#include "deepcura/account.hpp"

#include "deepcura/content.hpp"
#include "deepcura/parse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

namespace dcs::deepcura {

namespace {

constexpr std::size_t most_members = 500;
constexpr std::size_t deepest = 4;
constexpr std::size_t telling_bytes = 4;  // a text that short may stand in another by chance

using Step = std::variant<std::string, std::size_t>;  // the name of a member, or the place in a list
using Path = std::vector<Step>;
using Columns = std::map<std::string, std::string, std::less<>>;

std::string text_of(const Path& path) {
    std::string text;
    for (const auto& step : path) {
        if (const auto* place = std::get_if<std::size_t>(&step)) text += fmt::format("[{}]", *place);
        else text += (text.empty() ? "" : ".") + std::get<std::string>(step);
    }
    return text;
}

/// `value` with nothing in it but what stands at the path.
Document only(const Document& value, std::span<const Step> path) {
    if (path.empty()) return value;
    if (const auto* place = std::get_if<std::size_t>(&path.front()))
        return Document{Document::Array{only(value.items()[*place], path.subspan(1))}};
    const auto& name = std::get<std::string>(path.front());
    return Document{Document::Object{{name, only(*value.find(name), path.subspan(1))}}};
}

/// `value` without what stands at the path.
Document without(const Document& value, std::span<const Step> path) {
    if (const auto* place = std::get_if<std::size_t>(&path.front())) {
        auto items = value.items();
        if (path.size() == 1) items.erase(items.begin() + static_cast<std::ptrdiff_t>(*place));
        else items[*place] = without(items[*place], path.subspan(1));
        return Document{std::move(items)};
    }
    const auto& name = std::get<std::string>(path.front());
    Document::Object members;
    for (const auto& [each, inner] : value.members()) {
        if (each != name) members.emplace_back(each, inner);
        else if (path.size() > 1) members.emplace_back(each, without(inner, path.subspan(1)));
    }
    return Document{std::move(members)};
}

Columns columns_read(const Document& payload, const Source& source) {
    Columns columns;
    const Gridhook gridhook{.note = read_note(payload, source), .raw = "{}", .source = &source};
    for (const auto& [column, value] : columns_of(gridhook))
        if (value && column != "source" && column != "gridhook_raw" && column != "flags")
            columns.emplace(column, *value);
    return columns;
}

std::string_view value_at(const Columns& columns, std::string_view name) {
    const auto found = columns.find(name);
    return found == columns.end() ? std::string_view{} : std::string_view{found->second};
}

/// Whether the column's value is that one, or holds it among others.
bool holds(std::string_view whole, std::string_view part) {
    if (whole == part) return true;
    const bool list = part.size() > 2 && part.front() == '[' && part.back() == ']';
    if (list) part = part.substr(1, part.size() - 2);
    return part.size() >= telling_bytes && whole.find(part) != std::string_view::npos;
}

class Reader {
public:
    Reader(const Document& payload, const Source& source, std::size_t budget)
        : payload_{payload},
          source_{source},
          budget_{budget},
          bytes_{payload.text().size()},
          nothing_{columns_read(Document{Document::Object{}}, source)},
          whole_{columns_read(payload, source)} {}

    Account read() && {
        Path path;
        for (const auto& [name, value] : payload_.members()) {
            path.emplace_back(name);
            visit(value, path, true);
            path.pop_back();
        }
        const Gridhook gridhook{.note = read_note(payload_, source_), .raw = "{}", .source = &source_};
        account_.flags = gridhook.note.flags;
        for (auto& filled : columns_of(gridhook))
            if (filled.value && filled.column != "source" && filled.column != "gridhook_raw" &&
                filled.column != "flags")
                account_.columns.push_back(std::move(filled));
        return std::move(account_);
    }

private:
    void visit(const Document& value, Path& path, bool in_envelope) {
        if (account_.members.size() == most_members || spent_ > budget_) {
            account_.complete = false;
            return;
        }
        const auto* name = std::get_if<std::string>(&path.back());
        const bool still = in_envelope && name && is_part_of_the_envelope(*name, source_);
        const bool deeper = path.size() < deepest;
        if (deeper && value.is_object() && !value.members().empty()) {
            for (const auto& [inner, each] : value.members()) descend(each, path, inner, still);
            return;
        }
        MemberAccount account{.path = text_of(path), .value = &value};
        const bool in_note = std::ranges::any_of(path, [&](const Step& step) {
            const auto* outer = std::get_if<std::string>(&step);
            return outer && outer != name && is_part_of_the_note(*outer, source_);
        });
        account.envelope = in_envelope && name && says_nothing_of_the_note(*name, value, source_, in_note);
        const auto said = fill(account, path, value);
        if (deeper && said > 1 && value.is_array()) {
            for (std::size_t at = 0; at < value.items().size(); ++at) descend(value.items()[at], path, at, false);
            return;
        }
        account_.members.push_back(std::move(account));
    }

    void descend(const Document& value, Path& path, Step step, bool in_envelope) {
        path.push_back(std::move(step));
        visit(value, path, in_envelope);
        path.pop_back();
    }

    /// What became of the member at the path; how many columns it says something for.
    std::size_t fill(MemberAccount& account, const Path& path, const Document& value) {
        const auto alone = columns_read(only(payload_, path), source_);
        spent_ += value.text().size();
        Columns rest;
        const bool compares = spent_ + bytes_ <= budget_;
        if (compares) {
            rest = columns_read(without(payload_, path), source_);
            spent_ += bytes_;
        }
        std::size_t said = 0;
        for (const auto& [column, unread] : all_columns(alone)) {
            const auto mine = value_at(alone, column);
            const auto filled = value_at(whole_, column);
            const bool says = mine != value_at(nothing_, column);
            const bool decides = compares && !filled.empty() && filled != value_at(rest, column);
            if (says) ++said;
            if (decides || (says && holds(filled, mine))) account.became.push_back(column);
            else if (says) account.not_taken.push_back(column);
        }
        // What stands in a column may have stood elsewhere, had it come alone.
        if (!account.became.empty()) account.not_taken.clear();
        return said;
    }

    Columns all_columns(Columns more) const {
        more.insert(whole_.begin(), whole_.end());
        return more;
    }

    const Document& payload_;
    const Source& source_;
    std::size_t budget_;
    std::size_t spent_ = 0;
    std::size_t bytes_;
    Columns nothing_;
    Columns whole_;
    Account account_{};
};

}  // namespace

Account account_of(const Document& payload, const Source& source, std::size_t budget) {
    return Reader{payload, source, budget}.read();
}

}  // namespace dcs::deepcura
