#include "app/part_settings.hpp"
#include "base/encoding.hpp"
#include "cli/commands.hpp"
#include "cli/consent_answer.hpp"
#include "cli/run_loop.hpp"
#include "cli/start_settings.hpp"
#include "cli/token_files.hpp"
#include "cli/with_database.hpp"
#include "crypto/crypto.hpp"
#include "pg/migrate.hpp"
#include "upstream/authorization.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace dcs::cli {

namespace {

constexpr int done = 0;
constexpr int failed = 1;
constexpr int wrong_settings = 2;
constexpr int scopes_lack = 3;
constexpr int nobody_answered = 4;

int complain(int status, std::string_view what) {
    fmt::print(stderr, "drchrono-sync: {}\n", what);
    return status;
}

int explain_answer(const Error& error) {
    switch (error.fault) {
    case Fault::unavailable:
        return complain(nobody_answered, fmt::format("{}: nothing was stored. Run it again.", error.detail));
    case Fault::unauthorized:
        if (error.detail == "access_denied")
            return complain(failed, "consent was refused in DrChrono (access_denied): nothing was stored.");
        if (error.detail == "invalid_scope")
            return complain(failed, "DrChrono does not give this application the scopes that it was asked for "
                                    "(invalid_scope). Add them in API Management, or run it again with --no-scope.");
        return complain(failed, fmt::format("DrChrono refused ({}): nothing was stored.", error.detail));
    case Fault::conflict:
        return complain(failed, "this answer does not belong to this run (its state differs): nothing was "
                                "stored. Run it again and use the address it prints.");
    default: return complain(failed, fmt::format("{}: nothing was stored.", error.detail));
    }
}

int explain_exchange(const Error& error) {
    if (error.detail == "invalid_grant")
        return complain(failed, "DrChrono refuses the code (invalid_grant): it works once and for a few seconds, and "
                                "only for the redirect address it was sent to. Run it again.");
    if (error.fault == Fault::unauthorized)
        return complain(failed, fmt::format("DrChrono does not know us ({}): are DRCHRONO_CLIENT_ID and "
                                            "DRCHRONO_CLIENT_SECRET those of the application?",
                                            error.detail));
    if (error.fault == Fault::rate_limited)
        return complain(failed, "DrChrono accepts no more requests for now (429). Run it again later.");
    return complain(failed, fmt::format("the code could not be exchanged: {}. Run it again.", error.detail));
}

/// Says what is missing. False: nothing is, or it is not known.
bool scopes_missing(const std::string& granted) {
    if (granted.empty()) {
        fmt::print("DrChrono does not say which scopes it granted; `drchrono-sync verify` shows what can be read.\n");
        return false;
    }
    const auto missing = upstream::missing_scopes(granted);
    if (!missing.empty()) fmt::print("Scopes that were not granted:\n");
    for (const auto& scope : missing)
        fmt::print("  {:<15} for {}: without it {}\n", scope.name, scope.brings, scope.without);
    return !missing.empty();
}

class Walk {
public:
    Walk(asio::any_io_executor executor, const app::Settings& settings, pg::Settings database,
         const AuthorizeOptions& options, std::string redirect_uri)
        : settings_{settings},
          options_{options},
          redirect_uri_{std::move(redirect_uri)},
          state_{to_base64url(crypto::random_bytes(32))},
          pool_{executor, std::move(database)},
          client_{executor, "drchrono-sync"},
          answer_{executor, state_} {}

    Async<int> run() {
        int status = done;
        if (options_.to.empty()) status = co_await look_at_database();
        if (status == done) status = co_await ask();
        co_await answer_.stop();
        co_await pool_.close(std::chrono::seconds{1});
        co_return status;
    }
    void interrupt() { answer_.interrupt(); }

private:
    /// Before a person is troubled: a code that cannot be stored is lost.
    Async<int> look_at_database() {
        const auto migrated = co_await pg::migrate(pool_);
        if (!migrated) co_return complain(failed, fmt::format("the database: {}", migrated.error().detail));
        auto looking = upstream::stored_grant_opens(pool_, app::token_settings(settings_));
        const auto opens = co_await std::move(looking);
        if (!opens) co_return complain(failed, fmt::format("the database: {}", opens.error().detail));
        if (!*opens && !options_.new_key)
            co_return complain(
                wrong_settings,
                "the stored tokens cannot be decrypted with this TOKEN_KEY (without one: this client secret): is it "
                "the service's? If it is, and the old one is lost, use --new-key.");
        co_return done;
    }

