#pragma once
// Selection: which records a query asks for, and a page of them in order, without looking at those that cannot match.
//
// Promise    walks forwards or backwards from any position; computed and edited records come in one order. A patient's,
//            a visit's or a period's records are found without a scan of the kind.
// Errors     bad_input: a filter's value is malformed (a time with a zone is); `detail` is the filter's name.

#include "net/http.hpp"
#include "simulator/routes.hpp"

namespace dcs::simulator {

struct Test {
    const Field* field;  // nullptr: the record's last change
    Match match;
    std::string text{};
    Naive from{};
    Naive until{};  // exclusive
};

struct Selection {
    Kind kind{};
    std::vector<Test> tests{};
    std::vector<bool (*)(const Record&)> hidden{};  // rows left out
    bool empty = false;                             // matches nothing, whatever there is
    // Of the computed records only [first, last) can match, or only the `chosen` ones.
    Index first = 0;
    Index last = 0;
    std::optional<std::vector<Index>> chosen{};

    bool takes(const Record& record) const;
};

/// `true`, `True` and `1` are true.
bool is_true(std::string_view text) noexcept;

/// `today` is the practice's date: wide ranges that end before yesterday are not refused.
Result<Selection> select(const Clinic& clinic, const Route& route, const net::Query& query, bool bulk, Naive today);

struct Step {
    std::optional<Position> from{};  // exclusive; empty: from the end that lies behind
    bool backwards = false;
    std::size_t limit = 0;
};

/// Up to `limit` matching records, in list order also when they were sought backwards.
std::vector<Index> walk(const Clinic& clinic, const Selection& selection, const Step& step, Time as_of);

}  // namespace dcs::simulator
