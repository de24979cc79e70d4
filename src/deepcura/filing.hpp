#pragma once
// Filing: stores the scribe's notes, each linked as far as the rules allow at that moment.
//
// Promise    delivery, note, its link, change_log and outbox rows and the sync_log row commit together, before receive()
//            has a value. A note that the database refuses leaves its delivery in the inbox, to be tried again.
// Same       content that is known already makes no second note: the answer names the first one.
// Version    other content of a session makes a new note that replaces the newest one of it (never across patients).
// Source     contents and sessions of one source are none of another's.
// Id         a note has the id of the delivery that brought it.
// Batches    what arrives while one commit is under way goes into the next one; two commits run side by side.
// Errors     unavailable: nothing is known to be stored, the sender must come again.
// Threads    the executor's single thread.

#include "base/group_commit.hpp"
#include "deepcura/gridhook.hpp"
#include "inbox/runner.hpp"

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace dcs::deepcura {

struct Filed {
    std::string note_id;
    bool linked = false;
    bool duplicate = false;
};

class Filing {
public:
    struct Settings {
        std::string practice_timezone{};  // IANA; empty: none
        std::vector<std::string> omit_fields{};
    };
    /// `changed`: something was committed that wants publishing. The cipher must outlive this.
    Filing(asio::any_io_executor executor, pg::Pool& pool, const CipherInUse& cipher, std::string instance,
           Settings settings, std::function<void()> changed);
    Filing(const Filing&) = delete;
    Filing& operator=(const Filing&) = delete;

    /// pre: `gridhook` was read from `arrival`.body.
    Async<Result<Filed>> receive(inbox::Arrival arrival, Gridhook gridhook);

    /// Works on deliveries that were left pending: refused at first, or replayed by a person.
    void start(Tasks& tasks);
    void wake();
    void stop();
    Async<> give_back();

private:
    struct Incoming {
        inbox::Arrival arrival;
        Gridhook gridhook;
    };
    /// What belongs to one source: its notes share no transaction with another's.
    struct Door {
        Door(Filing& filing, const asio::any_io_executor& executor, const std::string& instance, const Source& source);
        const Source& source;
        std::array<GroupCommit<Incoming, Filed>, 2> lanes;  // one session's notes stay in one
        inbox::Runner runner;
    };
    GroupCommit<Incoming, Filed> make_lane(const asio::any_io_executor& executor);
    Door& door_of(const Source& source);
    Async<Result<std::vector<Filed>>> file(std::vector<Incoming*> batch);
    Async<Result<std::vector<Filed>>> file_or_keep(std::vector<Incoming*> batch);
    Async<Result<>> work(const Source& source, const std::vector<inbox::Claimed>& claimed);

    pg::Pool& pool_;
    const CipherInUse& cipher_;
    Settings settings_;
    std::function<void()> changed_;
    std::vector<std::unique_ptr<Door>> doors_{};
};

}  // namespace dcs::deepcura