    Async<int> ask() {
        listen();
        const upstream::Question question{settings_.drchrono_base_url, settings_.drchrono_client_id, redirect_uri_,
                                          state_, !options_.no_scope};
        fmt::print("Open this address in a browser, signed in to DrChrono as a user who may see all that is to be "
                   "mirrored:\n\n  {}\n\n",
                   upstream::consent_url(question));
        fmt::print("{}paste the address that you are sent to, or the code in it, here:\n",
                   listens_ ? "The answer arrives here by itself. If the browser runs on another machine, " : "Then ");
        std::fflush(stdout);
        answer_.read_input();
        auto waiting = answer_.code(options_.wait);
        const auto code = co_await std::move(waiting);
        if (!code) co_return explain_answer(code.error());
        auto taking = take(*code);
        co_return co_await std::move(taking);
    }

    void listen() {
        auto address = read_redirect_address(redirect_uri_).value();
        if (!address.local) return;
        if (options_.port != 0) address.port = options_.port;
        const auto listening = answer_.listen(address);
        listens_ = listening.has_value();
        if (!listens_) fmt::print("Cannot listen on port {} here ({}).\n", address.port, listening.error().detail);
    }

    Async<int> take(std::string code) {
        upstream::CodeRequest request{settings_.drchrono_base_url, settings_.drchrono_client_id,
                                      settings_.drchrono_client_secret, std::move(code), redirect_uri_};
        auto exchange = upstream::exchange_code(client_, std::move(request), system_now);
        auto granted = co_await std::move(exchange);
        if (!granted) co_return explain_exchange(granted.error());
        if (scopes_missing(granted->scope) && !options_.allow_missing)
            co_return complain(scopes_lack,
                               "nothing was stored. Add the scopes to the application in DrChrono and run it "
                               "again, or use --allow-missing to do without them.");
        if (granted->refresh_token.empty())
            fmt::print("DrChrono gave no refresh token: the grant ends with its access token.\n");
        if (!options_.to.empty()) co_return write(*granted);
        auto storing = upstream::store_grant(pool_, app::token_settings(settings_), std::move(*granted), system_now);
        const auto stored = co_await std::move(storing);
        if (!stored)
            co_return complain(failed,
                               fmt::format("the tokens could not be stored: {}. Run it again.", stored.error().detail));
        fmt::print("Authorized. The tokens are stored, sealed; running instances use them within a minute.\n");
        co_return done;
    }

    int write(const upstream::Granted& granted) const {
        const auto written = write_tokens(options_.to, granted);
        if (!written)
            return complain(failed, fmt::format("the tokens could not be written: {}", written.error().detail));
        fmt::print(
            "Authorized. The tokens are in {}, named like the settings; anyone who has them can read the clinic's records.\n",
            options_.to);
        return done;
    }

    const app::Settings& settings_;
    const AuthorizeOptions& options_;
    std::string redirect_uri_;
    std::string state_;
    pg::Pool pool_;
    net::Client client_;
    ConsentAnswer answer_;
    bool listens_ = false;
};

}  // namespace

int authorize(bool dev, const AuthorizeOptions& options) {
    const auto settings = start_settings(dev);
    if (!settings) return wrong_settings;
    if (settings->log_level == "info") log::configure(log::Level::error, log::Format::text);
    if (settings->drchrono_client_id.empty() || settings->drchrono_client_secret.empty())
        return complain(wrong_settings, "DRCHRONO_CLIENT_ID and DRCHRONO_CLIENT_SECRET must be set");
    const auto redirect_uri = options.redirect_uri.empty() ? settings->drchrono_redirect_uri : options.redirect_uri;
    if (const auto address = read_redirect_address(redirect_uri); !address)
        return complain(wrong_settings, fmt::format("the redirect address {}", address.error().detail));
    std::optional<Database> database;
    if (options.to.empty()) {
        database = reach_database(*settings);
        if (!database) return failed;
    } else if (const auto good = can_write_tokens(options.to); !good) {
        return complain(wrong_settings, good.error().detail);
    }
    asio::io_context io{1};
    Walk walk{io.get_executor(), *settings, database ? database->settings : pg::Settings{}, options, redirect_uri};
    return run_loop(io, walk.run(), [&walk] { walk.interrupt(); });
}

}  // namespace dcs::cli
