#pragma once
// AdminRoutes: the rows of the route table that are the admin page and its API.
//
// Promise    whatever an API route answers carries the headers that keep it out of caches, frames and other sites.

#include "admin/backend.hpp"
#include "ingress/routes.hpp"

namespace dcs::ingress {

/// `backend` may be nullptr where the table is only printed; else it outlives the door.
RouteTable admin_routes(admin::Backend* backend);

/// A gate for each policy of these rows.
Gates admin_gates(auth::AdminDoor door);

}  // namespace dcs::ingress
