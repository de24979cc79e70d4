#pragma once
// Answers: what an HTTP answer of DrChrono's means to the caller.
//
// Source     reference, sections 6 and 7. The edge layer now and then answers HTML, with any status: only JSON counts
//            where a decision rests on it (200, 404).

#include "base/document.hpp"
#include "base/json_list.hpp"
#include "net/client.hpp"

namespace dcs::upstream {

bool is_json(const net::Answer& answer);

/// The body of a good answer. unauthorized: 401. forbidden: 403. not_found: 404 in JSON. rate_limited: 429, with the wait.
/// unavailable: 5xx, 408, HTML, malformed or cut-off JSON. rejected: any other status.
Result<Document::Parsed> read_answer(const net::Answer& answer);

/// The same of a list's answer, whose records are not read yet; the body moves into it. Every client of DrChrono's reads them
/// under `results`, the specification says `data`. An answer that is no list (a job's state) has none.
Result<JsonList> read_list(net::Answer answer);

/// How long a 429 asks to wait: Retry-After in seconds, else the number in the body's sentence, else 60 s; at least one
/// second, at most two hours.
std::chrono::milliseconds throttle_wait(const net::Answer& answer);

}  // namespace dcs::upstream
