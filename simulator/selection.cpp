#include "simulator/selection.hpp"

#include <boost/algorithm/string/predicate.hpp>

#include <algorithm>

namespace dcs::simulator {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hours;

constexpr days longest_range{190};

std::string text_of(const json::value& value) {
    if (value.is_string()) return std::string{value.get_string()};
    if (value.is_null()) return {};
    return json::serialize(value);
}

std::optional<Naive> time_of(const json::value& value) {
    return value.is_string() ? parse_naive(value.get_string()) : std::nullopt;
}

bool passes(const Test& test, const Record& record) {
    if (test.match == Match::changed_since) return record.changed() >= test.from;
    const auto value = record.value(*test.field);
    switch (test.match) {
    case Match::equals: return text_of(value) == test.text;
    case Match::prefix: return boost::algorithm::istarts_with(text_of(value), test.text);
    case Match::contains: return boost::algorithm::icontains(text_of(value), test.text);
    case Match::on_date:
    case Match::from_time:
    case Match::date_range: {
        const auto time = time_of(value);
        return time && *time >= test.from && *time < test.until;
    }
    case Match::changed_since: return true;
    }
    return false;
}

/// The filter's value as a test; nullopt: malformed.
std::optional<Test> test_of(Kind kind, const Filter& filter, std::string_view value) {
    Test test{find_field(kind, filter.field), filter.match, std::string{value}, {}, Naive::max()};
    std::optional<Naive> from;
    switch (filter.match) {
    case Match::equals:
    case Match::prefix:
    case Match::contains: return test;
    case Match::on_date:
        from = parse_date(value);
        if (from) test.until = *from + days{1};
        break;
    case Match::from_time:
    case Match::changed_since: from = parse_naive(value); break;
    case Match::date_range: {
        const auto slash = value.find('/');
        if (slash == std::string_view::npos) return std::nullopt;
        from = parse_date(value.substr(0, slash));
        const auto until = parse_date(value.substr(slash + 1));
        if (!until) return std::nullopt;
        test.until = *until + days{1};
        break;
    }
    }
    if (!from) return std::nullopt;
    test.from = *from;
    return test;
}

/// The longest time between a computed visit and the last change that follows from it; zones included.
constexpr hours settles{24 * 6};

/// Computed records that lie outside cannot match `test`.
void narrow(const World& world, Selection& selection, const Filter& filter, const Test& test) {
    const bool visits = selection.kind == Kind::appointments || selection.kind == Kind::clinical_notes;
    const auto later_than = [&selection](Index first) { selection.first = std::max(selection.first, first); };
    if (filter.match == Match::changed_since) {
        if (visits) later_than(world.first_scheduled_from(test.from - settles));
        if (selection.kind == Kind::patients) later_than(world.first_patient_from(Time{test.from - days{62}}));
        if (selection.kind == Kind::line_items)
            later_than(world.first_line_item_from(world.first_scheduled_from(test.from - settles)));
    }
    if (visits && test.field != nullptr && filter.field.ends_with("scheduled_time")) {
        later_than(world.first_scheduled_from(test.from));
        if (test.until != Naive::max())
            selection.last = std::min(selection.last, world.first_scheduled_from(test.until));
    }
    const bool by_patient = filter.param == "patient" && filter.field == "patient";
    const bool by_visit = selection.kind == Kind::line_items && filter.param == "appointment";
    if (by_patient) {
        const auto patient = world.index_of(Kind::patients, test.text);
        selection.chosen = patient ? world.of_patient(selection.kind, *patient) : std::vector<Index>{};
    }
    if (by_visit) {
        const auto visit = world.index_of(Kind::appointments, test.text);
        selection.chosen = visit ? world.line_items_of(*visit) : std::vector<Index>{};
    }
}

bool wide_and_not_past(const Test& test, Naive today) {
    const auto last_day = test.until - days{1};
    return last_day - test.from > longest_range && last_day >= floor<days>(today) - days{1};
}

/// The computed records that can match, as a row of positions.
class Computed {
public:
    Computed(const Clinic& clinic, const Selection& selection) : clinic_{clinic}, selection_{selection} {}

