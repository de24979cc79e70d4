#pragma once
// Doctor: looks at everything the service stands on, one thing after the other, and says of each what is wrong and what to do.
//
// Promise    each check ends within its limit; one that stands on another that failed is skipped and says so. Nothing is changed,
//            except what using DrChrono's tokens changes anyway: they are taken from the settings the first time, and refreshed
//            when they expire. Tokens that do not open with our key are left alone.
// Budget     some ten requests, spent from the shared allowance.
// Secrets    no finding holds one.

#include "app/part_settings.hpp"
#include "base/async.hpp"
#include "pg/pool.hpp"
#include "upstream/token_row.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace dcs::app {

enum class Grade { ok, warning, failed, skipped };
std::string_view name_of(Grade grade) noexcept;

struct Finding {
    std::string check{};
    Grade grade = Grade::ok;
    std::string found{};
    std::string advice{};  // empty: nothing to do
};

class Doctor {
public:
    /// `address`: where the service answers, without a slash at the end. It is `named` by the caller, or guessed.
    struct Address {
        std::string url;
        bool named = false;
    };
    Doctor(asio::any_io_executor executor, const Settings& settings, pg::Settings database, Address address);

    /// Tells each finding as soon as it is there; true: none failed. `only`: these checks, in their order; none: all.
    Async<bool> examine(std::function<void(const Finding&)> tell, std::span<const std::string_view> only = {});

private:
    struct Check {
        std::string_view name;
        std::string_view needs;  // names of checks, separated by spaces, that must not have failed
        Async<Finding> (Doctor::*look)();
    };
    static const std::vector<Check> checks;
    Async<Finding> in_time(const Check& check);
    std::string missing_need(const Check& check) const;

    Async<Finding> settings_make_sense();
    // doctor_database.cpp
    Async<Finding> database();
    Async<Finding> encryption();
    Async<Finding> schema();
    Async<Finding> time_zones();
    Async<Finding> roles();
    Async<Finding> audit();
    Async<Finding> second_factor();
    Async<Finding> clock();
    // doctor_drchrono.cpp
    Async<Result<upstream::TokenRow>> stored_tokens();
    Async<Finding> tokens();
    Async<Finding> allowance();
    Async<Finding> account();
    Async<Finding> scopes();
    // doctor_network.cpp
    Async<Finding> service();
    Async<Finding> handshake();
    Async<Finding> pubsub();
    Async<Finding> oidc_keys();

    const Settings& settings_;
    pg::Settings where_;
    Address address_;
    pg::Pool pool_;
    net::Client client_;
    upstream::SharedBudget budget_;
    upstream::Tokens tokens_;
    upstream::Drchrono drchrono_;
    outbox::GoogleToken google_token_;
    outbox::Topic topic_;
    std::vector<std::string> not_ok_{};
};

}  // namespace dcs::app
