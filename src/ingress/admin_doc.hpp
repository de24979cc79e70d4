#pragma once
// AdminDoc: the admin page's API as an OpenAPI document, made from the route table itself and from what stands here beside it:
// parameters, bodies and answers.
//
// Printed    `drchrono-sync help admin-api`; docs/admin-api.json is that output, and tests compare the two, and the answers
//            of the API with the shapes named here.

#include "ingress/routes.hpp"

namespace dcs::ingress {

/// OpenAPI 3.1, as JSON text. std::logic_error: a row of the API without a description here, or the other way round.
std::string admin_doc();

/// The members of an answer's shape, in order; empty: there is no such shape.
std::vector<std::string> members_of_shape(std::string_view name);

}  // namespace dcs::ingress
