#include "deepcura/sources.hpp"

#include <algorithm>
#include <array>

namespace dcs::deepcura {

namespace {

constexpr std::array<std::string_view, 2> deepcura_headers{"X-deepcura-secret", "Authorization"};
constexpr std::array<std::string_view, 2> generic_headers{"X-scribe-secret", "Authorization"};

// Senders of webhooks write such members anew with every attempt.
constexpr std::string_view common_envelope =
    "timestamp timestampms eventtimestamp webhooktimestamp sentat senttime sendtime sendat dispatchedat deliveredat "
    "publishedat queuedat enqueuedat retriedat lastattemptat firstattemptat nextattemptat nextretryat attemptedat "
    "attempt attempts attemptno attemptnumber attemptcount attemptid deliveryattempt deliveryattempts trycount tries retry "
    "retries retryno retrynumber retrycount retryattempt isretry isredelivery redelivery redelivered "
    "requestid xrequestid deliveryid deliveryuuid deliveryguid webhookid webhookdeliveryid webhookrequestid messageid msgid "
    "eventid eventuuid notificationid traceid spanid correlationid transactionid jobid idempotencykey nonce";
constexpr std::string_view common_tokens = "signature sig hmac mac digest checksum webhooksignature signatures";
constexpr std::string_view common_objects =
    "envelope meta metadata headers header delivery webhook request context event notification message data payload body "
    "record object trace retry attempt";

// A scribe without sessions names the note, the encounter or the visit: its versions are told by that.
constexpr std::array generic_names{
    MemberNames{Field::session_id, "encounterid encounter.id visitid visit.id noteid note.id documentid interactionid "
                                   "consultationid recordingid"},
    MemberNames{Field::session_date, "encounteredon seenon dateofvisit dateofencounter"},
};

constexpr std::array table{
    Source{.name = "deepcura",
           .secret_setting = "DEEPCURA_SHARED_SECRET",
           .proof = Proof::shared_header,
           .secret_headers = deepcura_headers,
           .refusal = "Invalid secret",
           .event = "gridhook",
           .actor = "deepcura-gridhook",
           .encrypted = true,
           .envelope = common_envelope,
           .envelope_tokens = common_tokens,
           .envelope_objects = common_objects,
           .names = {}},
    Source{.name = "generic",
           .secret_setting = "SCRIBE_GENERIC_SECRET",
           .proof = Proof::standard_webhooks,
           .secret_headers = generic_headers,
           .refusal = "Invalid signature",
           .event = "note",
           .actor = "scribe:generic",
           .encrypted = false,
           .envelope = common_envelope,
           .envelope_tokens = common_tokens,
           .envelope_objects = common_objects,
           .names = generic_names},
};

}  // namespace

std::span<const Source> sources() noexcept { return table; }

const Source* find_source(std::string_view name) noexcept {
    const auto found = std::ranges::find(table, name, &Source::name);
    return found == table.end() ? nullptr : &*found;
}

const Source& deepcura_source() noexcept { return table.front(); }

}  // namespace dcs::deepcura
