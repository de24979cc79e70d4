#pragma once
// Wave: writes states of one resource, every key at most once: reads what is stored, decides, writes what is newer, and fills what
// derives from it.
//
// Place      a part of store.cpp; nobody else uses it.
// Order      rows are written in the order of their keys, whoever writes them, so that two waves do not lock each other out.
// Races      what another writer was faster with is not written; its items are returned, to be tried again.

#include "resources/mapping.hpp"
#include "store/locks.hpp"
#include "store/merge.hpp"
#include "store/record_sql.hpp"
#include "store/store.hpp"

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace dcs::store {

/// A state on its way through one call.
struct Item {
    State state;
    std::string hash;                  // hex
    std::size_t result;                // its place among the caller's results; of a projection: its owner's
    std::vector<Item*> projections{};  // written only if this one is not refused
    bool cancelled = false;            // the state that it was projected from was refused
};

/// One record's turn: what was read and what was decided.
struct Turn {
    Item* item;
    std::optional<Current> current{};
    Decision decision{};
    Mapped mapped{};
    std::string clock{};
};

/// Asks which columns of the records do not follow from their JSON, which was read: {key → names of such columns}. `zone`: the
/// practice's.
pg::Statement ask_wrong_columns(const Resource& resource, const std::vector<Turn*>& turns, const std::string& zone);
std::unordered_map<std::string, std::vector<std::string>> wrong_columns_of(const pg::Rows& rows);

/// Reads what is stored of these, for take_current().
pg::Statement read_statement(const Resource& resource, std::span<const Turn> turns);
Result<> take_current(const pg::Rows& rows, std::vector<Turn>& turns);

class Wave {
public:
    /// `locks`: of this resource as a parent. `first`: what is to be locked before anything is written; taken by the next write.
    Wave(pg::Transaction& transaction, const Resource& resource, const Options& options, Locks& locks,
         std::vector<pg::Statement>& first);

    /// One result an item, at its place. Returns the items that lost a race.
    Async<Result<std::vector<Item*>>> run(std::vector<Item*> items, std::vector<Applied>& results);

private:
    /// {key → id} of what was written.
    using Written = std::unordered_map<std::string, std::string>;

    void decide_turn(Turn& turn);
    Async<Result<>> look_into(std::vector<Turn>& turns);
    void lock_out_children(const Turn& turn);
    Async<Result<>> write(std::vector<Turn>& turns, Written& written);
    Async<Result<>> fill_what_derives(std::vector<Turn>& turns, const Written& written);

    pg::Transaction& transaction_;
    const Resource& resource_;
    Locks& locks_;
    std::vector<pg::Statement>& first_;
    const std::string& zone_;
    std::chrono::milliseconds replica_lag_;
    /// {key → when what was stored before this call had been observed, and by what}: of records that an answer of DrChrono's has
    /// written or confirmed in this call. What another answer of the call tells of the record is compared with that, for the
    /// record's own answer knew nothing of those members.
    std::unordered_map<std::string, std::pair<std::optional<Time>, Seen>> before_{};
};

}  // namespace dcs::store
