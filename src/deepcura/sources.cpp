#include "deepcura/sources.hpp"

#include <algorithm>
#include <array>

namespace dcs::deepcura {

namespace {

constexpr std::array<std::string_view, 2> deepcura_headers{"X-deepcura-secret", "Authorization"};
constexpr std::array<std::string_view, 2> generic_headers{"X-scribe-secret", "Authorization"};

// Senders of webhooks, and the programs in between, write such members anew with every attempt.
constexpr std::string_view common_envelope =
    "timestamp timestampms timestamputc eventtimestamp eventtime webhooktimestamp sentat senttime sendtime sendat senton "
    "datesent dispatchedat deliveredat publishedat queuedat enqueuedat retriedat receivedat lastattemptat firstattemptat "
    "nextattemptat nextretryat attemptedat triggeredat emittedat firedat "
    "renderedat uploadedat expiresat fetchedat "
    "attempt attempts attemptno attemptnumber attemptcount attemptid deliveryattempt deliveryattempts trycount tries retry "
    "retries retryno retrynumber retrycount retryattempt maxretries isretry isredelivery redelivery redelivered deliverycount "
    "requestid xrequestid deliveryid deliveryuuid deliveryguid deliverystatus webhookid webhookdeliveryid webhookrequestid "
    "webhookurl callbackurl hookid messageid msgid eventid eventuuid notificationid traceid traceparent spanid correlationid "
    "transactionid jobid idempotencykey nonce gridhookrunid gridhookid gridhookexecutionid gridrunid runid workflowrunid "
    "workflowid executionid taskid batchid invocationid pipelinerunid sequence sequencenumber seq useragent ipaddress clientip "
    "remoteaddr hostname serverid apiversion schemaversion webhookversion payloadversion livemode etag cursor";
/// When a record was made, changed or worked upon: in the objects of a note, too.
constexpr std::string_view common_stamps =
    "createdat createdon createdtime createddate datecreated updatedat updatedon updatedtime updateddate dateupdated "
    "lastupdated lastupdatedat modifiedat modifiedon lastmodified lastmodifiedat datemodified savedat syncedat "
    "lastsyncedat generatedat generatedon generationtime generationtimems generationid exportedat exportid processedat "
    "processingstartedat processingfinishedat processingcompletedat processingtime processingtimems processingms "
    "processingseconds processingduration processingdurationms elapsedms elapsedtime latency latencyms responsetimems";
constexpr std::string_view common_tokens =
    "signature sig hmac mac digest checksum webhooksignature signatures hash created updated";
constexpr std::string_view common_objects =
    "envelope meta metadata headers header delivery webhook request context event notification message data payload body "
    "record object trace retry attempt result results output outputs response gridhook document";
constexpr std::string_view common_note_objects =
    "note notes session encounter visit fields grid grids cells content contents details attributes values variables "
    "clinicalnote progressnote visitnote soap soapnote soapnotes sessiondata notedata encounterdata visitdata sections "
    "notesections soapsections clinicalnotesections visitnotesections patient appointment appt doctor provider clinician "
    "extracted extraction generated";
constexpr std::string_view common_of_a_person =
    "timestamp timestampms timestamputc eventtime attempt attempts tries trycount retry retries sequence sequencenumber seq "
    "cursor receivedat uploadedat expiresat";
constexpr std::string_view common_transport =
    "headers header delivery deliveries deliveryinfo deliverydetails webhook webhookinfo webhookdelivery retry retries "
    "retryinfo attempt attempts deliveryattempts trace tracing http transport httpheaders requestheaders requestinfo "
    "debug debuginfo diagnostics telemetry timing timings processinginfo tokenusage pagination gridhookrun workflowrun";
constexpr std::string_view common_notices =
    "event message request notification envelope meta metadata webhook delivery";

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
           .stamps = common_stamps,
           .envelope_objects = common_objects,
           .note_objects = common_note_objects,
           .of_a_person = common_of_a_person,
           .transport = common_transport,
           .notices = common_notices,
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
           .stamps = common_stamps,
           .envelope_objects = common_objects,
           .note_objects = common_note_objects,
           .of_a_person = common_of_a_person,
           .transport = common_transport,
           .notices = common_notices,
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
