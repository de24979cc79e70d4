#pragma once
// Options: everything about the simulated DrChrono that a caller can choose, before it starts or while it runs.
//
// Source     reference/drchrono-api.md; section 10 lists the switches. Where the facts are open, either answer can be
//            chosen.
// Units      durations of records, retries, read lag and bulk lists count on the simulated clock (start + elapsed x
//            speed). Rate limits and token lives count plain seconds, because the client counts them on its own clock.

#include "base/async.hpp"
#include "base/clock.hpp"
#include "net/client.hpp"
#include "simulator/scribe_cipher.hpp"

#include <boost/json.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace dcs::simulator {

namespace json = boost::json;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// How many records a patient has on average; a patient may have one more or one less.
struct Ratios {
    double appointments = 3.0;
    double medications = 1.5;
    double problems = 1.25;
    double allergies = 0.5;
    double line_items = 1.4;       // per past appointment, not per patient
    double notes = 0.8;            // share of past appointments that have a clinical note
    double virtual_visits = 0.02;  // share of future appointments that are unmaterialised recurring instances
};

struct Limits {
    int per_second = 10;  // 0: no such limit
    int per_10min = 290;
    int per_hour = 500;  // of the clock hour
};

/// How many rows a page holds.
struct PageCap {
    int standard = 250;  // without page_size
    int most = 250;      // the largest page_size that is honoured
    int verbose = 50;    // the largest with verbose=true
};

enum class RetryBody { stored, current };
enum class NoteId { none, appointment, own };  // which `id` a clinical note has

enum class Consent {
    at_once,  // the user consents at once
    asked,    // a page with two buttons, for a person
    refused,  // the user says no
};
/// What becomes of the scopes that the application names: granted when it has them all, else invalid_scope; granted as far
/// as it has them; invalid_scope whatever is named.
enum class NamedScopes { all, those_it_has, none };

/// Open or changing behaviour. Each name is also the key of POST /control/switches.
struct Switches {
    // OAuth
    bool refresh_rotates = true;
    seconds old_refresh_grace{0};               // how long a rotated refresh token still works
    bool second_authorization_revokes = false;  // another authorization kills all earlier tokens
    Consent consent = Consent::at_once;
    NamedScopes named_scopes = NamedScopes::all;
    int token_error_status = 401;  // a stock server answers 400
    // Limits
    bool retry_after_header = false;
    bool throttle_whole_seconds = false;  // "in 123 seconds" instead of "in 123.0 seconds"
    bool throttled_calls_count = false;   // calls while throttled keep it hot
    bool bulk_counts = true;
    // Lists
    bool page_caps = true;              // off: 250, verbose 50 everywhere
    bool wide_range_is_empty = true;    // date_range over 190 days that is not wholly past
    bool next_missing_at_end = false;   // the last page has no `next` key instead of null
    bool hide_inactive = true;          // patients
    bool hide_archived = true;          // appointments
    bool archived_items_found = false;  // GET of a deleted appointment with show_archived=true answers 200
    bool hide_locked_notes = false;
    bool user_ids_as_text = false;
    bool note_references_as_text = true;
    NoteId note_id = NoteId::none;
    bool note_moves_appointment = false;  // a lock or an edit of the note moves appointments.updated_at
    std::string change_zone{};            // IANA zone of created_at, updated_at; empty: the doctor's
    milliseconds read_lag{0};             // GETs show the state of that long ago
    // Bulk
    int bulk_polls = 2;         // polls answered "In progress" before "Complete"
    milliseconds bulk_time{0};  // and so long after the submit, by the real clock
    bool bulk_needs_filter = false;
    // Webhooks
    RetryBody retry_body = RetryBody::stored;
    bool retry_new_id = false;
    bool practice_group = true;  // practice_group_id in the body
    bool ping_signed = true;
    bool ping_object = false;
    bool webhook_verbose = false;    // verbose-only fields in webhook objects
    double duplicate_share = 0;      // deliveries sent twice under one id
    double drop_share = 0;           // deliveries never sent
    milliseconds shuffle_window{0};  // first attempts are spread at random over this time
};

/// What a request is answered with instead of its answer.
enum class FaultKind {
    throttled,      // 429 with the usual body, `wait` seconds
    error_500,      // 500, plain detail
    html,           // 200 text/html
    truncated,      // the true answer, cut in its middle
    slow,           // the true answer after `wait` (real time)
    cut,            // the connection closes without an answer
    unauthorized,   // 401 once; the token stays good (a fresh token that has not spread yet)
    revoked,        // 401, and the token used is dead from here on
    forbidden,      // 403
    redirect,       // 302 to `location`, or to the same resource on this host
    bulk_failed,    // a bulk submit succeeds; its polls end with status Failed
    bulk_canceled,  // the same with Canceled
    bulk_error,     // the same with HTTP 500 and a detail
};

struct FaultRule {
    FaultKind kind{};
    std::string path{};    // start of the path, e.g. "/api/patients"; empty: every request outside /control
    std::string method{};  // empty: any
    int count = 1;         // how many requests; negative: no end
    double share = 1;      // of the matching requests, at random from the seed
    seconds wait{60};
    std::string location{};
};

/// The one webhook of the API application.
struct Webhook {
    std::string callback_url{};  // empty: none
    std::string secret{};
    std::vector<std::string> events{};  // empty: all
    bool handshake = true;              // GET ?msg= must be answered rightly before the first delivery
    int parallel = 1;                   // deliveries under way at once; more than 1 gives up order
    milliseconds response_limit{10'000};
    std::vector<hours> retries{hours{1}, hours{3}, hours{7}};  // after the event
};

using Sender = std::function<Async<Result<net::Answer>>(net::Call)>;

/// The AI scribe's account: where its gridhooks go, and how.
struct ScribeOptions {
    std::string url{};  // e.g. "http://127.0.0.1:8080/webhooks/deepcura"
    std::string secret{};
    Scheme scheme = Scheme::scrypt_zero_iv;
    WireText wire = WireText::base64;
    std::uint64_t seed = 1;  // the same seed and the same calls give the same notes and session ids
    std::string header = "X-deepcura-secret";
    std::string field = "encrypted_payload";
    milliseconds response_limit{10'000};
};

struct Options {
    std::uint64_t seed = 1;
    std::uint64_t patients = 200;
    int doctors = 3;
    int offices = 2;
    int exam_rooms = 4;                                     // per office
    std::vector<std::string> zones{"America/Los_Angeles"};  // of the doctors, in turn; zones.hpp lists those known
    Ratios per_patient{};
    std::int64_t practice_group_id = 4242;

    std::optional<Time> start{};  // of the simulated clock; empty: the time of `real`. The clinic's past ends that day.
    double speed = 1;
    Clock real = system_now;

    std::string client_id = "simulated-client";
    std::string client_secret = "simulated-secret";
    std::string redirect_uri{};                       // empty: any
    std::string access_token = "simulated-access";    // good from the start; empty: none
    std::string refresh_token = "simulated-refresh";  // likewise
    std::string scope = "user:read calendar:read clinical:read patients:read patients:summary:read billing:read";
    seconds access_token_life = hours{48};
    seconds code_life{30};

    Limits limits{};
    Switches switches{};
    std::map<std::string, PageCap> page_caps{};  // by resource; others as in routes.cpp
    Webhook webhook{};
    Sender sender{};         // empty: net::Client
    std::string base_url{};  // in `next` and other links; empty: the address listened on
};

}  // namespace dcs::simulator
