#pragma once
// DeliveryFilter: which deliveries a person wants to see, or to have tried again, as conditions on inbox i.

#include "admin/listing.hpp"
#include "base/document.hpp"

namespace dcs::admin {

struct DeliveryFilter {
    std::string state{};  // empty, for each: any
    std::string source{};
    std::string event{};
    std::string object{};  // "patients:123", or "patients"
    std::string from{};    // ISO 8601
    std::string to{};
    std::string id{};  // the beginning of its id, or the sender's id

    /// bad_input: a sentence.
    static Result<DeliveryFilter> from_query(const net::Query& query);
    static Result<DeliveryFilter> from_json(const Document& object);
    Conditions conditions() const;
    /// Asks for one record's, not for a kind's.
    bool names_record() const { return object.find(':') != std::string::npos; }
};

}  // namespace dcs::admin
