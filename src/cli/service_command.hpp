#pragma once
// ServiceCommand: one command over what lives on the database, without the door and the workers.

#include "app/service.hpp"
#include "cli/with_database.hpp"

#include <functional>

namespace dcs::cli {

class ServiceCommand {
public:
    ServiceCommand(asio::any_io_executor executor, app::Settings settings, pg::Settings database);

    /// Brings the database to this version, does `work`, stops; its exit status. 1: the database is impossible.
    Async<int> run(std::function<Async<int>()> work);
    /// Ctrl-C: runs end with the page they are at.
    void request_stop();

    bool stopping() const noexcept { return stopping_; }
    /// pre: called by `work`.
    app::Service& service() noexcept { return *service_; }
    const asio::any_io_executor& executor() const noexcept { return executor_; }

private:
    asio::any_io_executor executor_;
    deepcura::CipherInUse nothing_{};  // notes are the running service's work
    app::Settings settings_;
    pg::Settings database_;
    std::unique_ptr<app::Service> service_{};  // once the database is prepared
    std::string bug_{};
    bool stopping_ = false;
};

/// Runs `work(command)` on a loop of its own with the database that the settings name. 1: there is none, or no credentials are set
/// with which DrChrono could be asked.
int run_service_command(const app::Settings& settings, const std::function<Async<int>(ServiceCommand&)>& work);

/// The listings of these endpoints or tables; none or "all": every one that has a listing of its own. Empty: one of the
/// names is none, and standard error says so.
std::vector<const Listing*> listings_of(const std::vector<std::string>& names);

}  // namespace dcs::cli
