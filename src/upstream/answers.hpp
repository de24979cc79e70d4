#pragma once
// Answers: what an HTTP answer of DrChrono's means to the caller.
//
// Source     reference, sections 6 and 7. The edge layer now and then answers HTML, with any status: only JSON counts
//            where a decision rests on it (200, 404).

#include "base/clock.hpp"
#include "base/document.hpp"
#include "base/json_list.hpp"
#include "net/client.hpp"

namespace dcs::upstream {

bool is_json(const net::Answer& answer);

/// The body of a good answer: a JSON object. unauthorized: 401. forbidden: 403. not_found: 404 in JSON. rate_limited: 429,
/// with the wait. unavailable: 5xx, 408, HTML, malformed or cut-off JSON; with `retry_after` where the answer says when
/// DrChrono is back. rejected: any other status, or JSON that is no object. `now` is when the answer came.
Result<Document::Parsed> read_answer(const net::Answer& answer, Time now = system_now());

/// The same of a list's answer, whose records are not read yet; the body moves into it. Every client of DrChrono's reads them
/// under `results`, the specification says `data`. An answer that is no list (a job's state) has none.
Result<JsonList> read_list(net::Answer answer, Time now = system_now());

/// How long an answer asks to wait: its Retry-After, in seconds or as an HTTP date (from the answer's own Date, so that no
/// clock of ours counts; from `now` without one); else what the body says: a member `retry_after`, or a number behind
/// "available in", "again in", "retry after" or "wait", in seconds unless minutes or hours are named; else nothing. At least
/// one second, at most two hours.
std::optional<std::chrono::milliseconds> wait_asked_for(const net::Answer& answer, Time now = system_now());

/// wait_asked_for() of a 429, 60 s where nothing says how long.
std::chrono::milliseconds throttle_wait(const net::Answer& answer, Time now = system_now());

}  // namespace dcs::upstream