    std::size_t size() const {
        if (selection_.chosen) return selection_.chosen->size();
        return selection_.last > selection_.first ? selection_.last - selection_.first : 0;
    }
    Index at(std::size_t nth) const { return selection_.chosen ? (*selection_.chosen)[nth] : selection_.first + nth; }
    Position position(std::size_t nth) const {
        const auto index = at(nth);
        if (selection_.kind != Kind::appointments) return {0, index};
        return {clinic_.world().scheduled(index).count(), index};
    }
    /// How many come before `from` (`included`: at or before it).
    std::size_t before(const Position& from, bool included) const {
        std::size_t low = 0;
        std::size_t high = size();
        while (low < high) {
            const auto middle = low + (high - low) / 2;
            const auto found = position(middle);
            if (found < from || (included && found == from)) low = middle + 1;
            else high = middle;
        }
        return low;
    }

private:
    const Clinic& clinic_;
    const Selection& selection_;
};

class Walker {
public:
    Walker(const Clinic& clinic, const Selection& selection, Time as_of)
        : clinic_{clinic},
          selection_{selection},
          as_of_{as_of},
          computed_{clinic, selection},
          held_{clinic.ledger(selection.kind)} {}

    std::vector<Index> forwards(const Step& step) {
        const auto& edited = held_.in_order();
        auto next = step.from ? computed_.before(*step.from, true) : 0;
        auto other = step.from ? edited.upper_bound(*step.from) : edited.begin();
        while (found_.size() < step.limit) {
            const bool more = next < computed_.size();
            if (!more && other == edited.end()) break;
            const bool takes_computed = more && (other == edited.end() || computed_.position(next) < other->first);
            if (takes_computed) visit_computed(computed_.at(next++));
            else visit((other++)->first.index);
        }
        return std::move(found_);
    }

    std::vector<Index> backwards(const Step& step) {
        const auto& edited = held_.in_order();
        auto left = step.from ? computed_.before(*step.from, false) : computed_.size();
        auto other = step.from ? edited.lower_bound(*step.from) : edited.end();
        while (found_.size() < step.limit) {
            const bool more = other != edited.begin();
            if (left == 0 && !more) break;
            const bool takes_computed = left > 0 && (!more || std::prev(other)->first < computed_.position(left - 1));
            if (takes_computed) visit_computed(computed_.at(--left));
            else visit((--other)->first.index);
        }
        std::ranges::reverse(found_);
        return std::move(found_);
    }

private:
    void visit_computed(Index index) {
        if (held_.find(index) == nullptr) visit(index);
    }
    void visit(Index index) {
        const auto record = clinic_.find(selection_.kind, index, as_of_);
        if (record && selection_.takes(*record)) found_.push_back(index);
    }

    const Clinic& clinic_;
    const Selection& selection_;
    Time as_of_;
    Computed computed_;
    const Ledger& held_;
    std::vector<Index> found_;
};

}  // namespace

bool is_true(std::string_view text) noexcept { return text == "1" || boost::algorithm::iequals(text, "true"); }

bool Selection::takes(const Record& record) const {
    return std::ranges::none_of(hidden, [&](const auto& hides) { return hides(record); }) &&
           std::ranges::all_of(tests, [&](const auto& test) { return passes(test, record); });
}

Result<Selection> select(const Clinic& clinic, const Route& route, const net::Query& query, bool bulk, Naive today) {
    const auto& world = clinic.world();
    Selection selection{.kind = route.kind, .last = world.count(route.kind)};
    const auto add = [&](const Filter& filter) {
        if (!query.has(filter.param)) return true;
        auto test = test_of(route.kind, filter, query.get(filter.param));
        if (!test) return false;
        narrow(world, selection, filter, *test);
        const bool wide = filter.match == Match::date_range && route.limits_range && wide_and_not_past(*test, today);
        if (wide && world.switches().wide_range_is_empty) selection.empty = true;
        selection.tests.push_back(std::move(*test));
        return true;
    };
    for (const auto& filter : route.filters)
        if (!add(filter)) return Error{Fault::bad_input, std::string{filter.param}};
    if (bulk)
        for (const auto& filter : route.bulk_filters)
            if (!add(filter)) return Error{Fault::bad_input, std::string{filter.param}};
    for (const auto& gate : route.gates) {
        if (gate.enabled != nullptr && !(world.switches().*gate.enabled)) continue;
        if (is_true(query.get(gate.param)) != gate.shows) selection.hidden.push_back(gate.hides);
    }
    return selection;
}

std::vector<Index> walk(const Clinic& clinic, const Selection& selection, const Step& step, Time as_of) {
    if (selection.empty) return {};
    Walker walker{clinic, selection, as_of};
    return step.backwards ? walker.backwards(step) : walker.forwards(step);
}

}  // namespace dcs::simulator
