#pragma once
// Lister: the pages of a listing, by cursor or by bulk jobs, one call a page.
//
// Cursor     the next page's address is followed verbatim, to DrChrono's hosts only. A short page is not the end: only an
//            absent or null `next` is.
// Bulk       each page is a job of its own: submitted, polled, submitted again when it fails or its list has expired. When a
//            job is looked at, its kind's earlier jobs tell (job_times.hpp).
// Chunks     a listing by date_range is asked for in parts of 180 days: wider ranges come back empty, deep ones time out. What
//            lies before and behind those parts is one part each: a wide range that is wholly past is answered, and what lies
//            ahead is asked for without an end where DrChrono has a filter for it.
// Position   an opaque text that says which page comes next; it can be kept and used after a restart.
// Circles    are for the reader of the pages to notice: only who reads them knows where it has been.
// Errors     those of Drchrono. rejected: an answer that is no list.
// Source     fact sheet sections 3 and 4.

#include "upstream/drchrono.hpp"
#include "upstream/job_times.hpp"

#include <map>
#include <string>
#include <vector>

namespace dcs::upstream {

struct ListQuery {
    std::string path{};   // "/api/patients", or "/api/patients_list" for bulk
    std::string query{};  // without page and page_size
    int page_size = 250;
    bool bulk = false;
    std::string first_day{};  // "YYYY-MM-DD", with last_day: in parts by date_range; both empty: as one
    std::string last_day{};
    int days = 180;              // in a part
    std::string earliest_day{};  // of the part before first_day; empty: there is none
    std::string behind{};        // filter of the part behind last_day; empty: there is none
};

struct Page {
    JsonList items;
    std::string next{};                   // position of the next page; empty: this is the last one
    std::optional<std::int64_t> count{};  // records of the whole listing, where the answer says so
    int pages = 0;                        // of a bulk listing
    /// When the request was sent; of a bulk job, when it was submitted.
    std::chrono::steady_clock::time_point asked{};
};

/// A bulk job that was submitted.
struct BulkJob {
    int page = 0;
    std::string uuid{};
    std::chrono::steady_clock::time_point submitted{};
};

class Lister {
public:
    struct Settings {
        std::chrono::milliseconds first_look{2'000};  // at a job of which nothing is known
        std::chrono::milliseconds shortest_look{100};
        std::chrono::milliseconds longest_pause{10'000};
        std::chrono::milliseconds job_limit{std::chrono::minutes{15}};
        int job_tries = 3;
    };
    explicit Lister(Drchrono& drchrono) : Lister{drchrono, Settings{}} {}
    Lister(Drchrono& drchrono, Settings settings) : drchrono_{drchrono}, settings_{settings} {}

    /// `position` empty: the first page.
    Async<Result<Page>> page(ListQuery list, std::string position, Priority priority, Meter* meter = nullptr);

    /// Whether `position` is the beginning of the part before first_day or of the one behind last_day.
    enum class OpenEnd { none, before, behind };
    static OpenEnd open_end(const ListQuery& list, const std::string& position);
    /// The position of what comes after that part; empty: nothing.
    static std::string after_open_end(const ListQuery& list, OpenEnd end);

    /// Submits the bulk job of that page. pre, here and below: list.bulk.
    Async<Result<BulkJob>> submit(ListQuery list, int number, Priority priority, Meter* meter = nullptr);
    /// The job's page, once it is complete; one that fails is submitted again.
    Async<Result<Page>> collect(ListQuery list, BulkJob job, Priority priority, Meter* meter = nullptr);
    /// How long jobs of that path usually take, where that is known; remember_job(): as an earlier process has learned.
    std::optional<std::chrono::milliseconds> usual_job(const std::string& path) { return times_of(path).known(); }
    void remember_job(const std::string& path, std::chrono::milliseconds usual) { times_of(path).remember(usual); }

private:
    Async<Result<Page>> chunk_page(const ListQuery& list, const std::string& position, Priority priority, Meter* meter);
    Async<Result<Page>> cursor_page(const ListQuery& list, const std::string& position, Priority priority,
                                    Meter* meter);
    Async<Result<Page>> bulk_page(const ListQuery& list, int number, Priority priority, Meter* meter);
    Async<Result<Fetched>> complete(const ListQuery& list, const BulkJob& job, Priority priority, Meter* meter);
    JobTimes& times_of(const std::string& path);

    Drchrono& drchrono_;
    Settings settings_;
    std::map<std::string, JobTimes> times_{};  // by path
};

}  // namespace dcs::upstream
