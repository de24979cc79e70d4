#pragma once
// Bulk: the *_list endpoints: submit, poll, one job a page.
//
// Promise    a job answers "In progress" for the set time and then for the set number of polls, then what its submit asked for; after one hour of
//            simulated time its uuid is unknown.
// Limits     10,000 jobs; the oldest are forgotten first. The row numbers of the last query are kept, so that its many
//            pages cost one scan; a change of the clinic makes them stale, and rows then shift between pages.
// Source     reference/drchrono-api.md, section 4.

#include "simulator/lists.hpp"

#include <deque>

namespace dcs::simulator {

enum class Outcome { complete, failed, canceled, error };

class Bulk {
public:
    Bulk(const Clinic& clinic, const Lists& lists, const Switches& switches, const SimClock& clock,
         const std::string& base_url) noexcept
        : clinic_{clinic}, lists_{lists}, switches_{switches}, clock_{clock}, base_url_{base_url} {}

    /// POST /api/<route>_list. `outcome` is what its polls will end with.
    net::Response submit(const Route& route, const net::Query& query, Outcome outcome);
    /// GET /api/<route>_list?uuid=
    net::Response poll(const Route& route, const net::Query& query);

private:
    struct Job {
        std::string uuid;
        const Route* route;
        net::Query query;
        Outcome outcome;
        Time submitted;
        int polls_left;
        std::size_t page;
        std::size_t page_size;
        std::chrono::steady_clock::time_point made = std::chrono::steady_clock::now();
        bool done = false;
        std::size_t count = 0;         // of all pages, once done
        std::vector<Index> indexes{};  // of this page, once done
    };
    void finish(Job& job);
    void sort_by_change(Kind kind, std::vector<Index>& indexes, Time as_of) const;
    const std::vector<Index>& rows(const Route& route, const net::Query& query);

    const Clinic& clinic_;
    const Lists& lists_;
    const Switches& switches_;
    const SimClock& clock_;
    const std::string& base_url_;
    std::deque<Job> jobs_;
    // The last query's rows.
    std::string key_;
    std::vector<Index> rows_;
};

}  // namespace dcs::simulator
